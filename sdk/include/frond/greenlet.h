/* SPDX-License-Identifier: MIT */
/* Greenlets: functions with stacks of their own that take turns on one thread.
 *
 * Scheduled greenlets (frond_spawn and its kin) are run by the thread's hub, first in first out.
 * Raw greenlets (frond_greenlet_new) are run by whoever switches to them.  A greenlet stays on the
 * thread that made it; its handle is counted, and every verb below answers FROND_ETHREAD when
 * called from another thread, save frond_ref and frond_release.  What suspends is said at each. */
#ifndef FROND_GREENLET_H
#define FROND_GREENLET_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/error.h>
#include <frond/event.h>

FROND_BEGIN

typedef struct frond_greenlet frond_greenlet;
typedef void *(*frond_fn)(void *arg);
typedef void (*frond_link_fn)(frond_greenlet *ended, void *arg);

typedef enum {
    FROND_NEW,       /* made, has not run */
    FROND_READY,     /* will be run by the hub */
    FROND_RUNNING,   /* the current one */
    FROND_WAITING,   /* suspended in a wait that the hub ends */
    FROND_SUSPENDED, /* raw: switched away, until somebody switches to it */
    FROND_DEAD       /* has ended */
} frond_state;

/* All zero is the default. */
typedef struct {
    const char *name;     /* copied; NULL: the entry function's name is shown */
    size_t stack_size;    /* usable bytes, rounded up; 0: FROND_STACK_SIZE */
    void (*drop)(void *); /* called with arg once it ended, or was killed before it ran */
    uint64_t
        delay_ms; /* start after this many milliseconds; FROND_FOREVER: by frond_start */
    void *
        stack; /* where its stack is to be, stack_size bytes of the caller's; NULL: frond has one.  It
                  * holds the greenlet itself, too, and no guard watches over its end */
    void (*stack_release)(
        void *stack);      /* called when nothing uses that any more, perhaps as a hub
                                         * callback, or on the thread of the last release; may be NULL */
    uintptr_t reserved[2]; /* zero */
} frond_spawn_options;

#define FROND_STACK_LEAST ((size_t)16 * 1024) /* of the caller's memory */

#define FROND_STACK_SIZE                                                                 \
    ((size_t)(sizeof(void *) >= 8 ? 256 : 128) * 1024) /* the default */
#define FROND_STACK_MAX ((size_t)256 * 1024 * 1024)

/* ---- raw ---- */

/* Makes a greenlet that runs when it is first switched to; the value of that switch is its
 * argument.  parent gets its return value or error; NULL means the calling greenlet.
 * Does not suspend.  Returns a handle that the caller owns, or NULL with frond_error_code() set to
 *   FROND_EINVAL   run is NULL                  FROND_ETHREAD  parent is of another thread
 *   FROND_ENOMEM   no memory or mapping for its stack
 * Since 0.1. */
FROND_API frond_greenlet *frond_greenlet_new(frond_fn run, frond_greenlet *parent);

/* The same with options (NULL: none), which are copied: its name and its stack.  Does not suspend.
 * Returns an owned handle, or NULL with FROND_EINVAL (also for an option that is not for raw greenlets),
 * FROND_ETHREAD or FROND_ENOMEM.  Since 0.1. */
FROND_API frond_greenlet *frond_greenlet_new_with(const frond_spawn_options *o,
                                                  frond_fn run, frond_greenlet *parent);

/* Switches to a greenlet.  Suspends until somebody switches back (no deadline: there is no
 * hub in this).  A first switch passes value to its function, a later one makes value the result
 * of its pending switch; a dead target passes it on to its first live ancestor.
 * Returns 0 with *result (may be NULL) set to the value switched in, or the error thrown in, or
 *   FROND_EINVALSWITCH  to waits in its hub or is the hub; nothing happened
 *   FROND_ETHREAD       to is of another thread          FROND_EINVAL  to is NULL
 *   FROND_ENOSUSPEND    called in a hub callback
 * Values are borrowed by whoever gets them.  Since 0.1. */
FROND_API int frond_switch(frond_greenlet *to, void *value, void **result);

/* Like frond_switch, but the target's pending switch answers error (negative).  A target that
 * never ran dies without running; the error goes to its parent (FROND_EXIT: becomes its value).
 * Suspends.  Returns as frond_switch does; FROND_EINVAL when error is not negative.
 * Values are borrowed.  Since 0.1. */
FROND_API int frond_throw(frond_greenlet *to, int error, void **result);

/* Does not suspend.  Returns the parent (borrowed): NULL for the main greenlet; for scheduled
 * ones the hub's own greenlet.  Cannot fail.  Since 0.1. */
