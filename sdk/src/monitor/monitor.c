/* SPDX-License-Identifier: MIT */
/* The monitor's thread: what it looks at, and when.  It sleeps until the first of that is due, and for good when
 * all that is asked for is a dump at a signal. */
#include "monitor/watch.h"

#include "hub/registry.h"
#include <frond/impl/fail.h>
#include <frond/impl/settings.h>
#include <uv.h>

enum { NEVER = -1 };

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock; /* of what follows; held while the thread is made and joined */
static bool made;
static size_t hubs;
static bool running;
static uv_thread_t thread;
static FROND_THREAD_LOCAL bool is_monitor;

static void make(void) {
    made = uv_mutex_init(&lock) == 0;
}

static bool is_wanted(void) {
    return frond_config_number(FROND_SETTING_MAX_BLOCKING_MS, NULL) ||
           frond_config_number(FROND_SETTING_MAX_MEMORY, NULL) ||
           frond_config_number(FROND_SETTING_DUMP_SIGNAL, NULL);
}

static int sooner(int a, int b) {
    return a == NEVER || (b != NEVER && b < a) ? b : a;
}

static void run(void *arg) {
    (void)arg;
    is_monitor = true;
    for (;;) {
        int ms = sooner(frond__watch_blocking(), frond__watch_memory());
        unsigned what = frond__waker_wait(sooner(ms, frond__watch_dumps()));
        if (what & FROND__MONITOR_STOP)
            return;
        if (what & FROND__MONITOR_DUMP)
            frond__watch_dump_begin();
    }
}

static int start(void) {
    uint64_t signal;
    frond_config_number(FROND_SETTING_DUMP_SIGNAL, &signal);
    frond__watch_reset();
    int rc = frond__waker_begin((int)signal);
    if (rc < 0)
        return rc;
    frond__signals_mask();
    running = uv_thread_create(&thread, run, NULL) == 0;
    frond__signals_unmask();
    if (!running)
        frond__waker_end();
    return running ? 0 : FROND_ENOMEM;
}

/* A hub of the monitor's own thread, made by a function that was told of something, is nothing to watch. */
int frond__monitor_begin(frond_hub *h) {
    if (is_monitor)
        return 0;
    uv_once(&once, make);
    if (!made)
        return FROND_ENOMEM;
    bool wanted = is_wanted();
    int rc = 0;
    if (wanted)
        frond__sample_enroll(h);
    h->watch.on = wanted;
    uv_mutex_lock(&lock);
    if (wanted && !running)
        rc = start();
    hubs += rc == 0;
    uv_mutex_unlock(&lock);
    return rc;
}

void frond__monitor_end(frond_hub *h) {
    if (is_monitor)
        return;
    frond__watch_end(h);
    uv_mutex_lock(&lock);
    if (--hubs == 0 && running) {
        running = false;
        frond__waker_stop();
        uv_thread_join(&thread);
        frond__waker_end();
        frond__sample_end();
    }
    uv_mutex_unlock(&lock);
}

/* ---- forks ---- */

void frond__monitor_hold(void) {
    uv_once(&once, make);
    if (made && !is_monitor)
        uv_mutex_lock(&lock);
}

void frond__monitor_release(void) {
    if (made && !is_monitor)
        uv_mutex_unlock(&lock);
}

void frond__monitor_renew(void) {
    made = made && uv_mutex_init(&lock) == 0;
    hubs = 0;
    if (running)
        frond__waker_forget();
    running = false;
    is_monitor = false;
}
