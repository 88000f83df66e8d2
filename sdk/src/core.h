/* SPDX-License-Identifier: MIT */
/* The inside of a greenlet and of a hub, shared by the files of sdk.
 *
 * Invariants:
 *  - one hub per thread; a greenlet's fields are touched by its hub's thread only, save `foreign_refs`;
 *  - a greenlet is READY exactly while it is in its hub's ready queue;
 *  - a greenlet is WAITING exactly while `wait` points to the waiter on its stack;
 *  - the control block is at the top of the greenlet's own stack and lives as long as that. */
#ifndef FROND_CORE_H
#define FROND_CORE_H

#include "compat.h"
#include "context/context.h"
#include "context/sanitizer.h"
#include "monitor/watched.h"
#include <frond/addr.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/impl/waiter.h>
#include <frond/lock.h>
#include <frond/timeout.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct frond__slab frond__slab;
typedef struct frond__pool_of_stacks frond__stacks;
typedef struct frond__loop frond__loop;

/* ---- timers: intrusive, so arming one can neither fail nor allocate ---- */

typedef struct frond__timer {
    struct frond__timer *child, *next,
        *prev;      /* prev: the sibling before, or the parent */
    int64_t ns;     /* due, on the clock of frond_now() */
    uint64_t order; /* of arming, so that equal times stay in order */
    void (*fire)(struct frond__timer *t); /* NULL: not armed */
    unsigned rank;
} frond__timer;

typedef struct {
    uint64_t ranks; /* bit n: roots[n] is one */
    frond__timer *roots[64];
} frond__timers;

/* ---- what hangs on a greenlet ---- */

typedef struct frond__observer { /* told when a greenlet has ended */
    struct frond__observer *next;
    void (*ended)(struct frond__observer *self, frond_greenlet *g);
    bool deaf; /* does not care how it ended: no reason not to report a failure */
} frond__observer;

typedef struct frond__defer {
    struct frond__defer *next;
    void (*fn)(void *);
    void *arg;
} frond__defer;

typedef struct frond__shield {
    frond_timeout scope;
    struct frond__shield *outer;
    bool in_frame; /* of a function of ours; else allocated */
} frond__shield;

typedef struct frond__share frond__share;         /* ownership.h */
typedef struct frond__trace frond__trace;         /* trace.c */
typedef struct frond__locals frond__locals;       /* local.c */
typedef struct frond__heirlooms frond__heirlooms; /* inherited.c */

typedef struct { /* made at a greenlet's first failure that has something to say */
    frond_addr addr;
    bool has_addr;
    char *text;                   /* owned; NULL until asked for, unless made at once */
    const char *place, *function; /* where frond_failed stands; NULL: it was not called */
    int depth;                    /* of `frames`: the stack there */
    void *frames[24];
} frond__failure;

enum { /* frond_greenlet.attention: why a suspending call may not just go on */
       FROND__KILLED = 1,
       FROND__SCOPES = 2,
       FROND__CALLBACK = 4, /* it is the hub */
       FROND__FORKHOOK = 8,
       FROND__KILLED_ONCE = 16,
       FROND__NO_YIELD = 32, /* it is in a region of its own; with FROND__CALLBACK */
       FROND__ASSERTED = 64  /* it has to give way: yields are counted */
};

enum {                  /* frond_greenlet.traits */
       FROND__RAW = 1,  /* run by frond_switch, not by the hub */
       FROND__MAIN = 2, /* a thread's first flow */
       FROND__HUB = 4,  /* the hub's own */
       FROND__STARTED = 8,
       FROND__FAILED = 16, /* `error` was stored by itself */
       FROND__DELAYED = 32,
       FROND__FORKED = 128, /* it forked: in the child its flow is another hub's main */
       FROND__DROPPED = 64  /* ended by its hub's end, where it stood */
};

