/* SPDX-License-Identifier: MIT */
/* The program's standard streams: this program starts itself again with pipes, files, sockets and
 * terminals in their place, and looks at what came through, and at the mode of what they share. */
#include "stdio_child.h"
#include <support/os.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* ---- the child ---- */

static int child_closed(void) {
    frond_stream *in = NULL;
    return frond_stdio_open(FROND_STDIN, &in) == FROND_EBADF && !in ? 0 : 10;
}

static void *reads(void *s) {
    char c;
    return (void *)(intptr_t)frond_read(s, &c, 1, FROND_NEVER);
}

/* A read of a terminal or pipe that is killed, then closed; then one more on a new stream. */
static int child_close(void) {
    frond_stream *in;
    void *rc = NULL;
    for (int i = 0; i < 2; i++) {
        if (frond_stdio_open(FROND_STDIN, &in) < 0)
            return 10;
        frond_greenlet *g = frond_spawn(reads, in);
        frond_sleep(2);
        if (i)
            frond_kill(g, FROND_EXIT, FROND_NEVER);
        else
            frond_close(in);
        if (frond_get(g, &rc, FROND_NEVER) < 0)
            return 11;
        if ((intptr_t)rc != (i ? FROND_ECANCELED : FROND_ECLOSED))
            return 12;
        frond_release(g);
        frond_stream_free(in);
    }
    return fcntl(0, F_GETFD) < 0 ? 13 : 0; /* the descriptor stays open */
}

static int child(const char *what) {
    int rc = strcmp(what, "cat") == 0      ? child_cat()
             : strcmp(what, "late") == 0   ? child_late()
             : strcmp(what, "epipe") == 0  ? child_epipe()
             : strcmp(what, "closed") == 0 ? child_closed()
             : strcmp(what, "close") == 0  ? child_close()
                                           : 99;
    return frond_hub_close(frond_in(5000)) < 0 ? 98 : rc;
}

/* ---- the parent ---- */

static pid_t start(const char *what, int in, int out) {
    char *argv[] = {(char *)(uintptr_t)this_program(), "child", (char *)(uintptr_t)what,
                    NULL};
    posix_spawn_file_actions_t a;
    posix_spawn_file_actions_init(&a);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&a, in, 0);
    else
        posix_spawn_file_actions_addclose(&a, 0);
    posix_spawn_file_actions_adddup2(&a, out, 1);
    pid_t pid = -1;
    CHECK_INT(posix_spawn(&pid, argv[0], &a, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&a);
    return pid;
}

static void ends_well(pid_t pid) {
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), 0);
}

static void is_blocking(int fd) {
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
}

static void make_pipe(int fds[2]) {
    CHECK_INT(pipe(fds), 0);
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
}

/* Feeds n bytes to `to` and compares what comes out of `from`; then both are closed. */
static void feed_and_compare(int to, int from, size_t n) {
    char *data = net_bytes(n);
    char buf[8192];
    size_t sent = 0, got = 0, bad = 0;
    bool over = false;
    fcntl(to, F_SETFL, O_NONBLOCK);
    while (!over) {
        struct pollfd p[2] = {{.fd = sent < n ? to : -1, .events = POLLOUT},
                              {.fd = from, .events = POLLIN}};
        if (poll(p, 2, 30000) <= 0)
            break;
        if (p[0].revents) {
            ssize_t w = write(to, data + sent, n - sent);
            sent += w > 0 ? (size_t)w : 0;
            if (sent == n)
                close(to);
        }
        if (p[1].revents) {
            ssize_t r = read(from, buf, sizeof buf);
            over = r <= 0;
            for (ssize_t i = 0; i < r; i++, got++)
                bad += (unsigned char)buf[i] != net_byte(got);
        }
    }
    CHECK(over);
    CHECK_INT(got, n);
    CHECK_INT(bad, 0);
    close(from);
    free(data);
}

static void through_pipes(void) {
    int in[2], out[2];
    make_pipe(in);
    make_pipe(out);
    pid_t pid = start("cat", in[0], out[1]);
    int in_copy = dup(in[0]), out_copy = -1; /* our end of the shared description */
    fcntl(in_copy, F_SETFD, FD_CLOEXEC);
    close(in[0]);
    out_copy = out[1];
    is_blocking(in_copy);
    char byte = (char)net_byte(0), back = 0;
    CHECK_INT(write(in[1], &byte, 1), 1);
    CHECK_INT(read(out[0], &back, 1), 1); /* the child is at work */
    CHECK_INT(back, byte);
    is_blocking(in_copy);
    is_blocking(out_copy);
    close(out_copy);
    close(in_copy);
    feed_and_compare(in[1], out[0], 1 << 20);
    ends_well(pid);
}

static int temporary(void) {
    FILE *f = temporary_file();
    int fd = f ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 3) : -1;
    if (f)
        fclose(f);
    CHECK(fd >= 0);
    return fd;
}

static void through_files(void) {
    static const size_t sizes[] = {0, 1, 65536, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int in = temporary(), out = temporary();
        char *data = net_bytes(sizes[i]), *back = net_bytes(sizes[i]);
        CHECK_INT(write(in, data, sizes[i]), (ssize_t)sizes[i]);
        lseek(in, 0, SEEK_SET);
        memset(back, 0, sizes[i]);
        ends_well(start("cat", in, out));
        struct stat st;
        fstat(out, &st);
        CHECK_INT(st.st_size, (off_t)sizes[i]);
        lseek(out, 0, SEEK_SET);
        CHECK_INT(read(out, back, sizes[i]), (ssize_t)sizes[i]);
        CHECK(memcmp(data, back, sizes[i]) == 0);
        is_blocking(in);
        is_blocking(out);
        close(in);
        close(out);
        free(data);
        free(back);
    }
}

