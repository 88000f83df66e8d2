/* SPDX-License-Identifier: MIT */
/* Watchers around a fork: those that a child has inherited are inert, and it may have its own. */
#include "support.h"

#include <frond/impl/fd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KINDS = 7 };

static int ends[2];
static frond_watcher *w[KINDS];

static void open_all(frond_watcher **to) {
    const int number = SIGUSR1;
    CHECK_INT(frond_io_open(ends[0], FROND_IO_READ, &to[0]), 0);
    CHECK_INT(frond_timer_open(10, 10, &to[1]), 0);
    CHECK_INT(frond_cron_open(1000, 0, &to[2]), 0);
    CHECK_INT(frond_signal_open(&number, 1, &to[3]), 0);
    CHECK_INT(frond_async_open(&to[4]), 0);
    CHECK_INT(frond_fs_watch_open("/", &to[5]), 0);
    CHECK_INT(frond_stat_watch_open("/", 10, &to[6], FROND_NEVER), 0);
}

static void *waits(void *watcher) {
    while (frond_watcher_wait(watcher, NULL, FROND_NEVER) == 0) {}
    return NULL;
}

static void nothing(frond_watcher *one, const frond_news *news, void *arg) {
    (void)one;
    (void)news;
    (void)arg;
}

/* The number of what is wrong, or 0. */
static int child(void) {
    for (int i = 0; i < KINDS; i++) {
        frond_waitable one = frond_watcher_waitable(w[i]);
        if (frond_watcher_wait(w[i], NULL, FROND_NOW) != FROND_EWRONGPROC ||
            frond_watcher_close(w[i]) != FROND_EWRONGPROC ||
            frond_watcher_ref(w[i], 1) != FROND_EWRONGPROC ||
            frond_waitable_ready(&one) != FROND_EWRONGPROC)
            return 1 + i;
        frond_watcher_free(w[i]); /* it is not this process's to free */
    }
    if (frond_async_send(w[4]) != FROND_EWRONGPROC)
        return 10;
    frond_watcher *own;
    if (frond_io_open(ends[0], FROND_IO_READ, &own) != 0)
        return 11;
    if (frond_watcher_wait(own, NULL, frond_in(1)) != FROND_ETIMEDOUT)
        return 12;
    frond_watcher_free(own);
    if (frond_timer_open(1, 0, &own) != 0 ||
        frond_watcher_wait(own, NULL, FROND_NEVER) != 0)
        return 13;
    frond_watcher_free(own);
    return frond_at(frond_wall_now() + 1000000, FROND_NEVER) == 0 ? 0 : 14;
}

static void fork_with(pid_t (*forks)(void)) {
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    open_all(w);
    for (int i = 0; i < KINDS; i++) {
        frond_go(waits, w[i]);
        CHECK_INT(frond_watcher_handle(w[i], nothing, NULL), 0);
    }
    frond_yield(); /* all wait */
    frond_sleep(2);
    pid_t pid = forks();
    if (pid == 0)
        _exit(child());
    CHECK(pid > 0);
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_INT(write(ends[1], "x", 1), 1); /* here they go on */
    frond_sleep(2);
    CHECK_INT(frond_async_send(w[4]), 0);
    for (int i = 0; i < KINDS; i++)
        frond_watcher_free(w[i]);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    close(ends[0]);
    close(ends[1]);
}

static pid_t by_frond(void) {
    return (pid_t)frond_fork(NULL, FROND_NEVER);
}

static void frond_forks(void) {
    fork_with(by_frond);
}

static void somebody_forks(void) {
    fork_with(fork);
}

/* ---- descriptors that sockets are not ---- */

static void pipes_and_files(void) {
    int p[2], ready = 0;
    frond_watcher *io = NULL;
    FILE *f = tmpfile();
    CHECK_INT(frond_io_open(fileno(f), FROND_IO_READ, &io), FROND_EPERM);
    fclose(f);
    CHECK_INT(frond_io_open(1000000, FROND_IO_READ, &io), FROND_EBADF);
    CHECK_INT(pipe(p), 0);
    CHECK_INT(frond_io_open(p[0], FROND_IO_READ, &io), 0);
    CHECK_INT(frond_watcher_wait(io, NULL, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(write(p[1], "x", 1), 1);
    CHECK_INT(frond_io_wait(io, FROND_IO_READ | FROND_IO_CLOSED, &ready, FROND_NEVER), 0);
    CHECK_INT(ready, FROND_IO_READ);
    char c[2];
    CHECK_INT(read(p[0], c, sizeof c), 1); /* a blocking one has stayed so */
    close(p[1]);
    CHECK_INT(frond_io_wait(io, FROND_IO_CLOSED, &ready, FROND_NEVER), 0);
    CHECK_INT(read(p[0], c, sizeof c), 0);
    frond_watcher_free(io);
    close(p[0]);
}

/* ---- beside frond's own waits for the same descriptor ---- */

static void *reads_it(void *watch) {
    CHECK_INT(frond_fd_wait(watch, FROND_FD_READ, FROND_NEVER), 0);
    log_add("stream");
    return NULL;
}

static void *waits_for_it(void *io) {
    CHECK_INT(frond_watcher_wait(io, NULL, FROND_NEVER), 0);
    log_add("watcher");
    return NULL;
}

static void put(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0);
    if (f)
        fclose(f);
}

/* What was there is not gone with its name, and no system tells more than that something of it has changed. */
static void replaced_while_open(void) {
    char path[1000], other[1000];
    frond_watcher *one;
    frond_news news = {0};
    test_path(path, sizeof path, "replaced-while-open");
    test_path(other, sizeof other, "replaces");
    put(path, "one");
    FILE *held = fopen(path, "r");
    CHECK_INT(frond_fs_watch_open(path, &one), 0);
    put(other, "two");
    CHECK_INT(rename(other, path), 0);
    while (frond_watcher_wait(one, &news, frond_in(20000)) == 0 &&
           !(news.what & FROND_FS_RENAMED))
        ;
    CHECK(news.what & FROND_FS_RENAMED);
    while (frond_watcher_wait(one, NULL, frond_in(50)) == 0)
        ;
    put(path, "three");
    CHECK_INT(frond_watcher_wait(one, NULL, frond_in(20000)), 0);
    frond_watcher_free(one);
    if (held)
        fclose(held);
    CHECK_INT(unlink(path), 0);
}

static void beside_a_stream(void) {
    frond_watcher *io;
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    CHECK_INT(frond_io_open(ends[0], FROND_IO_READ, &io), 0);
    frond_fd *watch = frond_fd_new(ends[0], NULL, NULL);
    frond_go(waits_for_it, io);
    frond_go(reads_it, watch);
    frond_sleep(1);
    CHECK_INT(write(ends[1], "x", 1), 1);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_TEXT(log_sorted(), "stream watcher");
    frond_fd_close(watch);
    frond_watcher_free(io);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"frond forks", frond_forks},
                                      {"somebody forks", somebody_forks},
                                      {"pipes and files", pipes_and_files},
                                      {"replaced while open", replaced_while_open},
                                      {"beside a stream", beside_a_stream},
                                      {0}};
    return test_main("watcher on POSIX", tests, argc, argv);
}