/* What every greenlet touches from its start to its end comes first, in few cache lines. */
struct frond_greenlet {
    frond__context context; /* what its last user has left is for the next */
    frond__slab *slab;
    uint32_t slot;
    frond_hub
        *hub; /* zeroed from here on when a greenlet is made; NULL: the block is free */
    frond_hub *gate;      /* switched away: its hub, what a pass must be (below) */
    frond_greenlet *next; /* in the ready queue or in the list of free stacks */
    frond_waiter *wait;
    uint8_t state; /* frond_state */
    uint8_t attention;
    uint8_t traits;
    uint8_t yields; /* it is suspended in a yield, or was when it last was */
    int32_t answer; /* what the switch away from it is to return when it goes on */
    int32_t refs;   /* counted by its own thread ... */
    _Atomic int32_t foreign_refs; /* ... and by others; the sum is what it has */
    int32_t error;                /* it ended with */
    uint16_t ignores;             /* scopes in which it may keep others from running */
    frond_fn run;
    void *arg;
    void *value;   /* passed by a switch; at the end: the result */
    void **result; /* where the value of the pending switch goes; may be NULL */
    frond__observer *observers, **observers_tail;
    uint64_t id, spawner;
    void *spawned_at;      /* return address */
    frond_timeout *scopes; /* innermost first */
    frond__defer *defers;
    void (*drop)(void *);
    frond__locals *locals;       /* values of its own; owned, NULL until the first */
    frond__heirlooms *heirlooms; /* values it hands down; counted */
    frond_ownership *held;       /* locks it has, the latest first */
    frond__share *shares;        /* rwlocks it reads */
    char *name;
    char *failed_text; /* owned: what frond_failed said */
    frond__failure *failure;
    frond_greenlet *parent; /* raw: counted reference; else NULL */
    frond__shield *shields; /* those of the scopes that are shields */
    const char *last_doing;
    int32_t last_error; /* frond_error_code() */
    int32_t kill_error;
    frond__san san;
};

/* Ready greenlets, first in first out. */
typedef struct {
    frond_greenlet *head, *tail;
    size_t n;
} frond__ready;

struct frond_hub {
    frond_greenlet *current;
    frond__trace
        *trace; /* whom to tell of switches; NULL: nobody, or they are being told */
    frond__ready ready;
    int32_t slice;  /* resumptions until the clock is read */
    int32_t slices; /* such until the loop is polled */
    uint64_t
        shuffle; /* what the order of the ready is drawn from; 0: first in, first out */
    uint64_t batch;   /* `switches` when all that the last poll found ready have run */
    int32_t charged;  /* calls that may wait, since one did */
    bool busy;        /* the last poll has found more than the caches are for */
    uint32_t sources; /* things that can wake a greenlet; 0 and nothing ready: deadlock */
    uint32_t holds;   /* of a virtual clock: answers that are certain to come */
    int64_t now;      /* the clock at the last poll */
    int64_t polled;   /* the system's clock then */
    frond_greenlet *loop_greenlet; /* made at the first wait */
    frond__loop *loop;             /* NULL until then */
    frond__timer *first_timer;     /* NULL: none is armed */
    uint32_t armed;                /* how many of those there are */
    uint32_t unref_armed;          /* ... for which a frond_hub_join does not wait */
    uint64_t timer_order;
    size_t selects; /* so far: each begins its search at another case */
    uint64_t switches;
    uint64_t next_id;
    uint64_t generation; /* of the process it was made in */
    uint64_t
        owner_id; /* what its waitlists carry; unique in the process and its children */
    size_t live;  /* greenlets not ended, without main and the hub's own */
    frond__stacks *stacks;
    struct frond__lag *lag; /* owned; NULL: nobody asks */
    frond_waitlist joiners; /* frond_hub_join */
    frond_waitlist idlers;  /* frond_idle */
    frond__trace *tracing;  /* owned; NULL until the first tracer or hook */
    frond__timers timers;
    _Atomic uint32_t
        refs; /* the thread's, those of frond_hub_ref, one per greenlet kept */
    _Atomic uint32_t doors; /* frond_hub_ref */
    _Atomic bool closed;
    _Atomic bool sends_ended; /* frond_async_send finds the loop closed */
    _Atomic uint32_t sending; /* threads and signal handlers that are in it */
    uint32_t
        unref_sources; /* of the sources, those for which a frond_hub_join does not wait */
    frond_error_fn on_error; /* NULL: failures go to standard error */
    void *on_error_arg;
    void *extras;                  /* frond_hub_at_close records */
    bool leaks;                    /* origins are noted */
    bool stack_use;                /* and how much stack greenlets use */
    struct frond__origin *origins; /* of objects that are not freed */
    frond__watched watch;
    frond__region region;
    frond_greenlet main;
};

FROND_INTERNAL extern FROND_THREAD_LOCAL frond_hub *frond__self;

