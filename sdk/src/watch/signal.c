/* SPDX-License-Identifier: MIT */
/* Signals, by libuv's handlers: they work on every thread's loop at once, and restore the default
 * action when the last receiver of a signal is gone. */
#include <frond/signal.h>

#include "os/os.h"
#include "watch/watch.h"
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>

enum { MOST_NUMBERS = 64 };

typedef struct signals signals;

typedef struct {
    uv_signal_t handle;
    signals *of;
    int number;       /* what it was opened as */
    uint64_t arrived; /* after the others; 0: it has not */
} receiver;

struct signals {
    frond_watcher watcher;
    uint64_t arrivals;
    size_t n; /* handles that there are */
    receiver receivers[];
};

/* The one that has arrived first. */
static receiver *first(signals *s) {
    receiver *found = NULL;
    for (size_t i = 0; i < s->n; i++) {
        receiver *r = &s->receivers[i];
        if (r->arrived && (!found || r->arrived < found->arrived))
            found = r;
    }
    return found;
}

static bool pending(frond_watcher *w) {
    return first((signals *)w) != NULL;
}

static int take(frond_watcher *w, const frond__want *want) {
    receiver *r = first((signals *)w);
    if (!r)
        return 0;
    r->arrived = 0;
    frond__watcher_news(want, 1, r->number);
    return 1;
}

static void arrived(uv_signal_t *handle, int number) {
    (void)number;
    receiver *r = FROND_CONTAINER_OF(handle, receiver, handle);
    if (!r->arrived)
        r->arrived = ++r->of->arrivals;
    frond__watcher_tell(&r->of->watcher);
}

static void handle_closed(uv_handle_t *handle) {
    receiver *r = FROND_CONTAINER_OF((uv_signal_t *)handle, receiver, handle);
    frond__watcher_leave(&r->of->watcher);
}

static void close_all(frond_watcher *w) {
    signals *s = (signals *)w;
    for (size_t i = 0; i < s->n; i++)
        uv_close((uv_handle_t *)&s->receivers[i].handle, handle_closed);
}

static const frond__watcher_ops ops = {
    .wait = {"signal", NULL, NULL},
    .doing = "signal wait",
    .source = true,
    .take = take,
    .pending = pending,
    .close = close_all,
};

/* One that is given twice still arrives once. */
static bool is_received(const signals *s, int number) {
    for (size_t i = 0; i < s->n; i++)
        if (s->receivers[i].number == number)
            return true;
    return false;
}

static int receive(signals *s, uv_loop_t *loop, int number) {
    receiver *r = &s->receivers[s->n];
    r->of = s;
    r->number = number;
    int rc = uv_signal_init(loop, &r->handle);
    if (rc == 0) {
        s->n++;
        s->watcher.inside++;
        rc = uv_signal_start(&r->handle, arrived, frond__os_signal_number(number));
    }
    if (rc < 0)
        return frond_error_from_uv(rc);
    uv_unref((uv_handle_t *)&r->handle); /* its waiters are what counts */
    return 0;
}

int frond_signal_open(const int *numbers, size_t n, frond_signal **out) {
    if (!numbers || n == 0 || n > MOST_NUMBERS || !out)
        return frond_fail_set(FROND_EINVAL, "signal open");
    uv_loop_t *loop = frond_loop();
    signals *s =
        loop ? (signals *)frond__watcher_new(&ops, sizeof *s + n * sizeof s->receivers[0])
             : NULL;
    if (!s)
        return frond_fail_set(FROND_ENOMEM, "signal open");
    for (size_t i = 0; i < n; i++) {
        int rc = is_received(s, numbers[i]) ? 0 : receive(s, loop, numbers[i]);
        if (rc < 0) {
            frond_watcher_free(&s->watcher);
            return frond_fail_text(rc, "signal open %d: %s", numbers[i],
                                   frond_error_message(rc));
        }
    }
    *out = &s->watcher;
    return 0;
}

int frond_signal_wait(frond_signal *s, int *number, frond_deadline d) {
    frond_news news = {0};
    int rc = frond__watcher_wait(s, &ops, &(frond__want){0, &news}, d);
    if (rc == 0 && number)
        *number = news.what;
    return rc;
}

void frond_signal_free(frond_signal *s) {
    frond_watcher_free(s);
}
