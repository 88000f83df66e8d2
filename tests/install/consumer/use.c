/* SPDX-License-Identifier: MIT */
#include <frond/frond.h>
#include <stdio.h>

static void *answer(void *out) {
    *(int *)out = 42;
    return NULL;
}

int main(void) {
    int n = 0;
    frond_greenlet *g = frond_spawn(answer, &n);
    int rc = frond_join(g, FROND_NEVER);
    frond_release(g);
    printf("c: %d\n", n);
    return rc == 0 ? 0 : 1;
}
