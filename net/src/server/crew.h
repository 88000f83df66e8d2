/* SPDX-License-Identifier: MIT */
/* What servers of streams and of datagrams have in common: handlers in a pool, and an end in phases. */
#ifndef FROND_CREW_H
#define FROND_CREW_H

#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/impl/home.h>
#include <frond/pool.h>
#include <stdbool.h>

typedef struct frond__crew frond__crew;
typedef struct frond__crew_signal frond__crew_signal;

typedef struct {
    const char *taker;             /* the name of who takes work on */
    void *(*take)(frond__crew *c); /* takes it on until it is killed; as a greenlet's */
    void (*close)(frond__crew *c); /* no more work is taken on */
    void (*end)(frond__crew *c);   /* it is stopped; may be NULL */
    void (*destroy)(
        frond__crew *c); /* frees what holds it; the home is left after that */
} frond__crew_ops;

struct frond__crew {
    const frond__crew_ops *ops;
    frond_home home;
    frond_pool *pool;
    frond_greenlet *taker;   /* NULL: none */
    frond_greenlet *retired; /* the one before, which was killed; NULL: there was none */
    const char *name;        /* of the handlers; a literal */
    size_t stack_size;
    uint64_t cleanup_ms;
    frond_event draining, stopped;
    frond__crew_signal *signals;
    uint64_t failed_handlers, failed_spawns;
    size_t most;
    unsigned refs; /* its owner, those at work, and calls in flight */
    int error;     /* that ended it; 0: none */
};

/* Work for one handler, at the head of what it needs. */
typedef struct {
    frond__crew *crew;
    bool began;
} frond__task;

/* With one reference, for at most `most` handlers at a time.  0 or FROND_ENOMEM; then nothing is left. */
int frond__crew_begin(frond__crew *c, size_t most);
void frond__crew_unref(frond__crew *c);

/* Begins to take work on, unless it does already, and ends that.  0 or FROND_ENOMEM, recorded. */
int frond__crew_take(frond__crew *c, const char *doing);
void frond__crew_rest(frond__crew *c);

/* Runs run(t) in a handler, for which there is room.  0, or an error that was counted; over(t) has been or
 * will be called, and calls frond__crew_over. */
int frond__crew_spawn(frond__crew *c, frond_fn run, void (*over)(void *), frond__task *t);
void frond__crew_over(frond__task *t);

/* 0, FROND_EINVAL, FROND_ETHREAD. */
int frond__crew_check(const frond__crew *c, const char *doing);

/* Gives notice of the end, without waiting. */
void frond__crew_close(frond__crew *c);

/* The same, because of an error that leaves nothing else to do. */
void frond__crew_end(frond__crew *c, int error);

/* The phases: those left are let finish, and killed; and both.  Not by a handler: FROND_EINVAL. */
int frond__crew_drain(frond__crew *c, frond_deadline d, const char *doing);
int frond__crew_kill(frond__crew *c, frond_deadline d, const char *doing);
int frond__crew_stop(frond__crew *c, frond_deadline d, const char *doing);
int frond__crew_join(frond__crew *c, frond_deadline d, const char *doing);

/* The end without waiting, whoever is left; the reference is dropped, too. */
void frond__crew_abandon(frond__crew *c);

/* Everything over, it can be begun once more. */
void frond__crew_reopen(frond__crew *c);

int frond__crew_stop_on_signal(frond__crew *c, int number, uint64_t drain_ms,
                               const char *doing);

#endif
