/* SPDX-License-Identifier: MIT */
/* Worker processes, each test by both methods. */
#include "proc/method.h"
#include "support.h"

#include <frond/proc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- entries ---- */

static int echo_main(frond_child *self) {
    size_t len;
    const void *args = frond_child_args(self, &len);
    frond_pipe *p = frond_child_pipe(self, 0);
    void *msg;
    int64_t n;
    if (frond_child_pipe(self, 1) || frond_pipe_send(p, args, len, FROND_NEVER) < 0)
        return 1;
    while ((n = frond_pipe_receive(p, &msg, FROND_NEVER)) >= 0) {
        frond_pipe_send(p, msg, (size_t)n, FROND_NEVER);
        frond_free(msg);
    }
    return n == FROND_EPIPE ? 5 : 6;
}

static int status_main(frond_child *self) {
    size_t len;
    return atoi(frond_child_args(self, &len));
}

static int sleep_main(frond_child *self) {
    (void)self;
    frond_sleep(100000);
    return 0;
}

static int early_main(frond_child *self) {
    (void)self;
    return 0;
}

/* A child of a child of a child. */
static int deep_main(frond_child *self) {
    size_t len;
    int depth = atoi(frond_child_args(self, &len)), status = 0;
    if (depth == 0)
        return 7;
    char args[12];
    snprintf(args, sizeof args, "%d", depth - 1);
    frond_process *p;
    frond_process_options o = {.method =
                                   depth % 2 && system_forks() ? FROND_FORK : FROND_SPAWN,
                               .args = args,
                               .args_len = strlen(args) + 1};
    if (frond_process_start("deep", &o, &p, frond_in(20000)) < 0)
        return 1;
    if (frond_process_join(p, &status, frond_in(20000)) < 0)
        return 2;
    frond_process_free(p);
    return status;
}

static const frond_entry entries[] = {{"echo", echo_main},   {"status", status_main},
                                      {"sleep", sleep_main}, {"early", early_main},
                                      {"deep", deep_main},   {0}};

/* ---- the parent's side ---- */

static frond_process *start(const char *entry, const char *args, frond_pipe **theirs) {
    frond_process *p = NULL;
    frond_process_options o = {.method = method,
                               .args = args,
                               .args_len = args ? strlen(args) + 1 : 0,
                               .pipes = theirs,
                               .n_pipes = theirs ? 1 : 0};
    int rc = frond_process_start(entry, &o, &p, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
    return p;
}

static int join(frond_process *p) {
    int status = -999;
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(frond_process_alive(p), 0);
    frond_process_free(p);
    return status;
}

static void arguments_pipes_and_status(void) {
    frond_pipe *ours, *theirs;
    void *msg = NULL;
    frond_pipe_pair(NULL, &ours, &theirs);
    frond_process *p = start("echo", "hello", &theirs);
    CHECK(frond_process_pid(p) > 0 && frond_process_alive(p));
    CHECK_INT(frond_pipe_receive(ours, &msg, frond_in(20000)), 6);
    CHECK_TEXT(msg, "hello");
    frond_free(msg);
    size_t big = 3000000;
    char *x = malloc(big);
    memset(x, 'x', big);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_pipe_send(ours, x, big, frond_in(20000)), 0);
        CHECK_INT(frond_pipe_receive(ours, &msg, frond_in(20000)), big);
        CHECK(memcmp(msg, x, big) == 0);
        frond_free(msg);
    }
    free(x);
    /* the copy handed over is closed here, so that each side sees the other's end */
    CHECK_INT(frond_pipe_send(theirs, "x", 1, FROND_NOW), FROND_ECLOSED);
    frond_pipe_free(theirs);
    frond_pipe_free(ours);
    CHECK_INT(join(p), 5);
}

static void statuses(void) {
    CHECK_INT(join(start("status", "0", NULL)), 0);
    CHECK_INT(join(start("status", "77", NULL)), 77);
    /* seen without a join, too */
    frond_process *p = start("early", NULL, NULL);
    for (int i = 0; i < 20000 && frond_process_alive(p); i++)
        frond_sleep(1);
    CHECK_INT(join(p), 0);
}

static void killed(void) {
    frond_process *p = start("sleep", NULL, NULL);
    CHECK_INT(frond_process_kill(p), 0);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_process_kill(p), FROND_ESRCH);
    CHECK_INT(join(p), -9);
    CHECK_INT(frond_process_kill(NULL), FROND_EINVAL);
}

static void *joins(void *p) {
    int status = 0;
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, -SIGTERM);
    return NULL;
}

static void terminate_and_joins(void) {
    frond_process *p = start("sleep", NULL, NULL);
    CHECK_INT(frond_process_join(p, NULL, frond_in(1)), FROND_ETIMEDOUT);
    for (int i = 0; i < 3; i++)
        frond_go(joins, p);
    frond_yield();
    CHECK_INT(frond_process_terminate(p), 0);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_yield();
    CHECK_INT(frond_process_terminate(p), FROND_ESRCH);
    CHECK_INT(frond_process_signal(p, 9), FROND_ESRCH);
    CHECK_INT(join(p), -SIGTERM);
}

