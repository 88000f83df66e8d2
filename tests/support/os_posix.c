/* SPDX-License-Identifier: MIT */
#include "os.h"

#include "sockets.h"
#include "support.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int saved = -1;

void os_redirect_stderr(FILE *to) {
    saved = dup(2);
    if (saved >= 0)
        dup2(fileno(to), 2);
}

void os_restore_stderr(void) {
    if (saved < 0)
        return;
    dup2(saved, 2);
    close(saved);
    saved = -1;
}

int descriptors_open(void) {
    int n = 0;
    for (int fd = 0; fd < 2048; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

void raise_signal(int number) {
    kill(getpid(), number);
}

void socket_nonblocking(uv_os_sock_t s) {
    fcntl(s, F_SETFL, O_NONBLOCK);
}

void socket_close(uv_os_sock_t s) {
    close(s);
}

bool socket_inherited(uv_os_sock_t s) {
    return !(fcntl(s, F_GETFD) & FD_CLOEXEC);
}

long socket_send(uv_os_sock_t s, const void *data, size_t n) {
    return (long)send(s, data, n, 0);
}

long socket_receive(uv_os_sock_t s, void *data, size_t n) {
    return (long)recv(s, data, n, 0);
}

const char *os_emulator(void) {
    return getenv(
        "FROND_TEST_MACHINE"); /* ci/cross/machine.sh; what starts tests in qemu's user mode */
}

void make_folder(const char *path) {
    mkdir(path, 0755);
}

void make_unreadable(const char *path) {
    chmod(path, 0);
}

bool reads_every_file(void) {
    return geteuid() == 0;
}

bool system_forks(void) {
    return true;
}

bool has_children(void) {
    return waitpid(-1, NULL, WNOHANG) >= 0;
}

void reap_children(void) {
    while (waitpid(-1, NULL, 0) > 0) {}
}

void stdio_as_is(void) {
}

FILE *temporary_file(void) {
    return tmpfile();
}
