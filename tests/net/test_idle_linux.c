/* SPDX-License-Identifier: MIT */
/* A hub with ten thousand connections, or as many as the process may have descriptors for, on which nothing happens:
 * counted are the times that any thread of the process has gone to sleep and was woken, by what the kernel says in
 * /proc/self/task.  The watchers and timers of the sdk are there, too. */
#include "support.h"

#include <dirent.h>
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { WANTED = 10000, SPARE = 100, QUIET_S = 5 };

/* ---- what the kernel counts ---- */

static long switches_of(const char *task) {
    char path[300], line[256];
    long n = 0, one;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", task);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "voluntary_ctxt_switches: %ld", &one) == 1)
            n += one;
    if (f)
        fclose(f);
    return n;
}

/* How often a thread of this process has waited. */
static long switches(void) {
    long n = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *e; tasks && (e = readdir(tasks));)
        if (e->d_name[0] != '.')
            n += switches_of(e->d_name);
    if (tasks)
        closedir(tasks);
    return n;
}

/* ---- connections ---- */

static frond_stream *mine[WANTED], *theirs[WANTED];

static void *reads(void *s) {
    char c;
    CHECK_INT(frond_read(s, &c, 1, FROND_NEVER), FROND_ECLOSED);
    return NULL;
}

static int how_many(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t most = (limit.rlim_cur - SPARE) / 2;
    return most < WANTED ? (int)most : WANTED;
}

static void connect_all(int n) {
    for (int i = 0; i < n; i++) {
        CHECK_INT(frond_stream_pair(&mine[i], &theirs[i]), 0);
        frond_go(reads, mine[i]);
    }
}

static void close_all(int n) {
    for (int i = 0; i < n; i++) {
        frond_stream_free(mine[i]);
        frond_stream_free(theirs[i]);
    }
}

/* ---- quiet ---- */

static void never(frond_watcher *w, const frond_news *news, void *arg) {
    (void)w;
    (void)news;
    (void)arg;
    CHECK(0);
}

static void open_watchers(frond_watcher *w[4]) {
    const int number = 10; /* SIGUSR1 */
    CHECK_INT(frond_signal_open(&number, 1, &w[0]), 0);
    CHECK_INT(frond_async_open(&w[1]), 0);
    char path[1000];
    test_path(path, sizeof path, "quiet");
    make_folder(path);
    CHECK_INT(frond_fs_watch_open(path, &w[2]), 0);
    CHECK_INT(frond_timer_open(3600000, 1, &w[3]), 0);
    for (int i = 0; i < 4; i++)
        CHECK_INT(frond_watcher_handle(w[i], never, NULL), 0);
}

/* The first seconds, in which stacks are looked at, are not counted.  The kernel may make a thread wait for something
 * of its own, a page say; what ticks does so in any five seconds. */
static void *quiet(void *woken) {
    enum { TRIES = 10 };
    frond_sleep(3000);
    for (int i = 0; i < TRIES && *(long *)woken != 1; i++) {
        long before = switches();
        frond_sleep(QUIET_S * 1000);
        *(long *)woken = switches() - before;
    }
    return NULL;
}

static void demand_49(void) {
    frond_watcher *w[4];
    int n = how_many();
    long woken = -1;
    if (n < WANTED)
        printf("(%d connections, which RLIMIT_NOFILE allows) ", n);
    connect_all(n);
    open_watchers(w);
    frond_file_info info; /* a thread of the pool, which has nothing to do any more */
    CHECK_INT(frond_fs_stat(".", &info, FROND_NEVER), 0);
    frond_greenlet *g = frond_spawn(quiet, &woken);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    /* To sleep once is to wait for the time to be over. */
    CHECK_INT(woken, 1);
    for (int i = 0; i < 4; i++)
        frond_watcher_free(w[i]);
    close_all(n);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
}

int main(int argc, char **argv) {
    if (under_valgrind() || under_thread_sanitizer() || getenv("FROND_FORK_AUDIT"))
        test_skip("others make turns and threads of their own here");
    static const test_case tests[] = {
        {"demand 49: who has nothing to do does not wake up", demand_49}, {0}};
    return test_main("idle", tests, argc, argv);
}
