/* SPDX-License-Identifier: MIT */
/* What gdb is shown: greenlets that wait, one that has not run, a second thread with a hub, and a crash. */
#include <frond/sdk.h>
#include <stdint.h>
#include <stdlib.h>
#include <uv.h>

static frond_event never = FROND_EVENT_INIT;
static uv_sem_t parked;

static int goes_down(int level) {
    volatile int tenfold = level * 10;
    int rc = level > 0 ? goes_down(level - 1) : frond_event_wait(&never, FROND_NEVER);
    return rc + tenfold;
}

static void *waits(void *levels) {
    goes_down((int)(intptr_t)levels);
    return NULL;
}

static void *naps(void *arg) {
    frond_sleep(600 * 1000);
    return arg;
}

static void *never_runs(void *arg) {
    return arg;
}

static void *crashes(void *arg) {
    frond_spawn(never_runs, arg);
    abort();
}

static void in_thread(void *arg) {
    static frond_spawn_options other = {.name = "other"};
    (void)arg;
    frond_spawn_with(&other, naps, NULL);
    frond_yield();
    uv_sem_post(&parked);
    frond_sleep(600 * 1000);
}

int main(void) {
    static frond_spawn_options deep = {.name = "deep"};
    uv_thread_t thread;
    frond_spawn_with(&deep, waits, (void *)3);
    frond_spawn(naps, NULL);
    frond_yield();
    if (uv_sem_init(&parked, 0) < 0 || uv_thread_create(&thread, in_thread, NULL) < 0)
        return 1;
    uv_sem_wait(&parked);
    frond_spawn(crashes, NULL);
    return frond_hub_join(FROND_NEVER);
}
