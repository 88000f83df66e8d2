/* SPDX-License-Identifier: MIT */
/* A timerfd that waits for a time that never comes and is cancelled when the clock is set: for that and nothing else
 * it becomes readable.  Where there is no such descriptor, or none is left, waits for the wall clock are told of a
 * jump when their timer fires, which arms it for the rest. */
#include "watch/watch.h"

#include <frond/impl/fd.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct frond__wall_guard {
    frond_waiter waiter; /* woken when the clock was set, or the watch is closed */
    frond_hub *hub;
    frond_fd *watch;
    int fd;
};

/* The system's last day, as the kernel's own nanoseconds count. */
static const struct itimerspec never = {
    .it_value = {.tv_sec =
                     sizeof(time_t) > 4 ? (time_t)(INT64_MAX / 1000000000) : INT32_MAX}};

static int set(int fd) {
    return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static void woken(frond_waiter *w) {
    struct frond__wall_guard *guard =
        FROND_CONTAINER_OF(w, struct frond__wall_guard, waiter);
    uint64_t expirations;
    if (!guard->watch) /* it is being closed */
        return;
    /* ECANCELED, once for each time that it was set */
    ssize_t got = read(guard->fd, &expirations, sizeof expirations);
    (void)got;
    (void)set(guard->fd);
    (void)frond_fd_watch(guard->watch, &guard->waiter);
    frond__wall_jumped(guard->hub);
}

frond__wall_guard *frond__wall_guard_begin(frond_hub *h) {
    struct frond__wall_guard *guard = frond_calloc(1, sizeof *guard);
    if (!guard)
        return NULL;
    guard->hub = h;
    guard->waiter.woken = woken;
    guard->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (guard->fd < 0)
        goto free_guard;
    frond_descriptor_opened(guard->fd);
    guard->watch = frond_fd_new(guard->fd, NULL, NULL);
    if (!guard->watch || set(guard->fd) < 0 ||
        frond_fd_watch(guard->watch, &guard->waiter) < 0)
        goto close_fd;
    return guard;

close_fd:
    frond_fd_close(guard->watch);
    frond_descriptor_closing(guard->fd);
    close(guard->fd);
free_guard:
    frond_free(guard);
    return NULL;
}

void frond__wall_guard_end(frond__wall_guard *guard) {
    if (!guard)
        return;
    frond_fd *watch = guard->watch;
    guard->watch = NULL;
    frond_watch_end(&guard->waiter);
    frond_fd_close(watch);
    frond_descriptor_closing(guard->fd);
    close(guard->fd);
    frond_free(guard);
}