static void dev_null(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    ends_well(start("cat", null, null));
    is_blocking(null);
    close(null);
}

typedef struct {
    int fds[2];
    atomic_int stop, non_blocking;
} mode_watch;

static void watch_mode(void *arg) {
    mode_watch *w = arg;
    while (!atomic_load(&w->stop))
        for (int i = 0; i < 2; i++)
            if (fcntl(w->fds[i], F_GETFL) & O_NONBLOCK)
                atomic_fetch_add(&w->non_blocking, 1);
}

static void through_sockets(void) {
    int in[2], out[2];
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
    for (int i = 0; i < 2; i++) {
        fcntl(in[i], F_SETFD, FD_CLOEXEC);
        fcntl(out[i], F_SETFD, FD_CLOEXEC);
    }
    mode_watch watch = {.fds = {in[0], out[0]}};
    test_thread *watcher = thread_start(watch_mode, &watch);
    pid_t pid = start("cat", in[0], out[0]);
    char byte = (char)net_byte(0), back;
    CHECK_INT(write(in[1], &byte, 1), 1);
    CHECK_INT(read(out[1], &back, 1), 1);
    atomic_store(&watch.stop, 1);
    thread_join(watcher);
    CHECK_INT(watch.non_blocking, 0); /* not for an instant */
    close(in[0]);
    close(out[0]);
    feed_and_compare(in[1], out[1], 1 << 20);
    ends_well(pid);
}

static void a_deadline(void) {
    for (int socket = 0; socket < 2; socket++) {
        int in[2], out[2];
        if (socket)
            CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, in), 0);
        else
            make_pipe(in);
        make_pipe(out);
        fcntl(in[1], F_SETFD, FD_CLOEXEC);
        pid_t pid = start("late", in[0], out[1]);
        char c = 0;
        close(out[1]);
        CHECK_INT(read(out[0], &c, 1), 1);
        CHECK_INT(write(in[1], "data", 4), 4);
        ends_well(pid);
        close(in[0]);
        close(in[1]);
        close(out[0]);
    }
}

static void nobody_reads(void) {
    for (int socket = 0; socket < 2; socket++) {
        int out[2];
        if (socket)
            CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
        else
            make_pipe(out);
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        close(out[0]);
        ends_well(start("epipe", null, out[1])); /* an error, not SIGPIPE */
        close(out[1]);
        close(null);
    }
}

static void closed_input(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    ends_well(start("closed", -1, null));
    close(null);
}

static void closed_and_killed_while_reading(void) {
    int in[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    make_pipe(in);
    ends_well(start("close", in[0], null));
    close(in[0]);
    close(in[1]);
    close(null);
}

/* Reads from a terminal's master until `text` has come. */
static bool comes(int fd, const char *text) {
    char all[4096] = "";
    size_t n = 0;
    while (n < sizeof all - 1 && !strstr(all, text)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 30000) <= 0)
            return false;
        ssize_t r = read(fd, all + n, sizeof all - 1 - n);
        if (r <= 0)
            return false;
        n += (size_t)r;
        all[n] = '\0';
    }
    return strstr(all, text) != NULL;
}

static void through_a_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
        if (master >= 0)
            close(master);
        return; /* a sandbox without terminals */
    }
    fcntl(master, F_SETFD, FD_CLOEXEC);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(slave >= 0);
    struct termios t;
    tcgetattr(slave, &t);
    t.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(slave, TCSANOW, &t);
    pid_t pid = start("cat", slave, slave);
    for (int i = 0; i < 3; i++) {
        char line[32];
        int n = snprintf(line, sizeof line, "line %d\n", i);
        CHECK_INT(write(master, line, (size_t)n), n);
        line[n - 1] = '\0';
        CHECK(comes(master, line));
        is_blocking(slave);
    }
    CHECK_INT(write(master, "\004", 1), 1); /* the end, from a keyboard */
    ends_well(pid);
    is_blocking(slave);
    close(slave);
    close(master);
}

static void misuse(void) {
    frond_stream *s;
    frond_addr a;
    CHECK_INT(frond_stdio_open(FROND_STDIN, NULL), FROND_EINVAL);
    CHECK_INT(frond_stdio_open((frond_std)3, &s), FROND_EINVAL);
    CHECK_INT(frond_stdio_open(FROND_STDERR, &s), 0);
    CHECK_INT(frond_stream_peer(s, &a), FROND_ENOTSUP);
    CHECK_INT(frond_shutdown(s, FROND_NEVER), FROND_ENOTSUP);
    frond_stream_free(s);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"through pipes", through_pipes},
        {"through files", through_files},
        {"/dev/null", dev_null},
        {"through sockets", through_sockets},
        {"a deadline", a_deadline},
        {"nobody reads", nobody_reads},
        {"closed input", closed_input},
        {"closed and killed while reading", closed_and_killed_while_reading},
        {"through a terminal", through_a_terminal},
        {"misuse", misuse},
        {0}};
    if (argc == 3 && strcmp(argv[1], "child") == 0)
        return child(argv[2]);
    return test_main("stdio", tests, argc, argv);
}