/* This thread's hub; NULL when it could not be made, for which frond__no_hub answers the reason: FROND_ENOMEM,
 * or FROND_EINVAL for a setting that is not allowed. */
FROND_INTERNAL frond_hub *frond__hub_make(void);
FROND_INTERNAL int frond__no_hub(void);
static inline frond_hub *frond__hub(void) {
    frond_hub *h = frond__self;
    return FROND_LIKELY(h != NULL) ? h : frond__hub_make();
}

/* frond_switch goes through a gate at once when this thread's pass is what the gate asks for: one comparison
 * for all there is to check.  The pass is the hub, and is nobody's while a callback runs, which must not be
 * left, and while somebody is to be told of switches. */
FROND_INTERNAL extern FROND_THREAD_LOCAL frond_hub *frond__pass;
FROND_INTERNAL extern frond_hub frond__nobody;
static inline void frond__pass_deny(void) {
    frond__pass = &frond__nobody;
}
static inline void frond__pass_allow(frond_hub *h) {
    if (!h->trace)
        frond__pass = h;
}

/* The loop and the hub's greenlet, made when first needed.  0 or FROND_ENOMEM. */
FROND_INTERNAL int frond__loop_need(frond_hub *h);

/* ---- scheduling ---- */

static inline void frond__ready_push(frond_hub *h, frond_greenlet *g) {
    g->state = FROND_READY;
    g->next = NULL;
    if (h->ready.tail)
        h->ready.tail->next = g;
    else
        h->ready.head = g;
    h->ready.tail = g;
    h->ready.n++;
}

static inline frond_greenlet *frond__ready_pop(frond_hub *h) {
    frond_greenlet *g = h->ready.head;
    if (!g)
        return NULL;
    if (!(h->ready.head = g->next))
        h->ready.tail = NULL;
    h->ready.n--;
    return g;
}

/* At the end of the queue, in a yield: all who are ready run before. */
static inline void frond__ready_yield(frond_hub *h, frond_greenlet *g) {
    g->answer = 0;
    g->yields = 1;
    frond__ready_push(h, g);
}

/* The next one where order is not by arrival; there is one.  (shuffle.c) */
FROND_INTERNAL frond_greenlet *frond__ready_draw(frond_hub *h);

FROND_INTERNAL void frond__trace_event(frond_hub *h, int event, frond_greenlet *from,
                                       frond_greenlet *to);
/* Has the hub's own listeners told.  0 or FROND_ENOMEM. */
FROND_INTERNAL int frond__trace_need(frond_hub *h);
FROND_INTERNAL void frond__trace_end(frond_hub *h);
/* Whether somebody looks at the probes that did not, or the other way round. */
FROND_INTERNAL void frond__trace_look(frond_hub *h);

/* The switch itself, to one whose state is FROND_RUNNING already, with what the one suspended there is to
 * answer. */
static inline int frond__switch_through(frond_hub *h, frond_greenlet *from,
                                        frond_greenlet *to, int answer) {
    h->current = to;
    h->switches++;
#if defined(FROND_ASAN) || defined(FROND_TSAN)
    frond__san_leave(&from->san, &to->san);
    answer = frond__context_switch(&to->context, &from->context, answer);
    frond__san_enter(&from->san);
    return answer;
#else
    return frond__context_switch(&to->context, &from->context, answer);
#endif
}

static inline int frond__switch_to(frond_hub *h, frond_greenlet *from, frond_greenlet *to,
                                   int answer) {
    to->state = FROND_RUNNING;
    return frond__switch_through(h, from, to, answer);
}

/* The same when somebody is to be told of it. */
FROND_INTERNAL int frond__switch_traced(frond_hub *h, frond_greenlet *from,
                                        frond_greenlet *to);

/* Comes back when somebody switches to `from` again, with `answer` of that.  To be returned as it is where
 * speed matters: nothing of the caller's is on the way back then. */
static inline int frond__switch(frond_hub *h, frond_greenlet *from, frond_greenlet *to) {
    if (FROND_UNLIKELY(h->trace != NULL))
        return frond__switch_traced(h, from, to);
    return frond__switch_to(h, from, to, to->answer);
}

/* The running flow is in a callback, which must not be left, until the end, which is given what the beginning
 * has answered. */
