/* SPDX-License-Identifier: MIT */
/* Who is told of what.  A list behind a lock, which nobody holds while they are called: a subscriber that is
 * being called stays in the list until the last of its calls is over. */
#include "report/notice.h"

#include "report/page.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <uv.h>

typedef struct subscriber {
    struct subscriber *next;
    unsigned kinds; /* 0: not any more */
    unsigned calls; /* under way */
    bool awaited;   /* their ends are, by who takes it back: that drops it */
    frond_notice_fn fn;
    void *arg;
} subscriber;

typedef struct call { /* of this thread, the innermost first */
    struct call *outer;
    subscriber *of;
} call;

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock;
static uv_cond_t returned;
static bool made;
static subscriber *first;
static _Atomic unsigned wanted; /* by anybody */
static FROND_THREAD_LOCAL call *calls;

FROND_THREAD_LOCAL frond__guard *frond__guarded;

static void make(void) {
    made = uv_mutex_init(&lock) == 0;
    if (made && uv_cond_init(&returned) < 0) {
        uv_mutex_destroy(&lock);
        made = false;
    }
}

static bool enter(void) {
    uv_once(&once, make);
    if (made)
        uv_mutex_lock(&lock);
    return made;
}

static void settle(void) {
    unsigned kinds = 0;
    for (const subscriber *s = first; s; s = s->next)
        kinds |= s->kinds;
    atomic_store(&wanted, kinds);
}

static subscriber **find(frond_notice_fn fn, const void *arg) {
    subscriber **at = &first;
    while (*at && ((*at)->fn != fn || (*at)->arg != arg || !(*at)->kinds))
        at = &(*at)->next;
    return at;
}

int frond_notice_subscribe(unsigned kinds, frond_notice_fn fn, void *arg) {
    if (!fn || !kinds || (kinds & ~(unsigned)FROND_NOTICE_ALL))
        return frond_fail_set(FROND_EINVAL, "notice subscribe");
    if (!enter())
        return frond_fail_set(FROND_ENOMEM, "notice subscribe");
    subscriber **at = find(fn, arg);
    if (!*at && (*at = frond_calloc(1, sizeof **at)))
        **at = (subscriber){.fn = fn, .arg = arg};
    bool there = *at != NULL;
    if (there)
        (*at)->kinds = kinds;
    settle();
    uv_mutex_unlock(&lock);
    return there ? 0 : frond_fail_set(FROND_ENOMEM, "notice subscribe");
}

static unsigned own_calls(const subscriber *s) {
    unsigned n = 0;
    for (const call *c = calls; c; c = c->outer)
        n += c->of == s;
    return n;
}

/* Nobody calls it, and nobody will. */
static void drop(subscriber *s) {
    subscriber **at = &first;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    frond_free(s);
}

int frond_notice_unsubscribe(frond_notice_fn fn, void *arg) {
    if (!enter())
        return 0;
    subscriber *s = *find(fn, arg);
    unsigned own = s ? own_calls(s) : 0;
    if (s) {
        s->kinds = 0;
        s->awaited = true;
        settle();
        while (s->calls > own)
            uv_cond_wait(&returned, &lock);
        s->awaited = false;
        if (own == 0)
            drop(s);
    }
    uv_mutex_unlock(&lock);
    return s != NULL;
}

bool frond__notice_wanted(frond_notice_kind kind) {
    return (atomic_load(&wanted) & (unsigned)kind) != 0;
}

/* One that calls frond_fail comes back by the guard, and has not seen to it. */
static bool call_guarded(frond_notice_fn fn, void *arg, const frond_notice *n) {
    frond__guard guard = {.outer = frond__guarded};
    volatile bool seen = false;
    frond__guarded = &guard;
    if (setjmp(guard.back) == 0) {
        seen = fn(n, arg) != 0;
    } else {
        frond__page p = {0};
        frond__print(&p, "frond: a function that was told of a notice failed: %s\n",
                     frond_error_text());
        frond__page_write(&p, 2);
    }
    frond__guarded = guard.outer;
    return seen;
}

/* To be called with the lock, which it gives back meanwhile.  Answers whether it has been seen to. */
static bool tell_one(subscriber *s, const frond_notice *n) {
    call c = {calls, s};
    frond_notice_fn fn = s->fn;
    void *arg = s->arg;
    s->calls++;
    uv_mutex_unlock(&lock);
    calls = &c;
    bool seen = call_guarded(fn, arg, n);
    calls = c.outer;
    uv_mutex_lock(&lock);
    s->calls--;
    return seen;
}

static bool tell_all(const frond_notice *n) {
    bool seen = false;
    enter();
    for (subscriber *s = first, *next; s; s = next) {
        if (s->kinds & (unsigned)n->kind)
            seen |= tell_one(s, n);
        next = s->next;
        if (s->awaited)
            uv_cond_broadcast(&returned);
        else if (!s->kinds && s->calls == 0)
            drop(s);
    }
    uv_mutex_unlock(&lock);
    return seen;
}

bool frond__notice(const frond_notice *n) {
    if (!frond__notice_wanted(n->kind))
        return false;
    frond_hub *h = frond__self;
    bool outermost = h && frond__callback_begin(h);
    bool seen = tell_all(n);
    if (h && h == frond__self)
        frond__callback_end(h, outermost);
    return seen;
}

/* ---- forks ---- */

void frond__notice_hold(void) {
    enter();
}

void frond__notice_release(void) {
    if (made)
        uv_mutex_unlock(&lock);
}

/* Calls of other threads' do not come back here. */
void frond__notice_renew(void) {
    made = made && uv_mutex_init(&lock) == 0 && uv_cond_init(&returned) == 0;
    for (subscriber *s = first; s; s = s->next)
        s->calls = own_calls(s);
}
