/* SPDX-License-Identifier: MIT */
/* What others do around a fork.  The list does not change from prepare to parent or child: whoever forks has its lock
 * meanwhile, frond_fork through its functions, a plain fork() through the handlers of pthread_atfork. */
#include "hub/fork.h"

#include "ensure.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <pthread.h>

typedef struct hook {
    struct hook *before, *after;
    frond_atfork_fn prepare, parent, child;
    void *arg;
} hook;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static hook *first, *last;
static FROND_THREAD_LOCAL bool locked; /* by a frond_fork of this thread */
static bool owed; /* to the functions of a child that nobody has called */

static int refused(void) {
    frond_hub *h = frond__self;
    return h && h->current->attention & FROND__FORKHOOK
               ? frond_fail_set(FROND_EFORKHOOK, "atfork")
               : 0;
}

int frond_atfork(frond_atfork_fn prepare, frond_atfork_fn parent, frond_atfork_fn child,
                 void *arg) {
    int rc = refused();
    if (rc < 0)
        return rc;
    if (!prepare && !parent && !child)
        return frond_fail_set(FROND_EINVAL, "atfork");
    hook *k = frond_alloc(sizeof *k);
    if (!k)
        return frond_fail_set(FROND_ENOMEM, "atfork");
    frond__fork_watch();
    pthread_mutex_lock(&lock);
    *k = (hook){last, NULL, prepare, parent, child, arg};
    *(last ? &last->after : &first) = k;
    last = k;
    pthread_mutex_unlock(&lock);
    return 0;
}

static hook *take(frond_atfork_fn prepare, frond_atfork_fn parent, frond_atfork_fn child,
                  const void *arg) {
    hook *k = last;
    while (k && (k->prepare != prepare || k->parent != parent || k->child != child ||
                 k->arg != arg))
        k = k->before;
    if (k) {
        *(k->before ? &k->before->after : &first) = k->after;
        *(k->after ? &k->after->before : &last) = k->before;
    }
    return k;
}

int frond_atfork_remove(frond_atfork_fn prepare, frond_atfork_fn parent,
                        frond_atfork_fn child, void *arg) {
    int rc = refused();
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&lock);
    hook *k = take(prepare, parent, child, arg);
    pthread_mutex_unlock(&lock);
    frond_free(k);
    return k ? 0 : frond_fail_set(FROND_ENOENT, "atfork");
}

/* ---- around a fork ---- */

static void call(frond_atfork_fn fn, void *arg) {
    if (fn)
        fn(arg);
}

void frond__atfork_prepare(frond_hub *h) {
    pthread_mutex_lock(&lock);
    locked = true;
    h->current->attention |= FROND__FORKHOOK;
    for (hook *k = last; k; k = k->before)
        call(k->prepare, k->arg);
    h->current->attention &= (uint8_t)~FROND__FORKHOOK;
}

static void unlock(void) {
    locked = false;
    pthread_mutex_unlock(&lock);
}

void frond__atfork_parent(frond_hub *h) {
    h->current->attention |= FROND__FORKHOOK;
    for (hook *k = first; k; k = k->after)
        call(k->parent, k->arg);
    h->current->attention &= (uint8_t)~FROND__FORKHOOK;
    unlock();
}

static void call_child(frond_hub *h) {
    h->current->attention |= FROND__FORKHOOK;
    for (hook *k = first; k; k = k->after)
        call(k->child, k->arg);
    h->current->attention &= (uint8_t)~FROND__FORKHOOK;
}

void frond__atfork_child(frond_hub *h) {
    call_child(h);
    unlock();
}

void frond__atfork_inherited(frond_hub *h) {
    if (!owed)
        return;
    owed = false;
    call_child(h);
}

void frond__atfork_hold(void) {
    if (!locked)
        pthread_mutex_lock(&lock);
}

void frond__atfork_release(void) {
    if (!locked)
        pthread_mutex_unlock(&lock);
}

void frond__atfork_renew(void) {
    pthread_mutex_init(&lock, NULL);
    if (locked)
        pthread_mutex_lock(&lock);
    owed = !locked;
}
