/* SPDX-License-Identifier: MIT */
/* Must die: a greenlet that uses up its stack is named. */
#include <frond/sdk.h>
#include <stdlib.h>

static volatile int bottomless = 1;
static volatile uintptr_t deepest; /* the frames must be there, each of them */

static int deeper(int n) {
    volatile char frame[512];
    frame[n % 512] = (char)n;
    deepest = (uintptr_t)frame;
    return bottomless ? deeper(n + 1) + frame[n % 512] : n;
}

static void *run(void *arg) {
    (void)arg;
    return (void *)(intptr_t)deeper(0);
}

int main(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 77; /* they report overflows in their own words */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 77;
#endif
#endif
    frond_spawn_options o = {.name = "deep"};
    frond_greenlet *g = frond_spawn_with(&o, run, NULL);
    frond_join(g, FROND_NEVER);
    return 0;
}