static inline bool frond__callback_begin(frond_hub *h) {
    frond_greenlet *self = h->current;
    bool outermost = !(self->attention & FROND__CALLBACK);
    self->attention |= FROND__CALLBACK;
    frond__pass_deny();
    return outermost;
}
static inline void frond__callback_end(frond_hub *h, bool outermost) {
    if (!outermost)
        return;
    h->current->attention &= (uint8_t)~FROND__CALLBACK;
    frond__pass_allow(h);
}

/* What g's wait or switch will answer; a failure becomes its last error. */
FROND_INTERNAL void frond__answer_failure(frond_greenlet *g, int code, const char *doing);
static inline void frond__answer(frond_greenlet *g, int code, const char *doing) {
    g->answer = code;
    if (FROND_UNLIKELY(code < 0))
        frond__answer_failure(g, code, doing);
}

/* Whom to run when the current greenlet cannot go on: the next ready one, or the hub. */
FROND_INTERNAL frond_greenlet *frond__next_slow(frond_hub *h);
static inline frond_greenlet *frond__next(frond_hub *h) {
    h->charged = 0;
    if (FROND_UNLIKELY(--h->slice <= 0) || !h->ready.head)
        return frond__next_slow(h);
    return frond__ready_pop(h);
}

/* The entry check of everything that suspends; see frond_wait_enter. */
enum {
    FROND__FREE_CALLS = 256 /* that may return without waiting, one after the other */
};
FROND_INTERNAL void frond__let_others(frond_hub *h);
FROND_INTERNAL int frond__attention(frond_greenlet *g, frond_deadline d);
static inline int frond__enter(frond_hub *h, frond_deadline d) {
    if (FROND_UNLIKELY(++h->charged >= FROND__FREE_CALLS))
        frond__let_others(h);
    return FROND_LIKELY(!h->current->attention) ? 0 : frond__attention(h->current, d);
}

/* frond_wait_enter and frond_waitlist_own for those who are called often. */
static inline int frond__wait_enter(frond_deadline d) {
    frond_hub *h = frond__hub();
    return FROND_LIKELY(h != NULL) ? frond__enter(h, d) : frond__no_hub();
}

static inline int frond__waitlist_own(frond_waitlist *list) {
    const frond_hub *h = frond__self;
    return FROND_LIKELY(h && list->owner == h->owner_id) ? 0 : frond_waitlist_own(list);
}

/* Whether frond__enter would have nothing to say but to charge for the call. */
static inline bool frond__is_free(const frond_hub *h) {
    return !h->current->attention && h->charged < FROND__FREE_CALLS - 1;
}

static inline void frond__charge(frond_hub *h) {
    h->charged++;
}

/* Whether a call on what the list belongs to may go ahead with neither of the two having anything to say:
 * then the hub, to be charged for it; else NULL. */
static inline frond_hub *frond__go_ahead(const frond_waitlist *list) {
    frond_hub *h = frond__self;
    return FROND_LIKELY(h && list->owner == h->owner_id && frond__is_free(h)) ? h : NULL;
}

/* FROND_ETHREAD with a sentence that names both: the thread of the hub with that number, and this one. */
FROND_INTERNAL int frond__fail_thread(uint64_t owner_id, const char *doing);

/* Whether w still waits: between its wake and its greenlet's turn others may want to wake it too,
 * who do not find it by a list. */
static inline bool frond__waits(const frond_waiter *w) {
    return w->greenlet->wait == w;
}

/* frond_yield without its entry check; needs the loop. */
FROND_INTERNAL int frond__give_way(frond_hub *h);

/* A wait has answered rc, and the call that it was for has another answer: what rc told of is to be heeded by
 * the next wait.  scope: frond__scope_unfired() from before the wait. */
FROND_INTERNAL void frond__wait_overruled(frond_greenlet *g, int rc,
                                          frond_timeout *scope);

/* To be called when a greenlet is made, with all that belongs to it. */
static inline void frond__spawned(frond_hub *h, frond_greenlet *g) {
    if (FROND_UNLIKELY(h->trace != NULL))
        frond__trace_event(h, 0 /* FROND_TRACE_SPAWN */, h->current, g);
}

/* ---- timers (timer.c) ---- */

FROND_INTERNAL void frond__timer_arm(frond_hub *h, frond__timer *t, int64_t ns,
                                     void (*fire)(frond__timer *));
FROND_INTERNAL void frond__timer_disarm(frond_hub *h, frond__timer *t);
FROND_INTERNAL void frond__timers_fire(frond_hub *h, int64_t now);

