/* SPDX-License-Identifier: MIT */
/* Signals, by libuv's handlers: they work on every thread's loop at once, and restore the default
 * action when the last receiver of a signal is gone. */
#include <frond/signal.h>

#include "core.h"
#include "os/os.h"
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <uv.h>

typedef struct {
    uv_signal_t handle;
    frond_signal *of;
    int number; /* what it was opened as */
    bool pending;
} receiver;

struct frond_signal {
    frond_home home;
    frond_waitlist waiters;
    unsigned inside; /* waits and open handles keep the memory */
    bool freed;
    size_t n;
    receiver receivers[];
};

static const frond_wait_kind kind = {"signal", NULL, NULL};

static void release(frond_signal *s) {
    frond_home home = s->home;
    frond_free(s);
    frond_home_leave(&home);
}

static void leave(frond_signal *s) {
    if (--s->inside == 0 && s->freed)
        release(s);
}

static void arrived(uv_signal_t *handle, int number) {
    (void)number;
    receiver *r = FROND_CONTAINER_OF(handle, receiver, handle);
    frond_waiter *w = r->of->waiters.head;
    if (w) {
        *(int *)w->slot = r->number;
        frond_wake(w, 0);
    } else {
        r->pending = true;
    }
}

static void handle_closed(uv_handle_t *handle) {
    leave(FROND_CONTAINER_OF((uv_signal_t *)handle, receiver, handle)->of);
}

int frond_signal_open(const int *numbers, size_t n, frond_signal **out) {
    if (!numbers || n == 0 || n > 64 || !out)
        return frond_fail_set(FROND_EINVAL, "signal open");
    uv_loop_t *loop = frond_loop();
    frond_signal *s =
        loop ? frond_calloc(1, sizeof *s + n * sizeof s->receivers[0]) : NULL;
    if (!s || frond_home_enter(&s->home) < 0) {
        frond_free(s);
        return frond_fail_set(FROND_ENOMEM, "signal open");
    }
    frond_waitlist_own(&s->waiters);
    for (size_t i = 0; i < n; i++) {
        receiver *r = &s->receivers[s->n];
        r->of = s;
        r->number = numbers[i];
        int rc = uv_signal_init(loop, &r->handle);
        if (rc == 0) {
            s->n++;
            s->inside++;
            rc =
                uv_signal_start(&r->handle, arrived, frond__os_signal_number(numbers[i]));
        }
        if (rc < 0) {
            frond_signal_free(s);
            return frond_fail_text(frond_error_from_uv(rc), "signal open %d: %s",
                                   numbers[i],
                                   frond_error_message(frond_error_from_uv(rc)));
        }
        uv_unref((uv_handle_t *)&r->handle);
    }
    *out = s;
    return 0;
}

static int check(const frond_signal *s) {
    int rc = s ? frond_home_check(&s->home) : FROND_EINVAL;
    if (rc == 0 && s->freed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, "signal wait") : 0;
}

/* What is called many times in a row gives way to others here, who may free s. */
static int enter(frond_signal *s, frond_deadline d) {
    bool held = s && frond_home_check(&s->home) == 0;
    if (held)
        s->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check(s);
    if (held)
        leave(s);
    return rc;
}

int frond_signal_wait(frond_signal *s, int *number, frond_deadline d) {
    int rc = enter(s, d);
    if (rc < 0)
        return rc;
    int arrived_number = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->receivers[i].pending) {
            s->receivers[i].pending = false;
            if (number)
                *number = s->receivers[i].number;
            return 0;
        }
    frond_waiter w = {.slot = &arrived_number};
    if (d.ns <= 0)
        return frond_fail_set(FROND_ETIMEDOUT, "signal wait");
    s->inside++;
    frond_wake_source(1);
    rc = frond_wait(&w, &s->waiters, &kind, s, d);
    frond_wake_source(-1);
    leave(s);
    if (rc < 0)
        return frond_fail_set(rc, "signal wait");
    if (number)
        *number = arrived_number;
    return 0;
}

static void free_here(void *arg) {
    frond_signal *s = arg;
    if (frond_home_closed(&s->home)) {
        release(s);
        return;
    }
    s->freed = true;
    s->inside++;
    frond_wake_all(&s->waiters, FROND_ECLOSED);
    for (size_t i = 0; i < s->n; i++)
        uv_close((uv_handle_t *)&s->receivers[i].handle, handle_closed);
    leave(s);
}

void frond_signal_free(frond_signal *s) {
    if (s)
        frond_home_send(&s->home, free_here, s);
}