FROND_API frond_greenlet *frond_parent(const frond_greenlet *g);

/* Changes the parent of a raw greenlet.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL   it would close a cycle, g is main or scheduled, parent is NULL
 *   FROND_ETHREAD  not all of this thread
 * g keeps a reference; the caller still owns its own.  Since 0.1. */
FROND_API int frond_parent_set(frond_greenlet *g, frond_greenlet *parent);

/* ---- scheduled ---- */

/* The running greenlet; each thread starts with one, its main.  Does not suspend.
 * Returns a borrowed handle; NULL only with FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API frond_greenlet *frond_current(void);

/* Starts run(arg) in a new greenlet, queued behind those that are ready.  Does not suspend.
 * Returns a handle that the caller owns (frond_release), or NULL with frond_error_code() set to
 *   FROND_EINVAL  run is NULL       FROND_ENOMEM  no memory or mapping for its stack
 * arg is borrowed until the greenlet ends.  Since 0.1. */
FROND_API frond_greenlet *frond_spawn(frond_fn run, void *arg);

/* Like frond_spawn, after ms milliseconds (FROND_FOREVER: when frond_start is called); killing it before that
 * means it never runs.  Does not suspend.  Returns an owned handle, or NULL with FROND_EINVAL or FROND_ENOMEM.
 * Since 0.1. */
FROND_API frond_greenlet *frond_spawn_later(uint64_t ms, frond_fn run, void *arg);

/* Starts g now, or ms milliseconds from now, whatever delay it was spawned with.  One that was started or has
 * ended stays what it is.  Does not suspend.  Returns 0, FROND_EINVAL when g is NULL, raw, main or the hub, or
 * FROND_ETHREAD.  g stays owned by the caller.  Since 0.1. */
FROND_API int frond_start(frond_greenlet *g);
FROND_API int frond_start_later(frond_greenlet *g, uint64_t ms);

/* Like frond_spawn, with options (NULL: none), which are copied.  Does not suspend.
 * Returns an owned handle, or NULL with frond_error_code() set to
 *   FROND_EINVAL  run is NULL, a reserved word is not zero, stack_size beyond FROND_STACK_MAX, or below
 *                 FROND_STACK_LEAST with a stack of the caller's, stack_release without one
 *   FROND_ENOMEM  no memory or mapping for its stack
 * On failure the caller keeps arg and stack, and drop and stack_release are not called.  Since 0.1. */
FROND_API frond_greenlet *frond_spawn_with(const frond_spawn_options *o, frond_fn run,
                                           void *arg);

/* Like frond_spawn, detached: there is no handle to release.  Does not suspend.
 * Returns 0, FROND_EINVAL or FROND_ENOMEM.  arg is borrowed until it ends.  Since 0.1. */
FROND_API int frond_go(frond_fn run, void *arg);

/* Waits until g has ended, however.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; g goes on            FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait       FROND_ETHREAD    g is of another thread
 *   FROND_EINVAL     g is NULL or the caller        FROND_ENOSUSPEND called in a hub callback
 * g stays owned by the caller.  Since 0.1. */
FROND_API int frond_join(frond_greenlet *g, frond_deadline d);

/* Waits until g has ended and gives its value.  Suspends.  Returns 0 with *value (may be NULL)
 * set to what it returned, or the error it ended with, or one of frond_join's errors
 * (FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EDEADLK, FROND_ETHREAD, FROND_EINVAL,
 * FROND_ENOSUSPEND).  A greenlet that was killed and stored nothing counts as success, with the
 * value NULL; frond_exited tells.  The value stays owned by whoever made it.  Since 0.1. */
FROND_API int frond_get(frond_greenlet *g, void **value, frond_deadline d);

/* Makes every wait of g answer FROND_ECANCELED until it ends, and waits for its end.  One that
 * never ran never will; its links fire all the same.  Killing twice, or the dead, is harmless.
 * error is what g ends with unless it returns a value or fails by itself: FROND_EXIT (a success)
 * or any other code (a failure).  Suspends, unless d is FROND_NOW: then it only marks g.
 * Returns 0 once g has ended (FROND_NOW: at once), or
 *   FROND_ETIMEDOUT  d passed; g still cleans up     FROND_ECANCELED  g is the caller, or the
 *   FROND_EINVAL     error is not negative, g is       caller was killed in the wait
 *                    NULL, main or the hub           FROND_ETHREAD    g is of another thread
 *   FROND_EDEADLK    nothing can end the wait        FROND_ENOSUSPEND in a hub callback
 * g stays owned by the caller.  Since 0.1. */
FROND_API int frond_kill(frond_greenlet *g, int error, frond_deadline d);