/* ---- timeout scopes (timeout.c) ---- */

/* The nearest limit of g's scopes: its time in *ns and the scope whose expiry it is. */
FROND_INTERNAL frond_timeout *frond__scope_nearest(frond_greenlet *g, int64_t *ns);
FROND_INTERNAL void frond__scope_fired(frond_timeout *t);
/* That scope, if it has not expired; and takes its expiry back. */
FROND_INTERNAL frond_timeout *frond__scope_unfired(frond_greenlet *g);
FROND_INTERNAL void frond__scope_unfire(frond_timeout *t);
/* Stops all of g's, whose frames must still be there. */
FROND_INTERNAL void frond__scopes_drop(frond_greenlet *g);
/* Begins a shield without a budget, to be ended by frond_shield_end in the frame that s is in. */
FROND_INTERNAL void frond__shield_push(frond_greenlet *g, frond__shield *s);
/* The budgets of g's shields are used up, save of those that have none. */
FROND_INTERNAL void frond__shields_expire(frond_greenlet *g);
/* g's function has returned, and its frames are gone: what it left running is forgotten, and told. */
FROND_INTERNAL void frond__scopes_forget(frond_greenlet *g);

/* ---- what greenlets hold (ownership.c) ---- */

/* At g's end: what it holds is abandoned, its shares are given back. */
FROND_INTERNAL void frond__held_abandon(frond_greenlet *g);
/* The same without a look at the locks, which may be gone. */
FROND_INTERNAL void frond__held_forget(frond_greenlet *g);
/* In a forked child: what g holds is self's, the main greenlet's. */
FROND_INTERNAL void frond__held_inherit(frond_greenlet *self, frond_greenlet *g);

/* ---- greenlets (greenlet.c, spawn.c) ---- */

/* A block with its stack, zeroed but for what the stacks keep in it; NULL with FROND_ENOMEM. */
FROND_INTERNAL frond_greenlet *frond__greenlet_make(frond_hub *h,
                                                    const frond_spawn_options *o,
                                                    frond_fn run, void *arg,
                                                    unsigned traits, void *site);
/* Takes a frond_defer back, if it is there. */
FROND_INTERNAL void frond__undefer(frond_greenlet *g, void (*fn)(void *),
                                   const void *arg);
FROND_INTERNAL FROND_NORETURN void frond__greenlet_finish(frond_hub *h,
                                                          frond_greenlet *g);
FROND_INTERNAL void frond__greenlet_end_unstarted(frond_hub *h, frond_greenlet *g);
/* Ends it where it stands: its function never goes on.  Its cleanups run here.  Its block stays. */
FROND_INTERNAL void frond__greenlet_end_dropped(frond_hub *h, frond_greenlet *g);
/* Drops a reference on g's own thread. */
FROND_INTERNAL void frond__greenlet_unref(frond_greenlet *g);
FROND_INTERNAL FROND_NORETURN void frond__raw_leave(frond_hub *h, frond_greenlet *g);
/* Frees what a greenlet owns apart from its stack. */
FROND_INTERNAL void frond__greenlet_strip(frond_greenlet *g);
FROND_INTERNAL void frond__observe(frond_greenlet *g, frond__observer *o);
FROND_INTERNAL int frond__unobserve(frond_greenlet *g, frond__observer *o);
/* A raw link that is to be observed, or freed, later; NULL with FROND_ENOMEM. */
FROND_INTERNAL frond__observer *frond__link_make(frond_link_fn fn, void *arg);
FROND_INTERNAL void frond__link_free(frond__observer *link);
FROND_INTERNAL frond_greenlet *frond__spawn_at(const frond_spawn_options *o, frond_fn run,
                                               void *arg, void *site);
FROND_INTERNAL bool frond__spawn_options_valid(const frond_spawn_options *o);
/* Starts a delayed greenlet now. */
FROND_INTERNAL void frond__delay_end(frond_hub *h, frond_greenlet *g);
/* Whether nothing but frond_start will start it. */
FROND_INTERNAL bool frond__delay_is_endless(const frond_greenlet *g);
/* Marks g killed and, if it waits and is not shielded, wakes it. */
FROND_INTERNAL void frond__kill_mark(frond_hub *h, frond_greenlet *g, int error);

/* A greenlet has failed, and nobody watches it. */
FROND_INTERNAL void frond__failed_unseen(frond_hub *h, frond_greenlet *g);

#endif