/* The first of several processes, or something else. */
static void beside_others(void) {
    frond_event other = FROND_EVENT_INIT;
    frond_process *sleeps = start("sleep", NULL, NULL),
                  *ends = start("status", "4", NULL);
    size_t which = 9;
    frond_waitable w[] = {frond_process_waitable(sleeps), frond_event_waitable(&other),
                          frond_process_waitable(ends)};
    CHECK_INT(frond_wait_any(w, 3, &which, frond_in(20000)), 0);
    CHECK_INT(which, 2);
    CHECK_INT(frond_wait_any(w, 2, &which, frond_in(1)), FROND_ETIMEDOUT);
    frond_process_kill(sleeps);
    CHECK_INT(frond_wait_any(w, 2, &which, frond_in(20000)), 0);
    CHECK_INT(which, 0);
    w[0] = frond_process_waitable(NULL);
    CHECK_INT(frond_wait_any(w, 1, &which, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(join(sleeps), -9);
    CHECK_INT(join(ends), 4);
}

static void nested(void) {
    CHECK_INT(join(start("deep", "3", NULL)), 7);
}

static void no_fork(void) {
    frond_process *p = NULL;
    frond_process_options o = {.method = FROND_FORK};
    if (!system_forks())
        CHECK_INT(frond_process_start("early", &o, &p, FROND_NEVER), FROND_ENOSYS);
    CHECK(p == NULL);
}

static void statuses_as_text(void) {
    char text[80];
    CHECK_TEXT(frond_process_status_text(0, text, sizeof text), "exited with status 0");
    CHECK_TEXT(frond_process_status_text(255, text, sizeof text),
               "exited with status 255");
    CHECK_HAS(frond_process_status_text(-9, text, sizeof text), "ended by signal 9 (");
    CHECK_TEXT(frond_process_status_text(5, text, 7), "exited");
    CHECK_TEXT(frond_process_status_text(5, NULL, 0), "");
}

static void refused(void) {
    frond_process *p = NULL;
    frond_process_options o = {.method = method};
    CHECK_INT(frond_process_start("nobody", &o, &p, FROND_NEVER), FROND_EPROC_ENTRY);
    CHECK_HAS(frond_error_text(), "\"nobody\"");
    CHECK_INT(frond_process_start(NULL, &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_process_start("echo", &o, NULL, FROND_NEVER), FROND_EINVAL);
    o.reserved[0] = 1;
    CHECK_INT(frond_process_start("echo", &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_process_join(NULL, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_process_terminate(NULL), FROND_EINVAL);
    frond_process_free(NULL);
    static const frond_entry twice[] = {{"a", echo_main}, {"a", echo_main}, {0}};
    static const frond_entry hollow[] = {{"a", NULL}, {0}};
    CHECK_INT(frond_init(NULL, NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_init(NULL, NULL, twice), FROND_EINVAL);
    CHECK_INT(frond_init(NULL, NULL, hollow), FROND_EINVAL);
}

/* ---- children that never become ready; main() below plays them ---- */

static int start_unready(const char *how, frond_deadline d) {
    frond_process *p = NULL;
    frond_process_options o = {.method = FROND_SPAWN};
    uv_os_setenv("TEST_UNREADY", how);
    int rc = frond_process_start("echo", &o, &p, d);
    uv_os_unsetenv("TEST_UNREADY");
    CHECK(p == NULL);
    return rc;
}

static void ends_before_it_is_ready(void) {
    CHECK_INT(start_unready("ends", frond_in(20000)), FROND_EPROC_START);
    CHECK_TEXT(frond_error_text(),
               "start process \"echo\": it ended before it was ready");
}

static void is_never_ready(void) {
    CHECK_INT(start_unready("hangs", frond_in(30)), FROND_ETIMEDOUT);
    CHECK_TEXT(frond_error_text(), "start process \"echo\": timed out");
    CHECK(!has_children()); /* ended and reaped */
}

static void many_at_once(void) {
    enum { N = 12 };
    frond_process *p[N];
    for (int i = 0; i < N; i++)
        p[i] = start("status", "3", NULL);
    for (int i = N - 1; i >= 0; i--)
        CHECK_INT(join(p[i]), 3);
}

BOTH(arguments_pipes_and_status)
BOTH(statuses)
BOTH(terminate_and_joins)
BOTH(killed)
BOTH(beside_others)
BOTH(nested)
BOTH(refused)
BOTH(many_at_once)

static const test_case tests[] = {
    ROWS(arguments_pipes_and_status, "arguments, pipes, status"),
    ROWS(statuses, "statuses"),
    ROWS(terminate_and_joins, "terminate, and many joins"),
    ROWS(killed, "killed"),
    ROWS(beside_others, "beside others"),
    ROWS(nested, "children of children"),
    ROWS(refused, "refused"),
    ROWS(many_at_once, "many at once"),
    {"no fork", no_fork},
    {"statuses as text", statuses_as_text},
    {"ends before it is ready", ends_before_it_is_ready},
    {"is never ready", is_never_ready},
    {0}};

int main(int argc, char **argv) {
    const char *unready = getenv("TEST_UNREADY");
    if (unready) {
        while (strcmp(unready, "hangs") == 0)
            block_ms(1000);
        return 3;
    }
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/process", tests, argc, argv);
}