/* Makes one wait of g answer FROND_ECANCELED, the one it is in or else its next; those after it are as ever.
 * In a shield it has to wait for the shield's end.  One that has not run will run.  Twice before g has noticed
 * is once.  Does not suspend.  Returns 0, also when g has ended; FROND_EINVAL when g is NULL, main or the
 * hub, or FROND_ETHREAD.  g stays owned by the caller.  Since 0.1. */
FROND_API int frond_kill_once(frond_greenlet *g);

/* Waits until count of n greenlets have ended (0: all of them), in whatever order; the same one may be
 * there more than once.  With raise_error it answers the error of the first that fails, at once; the
 * others go on.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  d passed; they go on            FROND_ECANCELED  this greenlet was killed
 *   FROND_EDEADLK    nothing can end the wait        FROND_ETHREAD    one is of another thread
 *   FROND_EINVAL     count is more than n, one is    FROND_ENOMEM     no memory
 *                    NULL, main or the caller        FROND_ENOSUSPEND called in a hub callback
 * They stay owned by the caller.  Since 0.1. */
FROND_API int frond_joinall(frond_greenlet *const *g, size_t n, size_t count,
                            int raise_error, frond_deadline d);

/* Kills n greenlets as frond_kill does, all of them before it waits for any; those that never ran never
 * will.  d is for all together.  Suspends, unless d is FROND_NOW.  Returns 0 once all have ended
 * (FROND_NOW: at once), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL (then none was killed),
 * FROND_ETHREAD, FROND_EDEADLK, FROND_ENOSUSPEND as frond_kill.  They stay owned by the caller.
 * Since 0.1. */
FROND_API int frond_killall(frond_greenlet *const *g, size_t n, int error,
                            frond_deadline d);

/* ---- links ---- */

/* Calls fn(g, arg) in a new greenlet once g has ended, in the order of the links; at once when it
 * has ended already.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL  g or fn is NULL      FROND_ENOMEM  no memory      FROND_ETHREAD  another thread
 * arg is borrowed until then; g is kept alive for fn.  Since 0.1. */
FROND_API int frond_link(frond_greenlet *g, frond_link_fn fn, void *arg);

/* The same, but only if g ends without an error; being killed with FROND_EXIT is none.  Does not
 * suspend.  Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD.  arg is borrowed until then.  Since 0.1. */
FROND_API int frond_link_value(frond_greenlet *g, frond_link_fn fn, void *arg);

/* The same, but only if g fails.  Whoever has linked this way has seen to the failure: it is not
 * reported.  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD.  arg is borrowed
 * until then.  Since 0.1. */
FROND_API int frond_link_error(frond_greenlet *g, frond_link_fn fn, void *arg);

/* Like frond_link without a greenlet: fn is called where g ends, and may not suspend
 * (FROND_ENOSUSPEND).  Does not suspend.  Returns 0, FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD.  arg is
 * borrowed until then.  Since 0.1. */
FROND_API int frond_link_raw(frond_greenlet *g, frond_link_fn fn, void *arg);

/* Stores g's value or error in r once g has ended.  Does not suspend.  Returns 0, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ETHREAD.  r is borrowed until then.  Since 0.1. */
FROND_API int frond_link_result(frond_greenlet *g, frond_result *r);

/* Takes back the first link of any kind with this fn and arg.  Does not suspend.  Returns 1 when there
 * was one, 0 when not, FROND_EINVAL for NULL, FROND_ETHREAD, or FROND_ENOMEM at the thread's first call.
 * g stays owned by the caller.  Since 0.1. */
FROND_API int frond_unlink(frond_greenlet *g, frond_link_fn fn, void *arg);

/* Takes back one link with r.  Does not suspend.  Returns 1, 0, FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOMEM as frond_unlink.  r is the caller's again.  Since 0.1. */
FROND_API int frond_unlink_result(frond_greenlet *g, frond_result *r);

/* Takes back all links.  Does not suspend.  Returns how many there were, or FROND_EINVAL, FROND_ETHREAD,
 * FROND_ENOMEM.  g stays owned by the caller.  Since 0.1. */
