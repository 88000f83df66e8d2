/* SPDX-License-Identifier: MIT */
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/impl/fail.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

/* A closed standard descriptor is taken by one that fails the same way, or the next file that is opened
 * would get its number. */
static void hold_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
            abort();
}

void os_begin_worker(void) {
    signal(SIGPIPE, SIG_IGN);
}

void os_begin(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    hold_standard_descriptors();
}

int os_become_stdin(int fd) {
    int rc = dup2(fd, 0) < 0 ? frond_error_from_system(errno) : 0;
    if (fd != 0)
        close(fd);
    return rc;
}

bool os_is_separator(char c) {
    return c == '/';
}

unsigned long long os_need_descriptors(unsigned long long n) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= n)
        return 0;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < n)
        return limit.rlim_max;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)n;
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? before : 0;
}

bool os_tries_again(int error, int attempt) {
    (void)error;
    (void)attempt;
    return false;
}

static struct termios terminal_before;

static void end_keys(int number) {
    os_keys_end();
    raise(number); /* once this has returned, as if it had not been handled */
}

bool os_keys_begin(void) {
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    struct sigaction restore = {.sa_handler = end_keys, .sa_flags = (int)SA_RESETHAND},
                     now;
    if (tcgetpgrp(0) != getpgrp() || tcgetattr(0, &terminal_before) < 0)
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaction(ends[i], &restore, NULL);
    struct termios unseen = terminal_before;
    unseen.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    return tcsetattr(0, TCSANOW, &unseen) == 0;
}

void os_keys_end(void) {
    tcsetattr(0, TCSANOW, &terminal_before);
}

bool os_key(char *key) {
    struct pollfd p = {.fd = 0, .events = POLLIN};
    return poll(&p, 1, 0) > 0 && read(0, key, 1) == 1;
}
