/* SPDX-License-Identifier: MIT */
/* What a child does between its beginning and its program, on POSIX.  It may share its parent's memory, and other
 * threads of that may have held any lock: the steps are system calls only, and all they need is prepared. */
#ifndef FROND_STEPS_H
#define FROND_STEPS_H

#include <frond/subprocess.h>
#include <stdbool.h>
#include <sys/types.h>

typedef enum {
    FROND__STEP_SESSION,
    FROND__STEP_GROUP,
    FROND__STEP_TERMINAL,
    FROND__STEP_LIMITS,
    FROND__STEP_PRIORITY,
    FROND__STEP_DESCRIPTORS,
    FROND__STEP_USER,
    FROND__STEP_DIRECTORY,
    FROND__STEP_DEATH_SIGNAL,
    FROND__STEP_PROGRAM
} frond__step;

enum { FROND__MOST_MOVES = 3 + 65 /* FROND__MOST_PASSED */ };

typedef struct {
    int from, to;
} frond__move;

typedef struct {
    const frond_subprocess_options *o;
    char *const *programs; /* to be tried in turn; ended by NULL */
    char *const *argv, *const *env;
    const frond__move *moves;
    size_t n_moves;
    int highest;  /* of the moves' targets */
    int terminal; /* -1: none */
    bool set_user, set_user_group, set_groups;
    uid_t user;
    gid_t user_group;
    const gid_t *groups;
    size_t n_groups;
    pid_t parent;
    bool all_signals;      /* have their default actions, those that we ignore, too */
    bool handlers_cleared; /* already */
    int child;             /* a descriptor that stands for the child; -1: none yet */
    int report; /* a failure is written there as two ints; -1: it is only noted below */
    /* what the parent reads when memory is shared */
    volatile int ran, step, error;
} frond__plan;

/* Never returns. */
FROND_NORETURN void frond__steps_run(frond__plan *plan);

/* A child that runs the steps; its number, or -1 with errno: there is none, and plan->error tells if it got as far as
 * a step.  The parent goes on once the child has become the program or ended, where the system can do that. */
pid_t frond__steps_child(frond__plan *plan);

/* ---- what each system does in a way of its own; async-signal-safe ---- */

/* All descriptors from first on close when the program begins. */
void frond__steps_close_from(int first);
/* Of this thread alone, whatever the C library thinks; 0 or -1 with errno. */
int frond__steps_become(const frond__plan *plan);
int frond__steps_limit(const frond_resource_limit *l); /* 0 or -1 with errno */
int frond__steps_death_signal(int number);             /* 0 or -1 with errno */

#endif
