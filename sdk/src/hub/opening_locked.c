/* SPDX-License-Identifier: MIT */
/* macOS opens sockets and pipes first and marks them close-on-exec afterwards.  A child that another
 * thread forked in between would keep them through its exec, so a fork waits for those who are between
 * the two, and they for it: they are readers of a lock whose writer is the fork. */
#include "hub/fork.h"

#include <frond/impl/process.h>
#include <pthread.h>

static pthread_rwlock_t opening = PTHREAD_RWLOCK_INITIALIZER;

void frond_opening_begin(void) {
    pthread_rwlock_rdlock(&opening);
}

void frond_opening_end(void) {
    pthread_rwlock_unlock(&opening);
}

void frond__opening_hold(void) {
    pthread_rwlock_wrlock(&opening);
}

void frond__opening_release(void) {
    pthread_rwlock_unlock(&opening);
}

void frond__opening_renew(void) {
    pthread_rwlock_init(&opening,
                        NULL); /* the child's one thread is not known to hold it */
}
