/* SPDX-License-Identifier: MIT */
/* Listeners on POSIX, and those of systemd: see sd_listen_fds(3), which this does without the library. */
#include "server/listener.h"
#include "os/socket_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_FD = 3 /* SD_LISTEN_FDS_START */, MOST_FDS = 65536 };

int frond__listener_check(frond_os_fd fd) {
    int listens = 0;
    socklen_t n = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) < 0)
        return frond__socket_code();
    return listens ? 0 : FROND_EINVAL;
}

/* A decimal number, or -1. */
static long number_in(const char *variable) {
    const char *text = getenv(variable);
    char *end = NULL;
    errno = 0;
    long n = text ? strtol(text, &end, 10) : -1;
    return end && end != text && !*end && errno == 0 && n >= 0 ? n : -1;
}

/* The next of the names that colons part. */
static void take_name(const char **names, char name[FROND_LISTENER_NAME]) {
    size_t n = *names ? strcspn(*names, ":") : 0;
    strcpy(name, "unknown");
    if (*names && n && n < FROND_LISTENER_NAME) {
        memcpy(name, *names, n);
        name[n] = 0;
    }
    if (*names)
        *names = (*names)[n] ? *names + n + 1 : NULL;
}

static int take_socket(int fd, frond_system_listener *s) {
    s->listener = NULL;
    s->fd = fd;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return frond_fail_set(FROND_EBADF, "listeners from system");
    int rc = frond_listener_adopt(fd, &s->listener);
    if (rc == 0)
        s->fd = -1;
    return rc == FROND_ENOMEM ? rc : 0;
}

static void give_back(frond_system_listener *list, size_t n) {
    intptr_t fd;
    for (size_t i = 0; i < n; i++)
        if (list[i].listener) {
            frond_listener_release(list[i].listener, &fd);
            frond_listener_free(list[i].listener);
            list[i].listener = NULL;
        }
}

int frond_listeners_from_system(frond_system_listener *list, size_t n) {
    const char *names = getenv("LISTEN_FDNAMES");
    if (!list && n)
        return frond_fail_set(FROND_EINVAL, "listeners from system");
    if (!getenv("LISTEN_FDS") || number_in("LISTEN_PID") != (long)getpid())
        return 0;
    long count = number_in("LISTEN_FDS");
    if (count < 0 || count > MOST_FDS)
        return frond_fail_set(FROND_EINVAL, "listeners from system: LISTEN_FDS");
    for (size_t i = 0; i < n && i < (size_t)count; i++) {
        take_name(&names, list[i].name);
        int rc = take_socket(FIRST_FD + (int)i, &list[i]);
        if (rc < 0) {
            give_back(list, i);
            return rc;
        }
    }
    return (int)count;
}
