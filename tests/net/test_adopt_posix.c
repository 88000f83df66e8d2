/* SPDX-License-Identifier: MIT */
/* Listeners from systemd: this program starts itself as systemd would. */
#include "net.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the child: echoes at the first listener, checks the rest ---- */

static int serve_once(frond_listener *l) {
    frond_stream *s;
    char c;
    if (frond_accept(l, &s, frond_in(20000)) < 0 ||
        frond_read(s, &c, 1, frond_in(20000)) != 1 ||
        frond_write(s, &c, 1, NULL, frond_in(20000)) < 0)
        return 10;
    frond_stream_free(s);
    return 0;
}

static int child(void) {
    frond_system_listener all[4];
    if (frond_listeners_from_system(all, 4) != 3)
        return 1;
    if (!all[0].listener || all[0].fd != -1 || strcmp(all[0].name, "web") != 0)
        return 2;
    if (!all[1].listener || strcmp(all[1].name, "unknown") != 0)
        return 3;
    if (all[2].listener || all[2].fd != 5 || strcmp(all[2].name, "log") != 0)
        return 4;
    if (!(fcntl(3, F_GETFD) & FD_CLOEXEC) || !(fcntl(5, F_GETFD) & FD_CLOEXEC))
        return 5;
    int rc = serve_once(all[0].listener);
    frond_listener_free(all[0].listener);
    frond_listener_free(all[1].listener);
    close(5);
    return rc;
}

/* ---- systemd ---- */

/* The numbers may overlap: what is moved first goes out of the way. */
static void put_at(int fd, int number) {
    int away = fcntl(fd, F_DUPFD, 20);
    dup2(away, number);
    close(away);
}

static void become_child(intptr_t first, intptr_t second) {
    char pid[32];
    int file = open("/dev/null", O_RDONLY), a = fcntl((int)first, F_DUPFD, 30),
        b = fcntl((int)second, F_DUPFD, 30);
    put_at(a, 3);
    put_at(b, 4);
    put_at(file, 5);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "3", 1);
    setenv("LISTEN_FDNAMES", "web::log", 1);
    const char *program = this_program();
    execl(program, program, "child", (char *)NULL);
    _exit(99);
}

static void started_by_systemd(void) {
    frond_addr at, other;
    intptr_t fds[2];
    int status = -1;
    char c = 'q';
    frond_listener *l = net_listen(&at), *m = net_listen(&other);
    CHECK_INT(frond_listener_release(l, &fds[0]), 0);
    CHECK_INT(frond_listener_release(m, &fds[1]), 0);
    pid_t pid = fork();
    if (pid == 0)
        become_child(fds[0], fds[1]);
    frond_stream *s = NULL;
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &s, FROND_NEVER), 0);
    CHECK_INT(frond_write(s, &c, 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(s, &c, 1, frond_in(20000)), 1);
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
    frond_stream_free(s);
    frond_listener_free(l);
    frond_listener_free(m);
    close((int)fds[0]);
    close((int)fds[1]);
}

static void not_started_by_systemd(void) {
    frond_system_listener one[1];
    char pid[32];
    CHECK_INT(frond_listeners_from_system(one, 1), 0);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", "1", 1); /* meant for another */
    CHECK_INT(frond_listeners_from_system(one, 1), 0);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("LISTEN_PID", pid, 1);
    CHECK_INT(frond_listeners_from_system(NULL, 1), FROND_EINVAL);
    CHECK_INT(frond_listeners_from_system(NULL, 0), 1); /* just asking */
    setenv("LISTEN_FDS", "x", 1);
    CHECK_INT(frond_listeners_from_system(one, 1), FROND_EINVAL);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"started by systemd", started_by_systemd},
                                      {"not started by systemd", not_started_by_systemd},
                                      {0}};
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return child();
    return test_main("listeners from systemd", tests, argc, argv);
}
