/* SPDX-License-Identifier: MIT */
/* Reaping what nobody else does.
 *
 * A child that has ended is left to whoever waits for it for a while: frond's own children are never touched, and
 * other code's only when nobody has come for them.  The list of all processes is looked through when the system
 * tells of the end of a child, and once more when a grace is over; in between nothing runs. */
#include "reaper.h"

#include "processes_linux.h"
#include <frond/error.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/process.h>
#include <errno.h>
#include <frond/fork.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { GRACE_MS = 1000 };

/* ---- our own ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t generation; /* of the process whose children these are */
static pid_t *own;
static size_t own_n, own_cap;

/* A forked child has none of its parent's children, and whoever held the lock is not there to let go of it. */
static void own_lock(void) {
    if (atomic_exchange(&generation, frond_generation()) != frond_generation()) {
        pthread_mutex_init(&lock, NULL);
        own_n = 0;
    }
    pthread_mutex_lock(&lock);
}

void frond__reaper_begin(int64_t pid) {
    own_lock();
    if (own_n == own_cap) {
        size_t cap = own_cap ? own_cap * 2 : 64;
        pid_t *grown = frond_realloc(own, cap * sizeof *own);
        if (grown) {
            own = grown;
            own_cap = cap;
        }
    }
    if (own_n < own_cap)
        own[own_n++] = (pid_t)pid;
    pthread_mutex_unlock(&lock);
}

void frond__reaper_end(int64_t pid) {
    own_lock();
    for (size_t i = 0; i < own_n; i++)
        if (own[i] == pid) {
            own[i] = own[--own_n];
            break;
        }
    if (own_n == 0) {
        frond_free(own);
        own = NULL;
        own_cap = 0;
    }
    pthread_mutex_unlock(&lock);
}

static bool is_own(pid_t pid) {
    bool yes = false;
    own_lock();
    for (size_t i = 0; i < own_n; i++)
        yes |= own[i] == pid;
    pthread_mutex_unlock(&lock);
    return yes;
}

/* ---- those of nobody ---- */

typedef struct {
    pid_t pid;
    uint64_t since; /* the loop's time in ms at which it was seen to have ended */
} ended;

typedef struct {
    uv_signal_t signal;
    uv_timer_t again;
    unsigned open; /* handles */
    ended *all;
    size_t n;
} reaper;

static _Thread_local reaper *here;

static void look(reaper *r);

static void rang(uv_timer_t *t) {
    look(t->data);
}

static void child_ended(uv_signal_t *s, int number) {
    (void)number;
    look(s->data);
}

static uint64_t since_of(const reaper *r, pid_t pid, uint64_t now) {
    for (size_t i = 0; i < r->n; i++)
        if (r->all[i].pid == pid)
            return r->all[i].since;
    return now;
}

/* Keeps those whose grace is not over in *left; the others are reaped. */
static size_t sort_out(reaper *r, const frond__processes *t, ended *left, uint64_t now) {
    pid_t self = getpid();
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const frond__entry *e = &t->all[i];
        if (e->state != 'Z' || e->parent != self || is_own(e->pid))
            continue;
        uint64_t since = since_of(r, e->pid, now);
        if (now - since >= GRACE_MS)
            (void)waitpid(e->pid, NULL, WNOHANG);
        else
            left[n++] = (ended){e->pid, since};
    }
    return n;
}

/* Without memory it looks once more when the next child ends. */
static void look(reaper *r) {
    frond__processes t;
    uint64_t now = uv_now(r->signal.loop);
    ended *left =
        frond__processes_list(&t) == 0 ? frond_alloc((t.n + 1) * sizeof *left) : NULL;
    if (left) {
        r->n = sort_out(r, &t, left, now);
        frond_free(r->all);
        r->all = left;
    }
    frond__processes_free(&t);
    if (r->n)
        uv_timer_start(&r->again, rang, GRACE_MS + 1, 0);
}

static void handle_closed(uv_handle_t *handle) {
    reaper *r = handle->data;
    if (--r->open)
        return;
    frond_free(r->all);
    frond_free(r);
}

/* One that was disabled before is gone already. */
static void hub_closes(void *arg, int child) {
    if (here != arg)
        return;
    if (child)
        here = NULL;
    else
        frond_reaper_disable();
}

static int enable(uv_loop_t *loop) {
    reaper *r = loop ? frond_calloc(1, sizeof *r) : NULL;
    if (!r || frond_hub_at_close(hub_closes, r) < 0) {
        frond_free(r);
        return FROND_ENOMEM;
    }
    uv_signal_init(loop, &r->signal);
    uv_timer_init(loop, &r->again);
    r->signal.data = r->again.data = r;
    r->open = 2;
    here = r;
    int rc = uv_signal_start(&r->signal, child_ended, SIGCHLD);
    uv_unref((uv_handle_t *)&r->signal);
    uv_unref((uv_handle_t *)&r->again);
    if (rc < 0) {
        frond_reaper_disable();
        return frond_error_from_uv(rc);
    }
    look(r);
    return 0;
}

int frond_reaper_enable(void) {
    int rc = frond_wait_enter(FROND_NEVER);
    if (rc < 0 || here)
        return rc;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return frond_fail_set(frond_error_from_system(errno), "reaper");
    rc = enable(frond_loop());
    return rc < 0 ? frond_fail_set(rc, "reaper") : 0;
}

void frond_reaper_disable(void) {
    reaper *r = here;
    if (!r)
        return;
    here = NULL;
    (void)prctl(PR_SET_CHILD_SUBREAPER, 0);
    uv_close((uv_handle_t *)&r->signal, handle_closed);
    uv_close((uv_handle_t *)&r->again, handle_closed);
}
