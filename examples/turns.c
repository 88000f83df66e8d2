/* SPDX-License-Identifier: MIT */
/* Two scheduled greenlets that take turns: each goes on when the other waits. */
#include <frond/frond.h>
#include <stdio.h>

static void *foo(void *arg) {
    printf("Running in foo\n");
    frond_sleep(0);
    printf("Explicit context switch to foo again\n");
    return arg;
}

static void *bar(void *arg) {
    printf("Explicit context to bar\n");
    frond_sleep(0);
    printf("Implicit context switch back to bar\n");
    return arg;
}

int main(void) {
    frond_greenlet *both[] = {frond_spawn(foo, NULL), frond_spawn(bar, NULL)};
    int rc = frond_joinall(both, 2, 0, 1, FROND_NEVER);
    frond_release(both[0]);
    frond_release(both[1]);
    return rc < 0;
}
