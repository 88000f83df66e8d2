/* SPDX-License-Identifier: MIT */
/* Fork, step by step.
 *
 * The child handler of pthread_atfork, which runs after every fork() of this process whoever calls it,
 * only does what cannot wait: uv_loop_fork for each inherited loop (before that, the child's closing of
 * a watched descriptor would take the parent's events away, and its signals would run the parent's
 * callbacks), and forgetting this thread's hub.  The next frond call makes a new hub, with the flow that
 * forked as its main greenlet.  Inherited handles are never closed: closing a pipe's listener would
 * unlink the parent's path.  frond_fork adds what a program that asked for it expects: default signal
 * actions, and descriptors closed. */
#include "hub/fork.h"

#include "config/config.h"
#include "ensure.h"
#include "hub/loop.h"
#include "hub/registry.h"
#include "monitor/monitor.h"
#include "report/notice.h"
#include "stack/stack.h"
#include "stat/figures.h"
#include "trace/trace_file.h"
#include <errno.h>
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/waiter.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t generation;
static FROND_THREAD_LOCAL frond_hub *inherited; /* of the thread that forked */
static pthread_once_t once = PTHREAD_ONCE_INIT;

uint64_t frond_generation(void) {
    return generation;
}

frond_hub *frond__fork_inherited(void) {
    frond_hub *h = inherited;
    if (h) /* in a child, which has one thread */
        inherited = NULL;
    return h;
}

/* ---- jobs: a reader each; a fork is the writer ---- */

static uv_rwlock_t jobs;
static _Atomic int forks_waiting;

void frond__job_begin(void) {
    while (atomic_load(&forks_waiting))
        usleep(200);
    uv_rwlock_rdlock(&jobs);
}

void frond__job_end(void) {
    uv_rwlock_rdunlock(&jobs);
}

static int hold_jobs(frond_deadline d) {
    int rc = 0;
    atomic_fetch_add(&forks_waiting, 1);
    frond_clock_hold(1);
    while (rc == 0 && uv_rwlock_trywrlock(&jobs) != 0)
        rc = frond_nap(1, d);
    frond_clock_hold(-1);
    if (rc < 0)
        atomic_fetch_sub(&forks_waiting, 1);
    return rc;
}

static void release_jobs(void) {
    uv_rwlock_wrunlock(&jobs);
    atomic_fetch_sub(&forks_waiting, 1);
}

/* ---- descriptors: a bit each; no memory is kept while there are none ---- */

static pthread_mutex_t descriptors_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *descriptors;
static size_t descriptors_bytes, descriptors_n;
static bool descriptors_inherited; /* by a fork that was not ours */

static bool descriptor_known(size_t fd) {
    return fd / 8 < descriptors_bytes && (descriptors[fd / 8] & (1U << (fd % 8)));
}

static void descriptors_forget(void) {
    frond_free(descriptors);
    descriptors = NULL;
    descriptors_bytes = descriptors_n = 0;
}

void frond_descriptor_opened(intptr_t fd) {
    size_t byte = (size_t)fd / 8;
    if (fd < 0)
        return;
    pthread_mutex_lock(&descriptors_lock);
    if (byte >= descriptors_bytes) {
        size_t bytes = byte * 2 + 128;
        unsigned char *grown = frond_realloc(descriptors, bytes);
        if (grown) {
            memset(grown + descriptors_bytes, 0, bytes - descriptors_bytes);
            descriptors = grown;
            descriptors_bytes = bytes;
        }
    }
    if (byte < descriptors_bytes && !descriptor_known((size_t)fd)) {
        descriptors[byte] = (unsigned char)(descriptors[byte] | 1U << (fd % 8));
        descriptors_n++;
    }
    pthread_mutex_unlock(&descriptors_lock);
}

void frond_descriptor_closing(intptr_t fd) {
    size_t byte = (size_t)fd / 8;
    if (fd < 0)
        return;
    pthread_mutex_lock(&descriptors_lock);
    if (descriptor_known((size_t)fd)) {
        descriptors[byte] = (unsigned char)(descriptors[byte] & ~(1U << (fd % 8)));
        if (--descriptors_n == 0)
            descriptors_forget();
    }
    pthread_mutex_unlock(&descriptors_lock);
}

int frond_descriptor_noted(intptr_t fd) {
    pthread_mutex_lock(&descriptors_lock);
    bool noted = fd >= 0 && !descriptors_inherited && descriptor_known((size_t)fd);
    pthread_mutex_unlock(&descriptors_lock);
    return noted;
}

static void close_descriptors(const frond_fork_options *o) {
    for (size_t i = 0; i < o->n_keep; i++)
        frond_descriptor_closing(o->keep[i]);
    for (size_t fd = 0; fd < descriptors_bytes * 8; fd++)
        if (descriptor_known(fd))
            close((int)fd);
    descriptors_forget();
    descriptors_inherited = false;
}

