/* SPDX-License-Identifier: MIT */
/* Must die under a sanitizer (demand 44): what greenlets do wrong on their own stacks is seen by it.  Elsewhere there
 * is nobody to see it. */
#include <frond/sdk.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#if defined(__has_feature)
#define FEATURE(name) __has_feature(name)
#else
#define FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || FEATURE(address_sanitizer)

static void *run(void *arg) {
    char room[64];
    volatile int beyond = 64;
    char *volatile at = room; /* so that nobody sees it before */
    frond_yield();            /* away from its stack, and back */
    at[beyond] = 1;
    return arg;
}

int main(void) {
    frond_go(run, NULL);
    return frond_hub_join(FROND_NEVER) < 0;
}

#elif defined(__SANITIZE_THREAD__) || FEATURE(thread_sanitizer)

static int shared;
static atomic_int here;

static void *run(void *arg) {
    atomic_fetch_add_explicit(&here, 1, memory_order_relaxed);
    while (atomic_load_explicit(&here, memory_order_relaxed) < 4) /* both threads are */
        frond_yield();
    for (int i = 0; i < 1000; i++) {
        shared++;
        frond_yield();
    }
    return arg;
}

static void thread(void *arg) {
    (void)arg;
    frond_go(run, NULL);
    frond_go(run, NULL);
    frond_hub_join(FROND_NEVER);
}

int main(void) {
    uv_thread_t other;
    if (uv_thread_create(&other, thread, NULL) < 0)
        return 0;
    thread(NULL);
    uv_thread_join(&other);
    return 0; /* the sanitizer's own status is another */
}

#else

int main(void) {
    return 77;
}

#endif
