/* SPDX-License-Identifier: MIT */
/* Starting processes inside proc: what the two methods share, and what the system does. */
#ifndef FROND_SRC_START_H
#define FROND_SRC_START_H

#include <frond/process.h>
#include <stdbool.h>

enum {
    FROND__CHILD_PIPES = 64,
    FROND__CHILD_ARGS = 16 << 20,
    FROND__KILL = 9 /* SIGKILL, which C does not know */
};

struct frond_child {
    void *args; /* owned */
    size_t args_len;
    frond_pipe *pipes[FROND__CHILD_PIPES];
    size_t n_pipes;
    frond_pipe *control; /* open as long as the process runs */
    frond_handle handles[FROND__CHILD_PIPES];
    size_t n_handles;
};

/* The table given to frond_init; NULL before. */
const frond_entry *frond__entries(void);
const frond_entry *frond__entry_find(const char *name);

/* What the parent tells a spawned child first; what a child answers is one message: empty when it is
 * ready, else a FROND_E* as text. */
typedef struct {
    uint64_t version;
    uint64_t n_pipes;
    uint64_t n_handles;
    uint64_t max_message[FROND__CHILD_PIPES];
    uint64_t peer[FROND__CHILD_PIPES]; /* who has the other ends */
    uint64_t parent;
    uint64_t daemon;
    char entry[128];
} frond__bootstrap;

#define FROND__BOOTSTRAP_VERSION ((uint64_t)0x66726f6e64000102)

/* Takes over the handles that the parent sends next, n of them.  0 or an error. */
int frond__child_take(frond_child *self, uint64_t n);

/* Has the end of the control pipe end this process, too; 0, or an error. */
int frond__child_bind(const frond_child *self);

/* Runs the entry and ends the process with its result. */
FROND_NORETURN void frond__child_run(frond_child *self, const frond_entry *entry,
                                     bool forked);

/* ---- what the system does: process_posix.c, process_windows.c ---- */

typedef struct {
    int64_t pid;
    intptr_t handle;   /* stands for it and no other, whoever gets its number; -1: none */
    int asked, killed; /* signals that it was sent, where they are only imitated */
    void *watch;       /* of its end, where that is told by another thread */
    intptr_t job;      /* what it starts can be ended by that; 0: there is none */
    unsigned
        nap_ms; /* since it was last asked whether it has ended, where nothing tells */
    bool alone; /* it leads no group that could be told to end */
} frond__os_process;

/* Starts this program again, with these sockets; 0, or an error. */
int frond__os_spawn_self(const intptr_t *fds, size_t n, bool daemon,
                         frond__os_process *p);
/* In a process started so: takes the sockets over; how many, 0 in any other. */
size_t frond__os_inherited(intptr_t *fds, size_t cap);

/* Gets hold of a child of ours by its number. */
void frond__os_hold(int64_t pid, frond__os_process *p);
/* True when it has ended, with its status as frond_process_join gives it; then it is reaped. */
bool frond__os_ended(frond__os_process *p, int *status);
/* Waits until it may have ended.  Suspends.  0 or an error. */
int frond__os_await(frond__os_process *p, frond_deadline d);
/* process.c: waits until it has ended, whatever the system is short of, and reaps it.  Suspends.  0 with its status,
 * or why the wait is over. */
int frond__process_await_end(frond__os_process *os, int *status, frond_deadline d);
/* From now on this process is killed when the other end of the socket is closed. */
int frond__os_end_with(intptr_t fd);
int frond__os_signal(frond__os_process *p, int number);
void frond__os_release(frond__os_process *p);
/* How the end of a child is learnt of: a word for those who ask. */
const char *frond__os_children(void);
/* What a status means where it is no exit status and no signal; NULL: nothing that is known. */
const char *frond__os_status_name(int status);

#endif
