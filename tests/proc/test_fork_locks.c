/* SPDX-License-Identifier: MIT */
/* Locks in a forked child. */
#include "proc/fork.h"
#include "support.h"

static struct {
    frond_lock mine, others;
    frond_rwlock read, read_by_others, written_by_others;
    frond_lock left;
} locks;

static void *holds_locks(void *arg) {
    CHECK_INT(frond_lock_acquire(&locks.others, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_acquire_read(&locks.read, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_acquire_read(&locks.read_by_others, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_acquire_write(&locks.written_by_others, FROND_NOW), 0);
    frond_lock_acquire(&locks.mine, FROND_NEVER); /* in line for it */
    return arg;
}

static void *tries_mine(void *arg) {
    CHILD_CHECK(frond_lock_acquire(&locks.mine, FROND_NOW) == FROND_ETIMEDOUT);
    CHILD_CHECK(frond_lock_acquire(&locks.mine, FROND_NEVER) == 0);
    CHILD_CHECK(frond_rwlock_acquire_write(&locks.read, FROND_NEVER) == 0);
    return arg;
}

static void locks_of_the_child(void) {
    CHILD_CHECK(frond_lock_acquire(&locks.others, FROND_NOW) == 0);
    CHILD_CHECK(frond_lock_release(&locks.others) == 0);
    CHILD_CHECK(frond_rwlock_acquire_write(&locks.read_by_others, FROND_NOW) == 0);
    CHILD_CHECK(frond_rwlock_acquire_write(&locks.written_by_others, FROND_NOW) == 0);
    CHILD_CHECK(frond_lock_held(&locks.mine) && frond_rwlock_held(&locks.read) == 1);
    CHILD_CHECK(frond_rwlock_acquire_write(&locks.read, FROND_NOW) == FROND_EDEADLK);
    CHILD_CHECK(frond_lock_acquire(&locks.left, FROND_NOW) == FROND_EOWNERDEAD);
    frond_greenlet *g = frond_spawn(tries_mine, NULL);
    frond_yield();
    CHILD_CHECK(frond_lock_release(&locks.mine) == 0);
    frond_yield();
    CHILD_CHECK(frond_rwlock_release(&locks.read) == 0);
    CHILD_CHECK(frond_join(g, FROND_NEVER) == 0);
    CHILD_CHECK(frond_lock_acquire(&locks.mine, FROND_NOW) == FROND_EOWNERDEAD);
    CHILD_CHECK(frond_lock_recover(&locks.mine) == 1);
    frond_release(g);
}

static void *leaves_a_lock(void *arg) {
    CHECK_INT(frond_lock_acquire(&locks.left, FROND_NOW), 0);
    return arg;
}

/* What the surviving greenlet holds it still holds, and nobody else holds or waits for anything. */
static void locks_go_along(void) {
    CHECK_INT(frond_lock_acquire(&locks.mine, FROND_NOW), 0);
    CHECK_INT(frond_rwlock_acquire_read(&locks.read, FROND_NOW), 0);
    frond_go(leaves_a_lock, NULL);
    frond_greenlet *g = frond_spawn(holds_locks, NULL);
    frond_yield();
    int64_t pid = do_fork();
    if (pid == 0) {
        locks_of_the_child();
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_lock_acquire(&locks.others, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_lock_release(&locks.mine), 0);
    CHECK_INT(frond_rwlock_release(&locks.read), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0); /* and ends with them */
    CHECK_INT(frond_lock_recover(&locks.others), 1);
    CHECK_INT(frond_rwlock_acquire_write(&locks.read_by_others, FROND_NOW), 0);
    frond_release(g);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"demand 7: locks go along", locks_go_along}, {0}};
    return test_main("proc/fork locks", tests, argc, argv);
}