FROND_API int frond_unlink_all(frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns how many links g has.  g is borrowed.  Since 0.1. */
FROND_API size_t frond_links(const frond_greenlet *g);

/* Takes another reference.  Any thread.  Does not suspend.  Cannot fail.
 * Returns g; the caller owns one more reference.  Since 0.1. */
FROND_API frond_greenlet *frond_ref(frond_greenlet *g);

/* Drops a reference that the caller owns; the greenlet goes on if it has not ended.  The last one
 * of a suspended raw greenlet throws FROND_EXIT into it.  Any thread; NULL is allowed.
 * Does not suspend.  Returns 0; cannot fail.  Since 0.1. */
FROND_API int frond_release(frond_greenlet *g);

/* Sleeps at least ms milliseconds; 0 yields.  Suspends.  Returns 0, or
 *   FROND_ETIMEDOUT  a timeout scope expired         FROND_ECANCELED   this greenlet was killed
 *   FROND_ENOSUSPEND called in a hub callback        FROND_ENOMEM      at the thread's first call
 * Since 0.1. */
FROND_API int frond_sleep(uint64_t ms);

/* The same for greenlets in the background: frond_hub_join does not wait for their waking up.  Suspends.
 * Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND or FROND_ENOMEM.  Since 0.1. */
FROND_API int frond_sleep_unref(uint64_t ms);

/* Lets the others that are ready run, and the loop be polled now and then.  Suspends.
 * Returns 0, FROND_ETIMEDOUT (a timeout scope expired), FROND_ECANCELED, FROND_ENOSUSPEND, or
 * FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_yield(void);

/* Lets the others run until none is ready and the loop has nothing to report, for work that is to be
 * done when there is nothing else to do.  Those who idle take turns, one at a time.  Suspends.
 * Returns 0, FROND_ETIMEDOUT (a timeout scope expired), FROND_ECANCELED, FROND_ENOSUSPEND, or
 * FROND_ENOMEM at the thread's first call.  Since 0.1. */
FROND_API int frond_idle(void);

/* Calls fn(arg) when the running greenlet ends, last deferred first, killed or not.  Does not
 * suspend.  Returns 0, FROND_ENOMEM, or FROND_EINVAL in the main greenlet or when fn is NULL.
 * arg is borrowed until then.  Since 0.1. */
FROND_API int frond_defer(void (*fn)(void *), void *arg);

typedef void (*frond_error_fn)(frond_greenlet *failed, void *arg);

/* Has fn(g, arg) called, instead of a report to standard error, for each greenlet of this thread that fails and that
 * nobody waits for or is linked to; NULL: reports again.  It is called in a greenlet of its own, and may wait; when it
 * fails itself, or there is no memory to call it with, there is a report.  (frond_notice_subscribe is told of the
 * reports of all threads.)  frond_get(g) gives the error and its text.
 * g is borrowed until fn returns.  Does not suspend.  Returns 0, or FROND_ENOMEM at the thread's first call.  arg is
 * borrowed until another takes its place, or the hub ends.  Since 0.1. */
FROND_API int frond_on_error(frond_error_fn fn, void *arg);

/* ---- inspection: of this thread's greenlets; none of these suspends ---- */

/* Does not suspend.  Cannot fail.  Returns its state.  g stays owned by the caller.  Since 0.1. */
FROND_API frond_state frond_greenlet_state(const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns 1 once g has ended, else 0; g stays owned by the
 * caller.  Since 0.1. */
FROND_API int frond_dead(const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns 1 when g ended without an error, FROND_EXIT included;
 * g stays owned by the caller.  Since 0.1. */
FROND_API int frond_successful(const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns 1 when g ended because it was killed with FROND_EXIT
 * and stored nothing; g stays owned by the caller.  Since 0.1. */
FROND_API int frond_exited(const frond_greenlet *g);

/* Does not suspend.  Cannot fail (0: no error, or still alive).  Returns the code it ended with;
 * g stays owned by the caller.  Since 0.1. */
FROND_API int frond_greenlet_error(const frond_greenlet *g);

/* Does not suspend.  Cannot fail.  Returns its name, borrowed until it is renamed or freed; ""
 * when it has none.  Since 0.1. */
FROND_API const char *frond_name(const frond_greenlet *g);

/* Names a greenlet for reports and dumps; the name is copied, at most 255 bytes of it.
 * Does not suspend.  Returns 0, FROND_EINVAL for NULL, FROND_ENOMEM, FROND_ETHREAD.  Since 0.1. */
FROND_API int frond_name_set(frond_greenlet *g, const char *name);

/* Does not suspend.  Cannot fail.  Returns a number, counted from 1 on each thread in the order
 * in which greenlets were made; g stays owned by the caller.  Since 0.1. */
FROND_API uint64_t frond_id(const frond_greenlet *g);

/* How much of its stack g has ever touched, in bytes (whole pages).  Does not suspend.
 * Returns 0 for the main greenlet and where the system cannot tell.  Cannot fail.  g stays owned
 * by the caller.  Since 0.1. */
FROND_API size_t frond_stack_used(const frond_greenlet *g);

FROND_END

#endif
