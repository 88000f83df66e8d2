/* SPDX-License-Identifier: MIT */
/* Calls on files that are given up while a thread is at them, by a pipe that has nothing to read; and
 * links. */
#include "support.h"

#include <fcntl.h>
#include <frond/impl/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 1024 };

static char pipe_path[ROOM], link_path[ROOM];

/* Open for both, so that opening it does not wait for another. */
static frond_file *open_pipe(void) {
    frond_file *f = NULL;
    CHECK_INT(mkfifo(pipe_path, 0600), 0);
    CHECK_INT(frond_file_open(pipe_path, FROND_FILE_READ | FROND_FILE_WRITE, 0, &f,
                              FROND_NEVER),
              0);
    return f;
}

static void feed(const char *text) {
    int fd = open(pipe_path, O_RDWR); /* it waits for nobody */
    CHECK_INT(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static int nothing(void *arg) {
    (void)arg;
    return 0;
}

/* Jobs are begun in their order: what was asked for before this cannot be taken back any more. */
static void until_begun(void) {
    frond_yield();
    CHECK_INT(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE), nothing,
                                   NULL, NULL, NULL, FROND_NEVER),
              0);
}

/* Until a thread has read what was fed. */
static void until_empty(void) {
    int fd = open(pipe_path, O_RDWR), left = 1;
    for (int ms = 0; ms < 20000 && left && ioctl(fd, FIONREAD, &left) == 0; ms++)
        frond_sleep(1);
    CHECK_INT(left, 0);
    close(fd);
}

static void *reads(void *f) {
    char buf[16] = "untouched";
    int64_t n = frond_file_read(f, buf, sizeof buf - 1, FROND_NEVER);
    if (n > 0)
        buf[n] = '\0';
    log_add(n < 0 ? frond_error_name((int)n) : buf);
    return NULL;
}

/* The frame of the one that gave up is gone when its thread has something to write. */
static void given_up_while_it_reads(void) {
    frond_file *f = open_pipe();
    char buf[16] = "";
    frond_greenlet *g = frond_spawn(reads, f);
    until_begun();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK_INT(frond_file_read(f, buf, 8, frond_in(2)), FROND_ETIMEDOUT); /* its turn */
    feed("lost");
    until_empty();
    feed("kept");
    CHECK_INT(frond_file_read(f, buf, 8, frond_in(20000)), 4);
    CHECK_TEXT(buf, "kept");
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(frond_file_seek(f, 0), FROND_ESPIPE);
    CHECK(frond_file_pread(f, buf, 1, 0, FROND_NEVER) < 0);
    CHECK_INT(frond_file_close(f, FROND_NEVER), 0);
    frond_file_free(f);
    frond_release(g);
    unlink(pipe_path);
}

static void *closes(void *f) {
    log_add(frond_error_name(frond_file_close(f, FROND_NEVER)));
    return NULL;
}

static void closed_while_it_reads(void) {
    for (int freed = 0; freed < 2; freed++) {
        frond_file *f = open_pipe();
        log_clear();
        frond_greenlet *g = frond_spawn(reads, f);
        frond_yield();
        frond_greenlet *c = frond_spawn(closes, f);
        until_begun();
        CHECK_TEXT(log_text(), "");
        if (freed)
            frond_file_free(f);
        feed("x");
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        CHECK_INT(frond_join(c, FROND_NEVER), 0);
        CHECK_HAS(log_text(), "FROND_OK");
        CHECK_HAS(log_text(), "x");
        if (!freed)
            frond_file_free(f);
        frond_release(g);
        frond_release(c);
        unlink(pipe_path);
    }
}

static void close_given_up(void) {
    frond_file *f = open_pipe();
    int before = descriptors_open();
    frond_greenlet *g = frond_spawn(reads, f);
    until_begun();
    CHECK_INT(frond_file_close(f, frond_in(2)), FROND_ETIMEDOUT);
    feed("x");
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(descriptors_open(), before - 1); /* with the end of the call, not with f */
    frond_file_free(f);
    frond_release(g);
    unlink(pipe_path);
}

static frond_file *left;

static void leave_reading(void *arg) {
    (void)arg;
    left = open_pipe();
    frond_go(reads, left);
    until_begun();
}

/* Its job comes home to nobody. */
static void thread_ends_before_its_read(void) {
    int before = descriptors_open();
    thread_run(leave_reading, NULL);
    frond_file_free(left);
    feed("x");
    for (int ms = 0; ms < 20000 && descriptors_open() != before; ms++)
        block_ms(1);
    CHECK_INT(descriptors_open(), before);
    unlink(pipe_path);
}

static void links(void) {
    char *target = NULL;
    frond_file_info info;
    CHECK_INT(frond_fs_symlink("no/where", link_path, FROND_NEVER), 0);
    CHECK_INT(frond_fs_symlink("no/where", link_path, FROND_NEVER), FROND_EEXIST);
    CHECK_INT(frond_fs_readlink(link_path, &target, FROND_NEVER), 0);
    CHECK_TEXT(target, "no/where");
    frond_free(target);
    CHECK_INT(frond_fs_lstat(link_path, &info, FROND_NEVER), 0);
    CHECK_INT(info.kind, FROND_FILE_LINK);
    CHECK_INT(frond_fs_stat(link_path, &info, FROND_NEVER), FROND_ENOENT);
    CHECK_INT(frond_fs_readlink("/", &target, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_unlink(link_path, FROND_NEVER), 0);
}

/* A file that goes to another process, say, takes along what the system does not know of it. */
static void adopted(void) {
    frond_file *f = NULL, *twin = NULL;
    intptr_t handle = -1;
    int flags = -1;
    int64_t position = -1;
    char buf[10] = "";
    CHECK_INT(frond_file_open(link_path,
                              FROND_FILE_READ | FROND_FILE_WRITE | FROND_FILE_NEW, 0600,
                              &f, FROND_NEVER),
              0);
    CHECK_INT(frond_file_write(f, "hello", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_file_handle(f, &handle, &flags, &position), 0);
    CHECK_INT(flags, 0);
    CHECK_INT(position, 5);
    handle = fcntl((int)handle, F_DUPFD_CLOEXEC, 3);
    CHECK_INT(frond_file_adopt(handle, flags, position, &twin), 0);
    CHECK_INT(frond_file_write(twin, " you", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_file_position(twin), 9);
    CHECK_INT(frond_file_close(twin, FROND_NEVER), 0);
    CHECK_INT(fcntl((int)handle, F_GETFD), -1);
    CHECK_INT(frond_file_handle(twin, &handle, &flags, &position), FROND_ECLOSED);
    frond_file_free(twin);
    CHECK_INT(frond_file_pread(f, buf, 9, 0, FROND_NEVER), 9);
    CHECK_TEXT(buf, "hello you");
    frond_file_free(f);
    CHECK_INT(frond_file_adopt(12345, 0, 0, &twin), FROND_EBADF);
    CHECK_INT(frond_fs_unlink(link_path, FROND_NEVER), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"given up while it reads", given_up_while_it_reads},
        {"closed while it reads", closed_while_it_reads},
        {"close given up", close_given_up},
        {"thread ends before its read", thread_ends_before_its_read},
        {"links", links},
        {"adopted", adopted},
        {0}};
    test_path(pipe_path, sizeof pipe_path, "fs-pipe");
    test_path(link_path, sizeof link_path, "fs-link");
    return test_main("fs posix", tests, argc, argv);
}
