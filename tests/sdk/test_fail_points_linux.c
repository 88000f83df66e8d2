/* SPDX-License-Identifier: MIT */
/* Watchers when the system fails them: what is opened works, or says why not, and nothing is left of it. */
#include "fail_points.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- descriptors ---- */

/* That the user has no watch left is an answer. */
#define WORKS_IF_ALLOWED(call) works_if_allowed((call), #call, __LINE__)

static bool works_if_allowed(int rc, const char *what, int line) {
    return rc != FROND_ENOSPC && works(rc, what, __FILE__, line);
}

static int ends[2];

static void io_part(void) {
    frond_watcher *w = NULL;
    int ready = 0;
    if (!WORKS_IF_ALLOWED(frond_io_open(ends[0], FROND_IO_READ, &w)))
        return;
    if (WORKS_IF_ALLOWED(frond_io_wait(w, FROND_IO_READ | FROND_IO_WRITE, &ready, SOON)))
        CHECK_INT(ready, FROND_IO_READ | FROND_IO_WRITE);
    WORKS_IF_ALLOWED(frond_watcher_wait(w, NULL, SOON));
    fail_points_end();
    CHECK_INT(frond_watcher_wait(w, NULL, SOON), 0);
    frond_watcher_free(w);
}

static void *writes(void *unused) {
    frond_sleep(1);
    CHECK_INT(write(ends[1], "x", 1), 1);
    return unused;
}

static void waiting_part(void) {
    frond_watcher *w = NULL;
    char c;
    if (!WORKS_IF_ALLOWED(frond_io_open(ends[0], FROND_IO_READ, &w)))
        return;
    frond_go(writes, NULL);
    WORKS_IF_ALLOWED(frond_watcher_wait(w, NULL, SOON));
    fail_points_end();
    CHECK_INT(frond_hub_join(SOON), 0);
    CHECK_INT(frond_watcher_wait(w, NULL, SOON), 0);
    CHECK_INT(read(ends[0], &c, 1), 1);
    frond_watcher_free(w);
}

static void descriptors(void) {
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    fail_points_sweep(waiting_part);
    CHECK_INT(write(ends[1], "x", 1), 1);
    fail_points_sweep(io_part);
    close(ends[0]);
    close(ends[1]);
}

/* ---- files and clocks ---- */

static char path[1000];

static void file_part(void) {
    frond_watcher *w = NULL;
    if (!WORKS(frond_fs_watch_open(path, &w)))
        return;
    fail_points_end();
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    if (f)
        fclose(f);
    CHECK_INT(frond_watcher_wait(w, NULL, SOON), 0);
    frond_watcher_free(w);
}

static void files(void) {
    test_path(path, sizeof path, "fail-points-file");
    FILE *f = fopen(path, "w");
    if (f) {
        fputs("text", f);
        fclose(f);
    }
    fail_points_sweep(file_part);
    remove(path);
}

/* What tells of a clock that was set may fail: it is found out by and by. */
static void clock_part(void) {
    CHECK_INT(frond_at(frond_wall_now() + 2000000, SOON), 0);
}

static void clocks(void) {
    fail_points_sweep(clock_part);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"descriptors", descriptors}, {"files", files}, {"clocks", clocks}, {NULL, NULL}};
    return test_main("fail_points", tests, argc, argv);
}