/* ---- noticing ---- */

static void before_fork(void) {
    frond__atfork_hold();
    frond__monitor_hold();
    frond__opening_hold();
    pthread_mutex_lock(&descriptors_lock);
    frond__notice_hold();
    frond__registry_lock();
    frond__trace_file_lock();
}

static void after_fork_parent(void) {
    frond__trace_file_unlock();
    frond__registry_unlock();
    frond__notice_release();
    pthread_mutex_unlock(&descriptors_lock);
    frond__opening_release();
    frond__monitor_release();
    frond__atfork_release();
}

static void fork_loop(frond_hub *h) {
    if (h->loop && !h->loop->ends)
        uv_loop_fork(&h->loop->uv);
}

static void after_fork_child(void) {
    generation++;
    frond__atfork_renew();
    frond__opening_renew();
    frond__io_forget();
    pthread_mutex_init(&descriptors_lock, NULL);
    descriptors_inherited = true;
    frond__registry_forget(fork_loop);
    frond__config_forget();
    frond__notice_renew();
    frond__monitor_renew();
    frond__trace_file_forget();
    frond__figures_forget();
    if (!frond__self)
        return;
    inherited = frond__self;
    inherited->current->traits |= FROND__FORKED;
    frond__self = NULL;
    frond__pass_deny();
}

static void watch(void) {
    FROND_ASSERT(uv_rwlock_init(&jobs) == 0);
    FROND_ASSERT(pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0);
}

static void no_work(uv_work_t *w) {
    (void)w;
}

/* libuv's own exit handler joins the threads of its pool, which a child does not have: once used here,
 * the pool is this process's.  Whether the parent's program had used it nobody tells. */
static void renew_guests_pool(void) {
    uv_loop_t loop;
    uv_work_t work;
    if (uv_loop_init(&loop) < 0)
        return;
    uv_queue_work(&loop, &work, no_work, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

void frond__fork_watch(void) {
    static atomic_flag handled =
        ATOMIC_FLAG_INIT; /* a child's children inherit the handler */
    pthread_once(&once, watch);
    if (generation && !atomic_flag_test_and_set(&handled))
        (void)atexit(renew_guests_pool);
}

/* ---- the child of frond_fork ---- */

/* Through libuv for those it handles, so that it knows; raw for the others.  SIGCHLD is left to whoever
 * owns it, and faults to the handler that names overflowed stacks. */
static void default_actions(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++)
        if (number != SIGKILL && number != SIGSTOP && number != SIGCHLD &&
            number != SIGSEGV && number != SIGBUS)
            (void)sigaction(number, &action, NULL);
}

static void become_child(const frond_fork_options *o, const sigset_t *mask) {
    FROND_ASSERT(uv_rwlock_init(&jobs) ==
                 0); /* it was held by the thread that forked: by us */
    atomic_store(&forks_waiting, 0);
    default_actions();
    frond_hub *h = frond__hub(); /* the new one; stops the old one's signal watchers */
    FROND_ASSERT(h != NULL);
    close_descriptors(o);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    frond__atfork_child(h);
}

int64_t frond_fork(const frond_fork_options *o, frond_deadline d) {
    static const frond_fork_options none;
    sigset_t all, mask;
    o = o ? o : &none;
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i] || (o->n_keep && !o->keep))
            return frond_fail_set(FROND_EINVAL, "fork");
    frond_hub *h = frond__self;
    frond_greenlet *g = h->current;
    if (g->attention & (FROND__CALLBACK | FROND__FORKHOOK))
        return frond_fail_set(
            g->attention & FROND__FORKHOOK ? FROND_EFORKHOOK : FROND_ENOSUSPEND, "fork");
    if ((rc = hold_jobs(d)) < 0)
        return frond_fail_set(rc, "fork");
    frond__atfork_prepare(h);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask);
    if (o->drop_stacks)
        frond__stacks_copied(h->stacks, g, false);
    pid_t pid = fork();
    if (pid == 0) {
        become_child(o, &mask);
        return 0;
    }
    int error = errno;
    if (o->drop_stacks)
        frond__stacks_copied(h->stacks, g, true);
    release_jobs();
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    frond__atfork_parent(h);
    return pid > 0 ? pid : frond_fail_set(frond_error_from_system(error), "fork");
}

void frond__fork_leave(frond_greenlet *g) {
    if (frond__self)
        frond__scopes_forget(&frond__self->main);
    while (g->defers) {
        frond__defer *d = g->defers;
        g->defers = d->next;
        d->fn(d->arg);
    }
    if (g->drop)
        g->drop(g->arg);
    frond_hub_close(frond_in(1000));
    _exit(0);
}
