/* SPDX-License-Identifier: MIT */
/* fork: every trap that a program full of greenlets falls into. */
#include "proc/fork.h"
#include "proc/traffic.h"
#include "support.h"

#include <frond/frond.h>
#include <frond/impl/loop.h>
#include <frond/impl/stream.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREAD_SANITIZER 0
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef THREAD_SANITIZER
#define THREAD_SANITIZER 1
#endif
#endif

/* ---- the child has a working hub of its own ---- */

static int add(void *arg) {
    return *(int *)arg + 1;
}

static void *sets(void *e) {
    frond_event_set(e);
    return NULL;
}

static void child_works(void) {
    int n = 41, ran;
    frond_event e = FROND_EVENT_INIT;
    frond_addrs *addrs;
    CHILD_CHECK(frond_hub_greenlets() == 0);
    CHILD_CHECK(frond_sleep(1) == 0);
    CHILD_CHECK(frond_go(sets, &e) == 0 && frond_event_wait(&e, frond_in(5000)) == 0);
    CHILD_CHECK(frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), add, &n,
                                     NULL, &ran, frond_in(5000)) == 42);
    CHILD_CHECK(frond_resolve("localhost", 80, 0, &addrs, frond_in(5000)) == 0);
    frond_addrs_free(addrs);
}

static void fresh_hub(void) {
    int n = 1, ran;
    uint64_t before = frond_generation();
    /* the parent has used everything before */
    frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), add, &n, NULL, &ran,
                         FROND_NEVER);
    frond_sleep(1);
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(frond_generation() == before + 1);
        child_works();
        exit(0); /* and its exit handlers are harmless */
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_generation(), before);
}

static void *forks_and_returns(void *seen) {
    int64_t pid = do_fork();
    if (pid == 0)
        child_works(); /* then this returns, and the child must be gone */
    else
        *(int64_t *)seen = pid;
    return NULL;
}

static void *must_not_run(void *arg) {
    while (frond_sleep(1) == 0)
        if (frond_generation() > 0)
            _exit(99);
    return arg;
}

static void greenlet_returns(void) {
    int64_t pid = 0;
    frond_greenlet *other = frond_spawn(must_not_run, NULL);
    frond_greenlet *g = frond_spawn(forks_and_returns, &pid);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(reap(pid), 0);
    frond_kill(other, FROND_EXIT, FROND_NEVER);
    frond_release(other);
    frond_release(g);
}

static void scopes_go_along(void) {
    frond_timeout t = {0};
    int64_t pid = FROND_ETIMEDOUT;
    for (uint64_t ms = 30; pid == FROND_ETIMEDOUT;
         ms *= 2) { /* it bounds the fork, too */
        frond_timeout_stop(&t);
        frond_timeout_start(&t, ms);
        pid = frond_fork(NULL, frond_in(20000));
    }
    CHECK(pid >= 0);
    if (pid == 0) {
        CHILD_CHECK(frond_sleep(20000) == FROND_ETIMEDOUT);
        CHILD_CHECK(frond_timeout_stop(&t) == 1);
        CHILD_CHECK(frond_sleep(1) == 0);
        _exit(0);
    }
    frond_timeout_stop(&t);
    CHECK_INT(reap(pid), 0);
}

static void guest_work(uv_work_t *w) {
    (void)w;
}

static frond_event guest_done = FROND_EVENT_INIT;

static void guest_work_over(uv_work_t *w, int status) {
    (void)w;
    (void)status;
    frond_event_set(&guest_done);
}

/* libuv's exit handler joins threads that a child does not have. */
static void exit_after_a_guest_used_threads(void) {
    uv_work_t w;
    CHECK_INT(uv_queue_work(frond_loop(), &w, guest_work, guest_work_over), 0);
    CHECK_INT(frond_event_wait(&guest_done, FROND_NEVER), 0);
    int64_t pid = do_fork();
    if (pid == 0)
        exit(0);
    CHECK_INT(reap(pid), 0);
    pid = fork();
    if (pid == 0) {
        frond_sleep(1);
        exit(0);
    }
    CHECK_INT(reap(pid), 0);
}

/* ---- what belongs to the parent ---- */

static int lands(void *arg, void **value) {
    *value = arg;
    return 0;
}

static int fly(frond_single_flight *sf) {
    return frond_single_flight_do(sf, "a", 1, lands, NULL, NULL, NULL, NULL, FROND_NEVER);
}

static int works(void *arg) {
    return arg ? 0 : frond_sleep(20000);
}

static frond_once under_way = FROND_ONCE_INIT;

static void *does_once(void *arg) {
    frond_once_do(&under_way, works, NULL, FROND_NEVER);
    return arg;
}

static void inherited_objects(void) {
    frond_stream *a, *b;
    frond_event e = FROND_EVENT_INIT;
    frond_semaphore s = FROND_SEMAPHORE_INIT(0);
    frond_udp *u;
    frond_addr any;
    char byte;
    frond_addr_loopback(&any, FROND_IPV4, 0);
    frond_udp_open(&any, &u);
    frond_stream_pair(&a, &b);
    frond_greenlet *waits = frond_spawn(must_not_run, NULL);
    frond_greenlet *once = frond_spawn(does_once, NULL);
    frond_single_flight *sf = frond_single_flight_new(NULL);
    frond_event_set(&e);
    frond_yield();
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(frond_read(a, &byte, 1, FROND_NOW) == FROND_EWRONGPROC);
        CHILD_CHECK(frond_write(a, "x", 1, NULL, FROND_NOW) == FROND_EWRONGPROC);
        CHILD_CHECK(frond_close(a) == FROND_EWRONGPROC);
        CHILD_CHECK(frond_udp_receive(u, &byte, 1, NULL, FROND_NOW) == FROND_EWRONGPROC);
        CHILD_CHECK(frond_event_wait(&e, FROND_NOW) ==
                    0); /* values are ours, lists empty */
        CHILD_CHECK(frond_semaphore_release(&s) == 0);
        CHILD_CHECK(frond_semaphore_acquire(&s, FROND_NOW) == 0);
        CHILD_CHECK(frond_once_do(&under_way, works, &e, FROND_NOW) == 0);
        CHILD_CHECK(fly(sf) == FROND_EWRONGPROC);
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_write(a, "x", 1, NULL, FROND_NEVER),
              0); /* and here all is as it was */
    CHECK_INT(frond_read(b, &byte, 1, FROND_NEVER), 1);
    frond_kill(waits, FROND_EXIT, FROND_NEVER);
    frond_release(waits);
    CHECK_INT(fly(sf), 0);
    CHECK_INT(frond_once_done(&under_way), 0);
    frond_kill(once, FROND_EXIT, FROND_NEVER);
    frond_release(once);
    frond_single_flight_free(sf);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_udp_free(u);
}

static void *reads_byte(void *s) {
    char byte = 0;
    CHECK_INT(frond_read(s, &byte, 1, frond_in(20000)), 1);
    return NULL;
}

/* The child's teardown must not take the parent's events away: they share one epoll set. */
static void events_survive_the_child(void) {
    frond_stream *a, *b;
    frond_stream_pair(&a, &b);
    frond_greenlet *g = frond_spawn(reads_byte, b);
    frond_sleep(1);
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    frond_write(a, "x", 1, NULL, FROND_NEVER);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void kept_and_closed(void) {
    frond_stream *a, *b, *c, *d;
    intptr_t keep[1], closed;
    frond_stream_pair(&a, &b);
    frond_stream_pair(&c, &d);
    frond_stream_descriptor(a, &keep[0]);
    frond_stream_descriptor(c, &closed);
    frond_fork_options o = {.keep = keep, .n_keep = 1};
    int64_t pid = frond_fork(&o, frond_in(20000));
    if (pid == 0) {
        frond_stream *mine;
        CHILD_CHECK(fcntl((int)closed, F_GETFD) < 0);
        CHILD_CHECK(frond_stream_adopt(keep[0], &mine) == 0);
        CHILD_CHECK(frond_write(mine, "hi", 2, NULL, FROND_NEVER) == 0);
        _exit(0);
    }
    char text[4] = "";
    CHECK_INT(frond_read(b, text, 2, frond_in(20000)), 2);
    CHECK_TEXT(text, "hi");
    CHECK_INT(reap(pid), 0);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_stream_free(c);
    frond_stream_free(d);
}

/* A listener on a path that the child closed would take the path with it. */
static void on_listen(uv_stream_t *s, int status) {
    (void)s;
    (void)status;
}

static void guests_path_survives(void) {
    static uv_pipe_t listener;
    char path[] = "/tmp/frond-test-XXXXXX";
    int fd = mkstemp(path);
    close(fd);
    unlink(path);
    uv_pipe_init(frond_loop(), &listener, 0);
    CHECK_INT(uv_pipe_bind(&listener, path), 0);
    CHECK_INT(uv_listen((uv_stream_t *)&listener, 1, on_listen), 0);
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_sleep(1);
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(access(path, F_OK), 0);
    uv_close((uv_handle_t *)&listener, NULL);
    frond_sleep(1);
    unlink(path);
}

/* ---- signals ---- */

static void signals_stay_apart(void) {
    static const int usr1 = SIGUSR1;
    frond_signal *s;
    int number = 0;
    CHECK_INT(frond_signal_open(&usr1, 1, &s), 0);
    int64_t pid = do_fork();
    if (pid == 0) { /* its action is the default one */
        frond_sleep(20000);
        _exit(1);
    }
    kill((pid_t)pid, SIGUSR1);
    CHECK_INT(reap(pid), -SIGUSR1);
    CHECK_INT(frond_signal_wait(s, &number, FROND_NOW), FROND_ETIMEDOUT);
    frond_signal_free(s);
}

static void receiver_made_anew(void) {
    static const int usr1 = SIGUSR1;
    frond_signal *s;
    int number = 0;
    if (THREAD_SANITIZER) {
        printf("not checked: ThreadSanitizer holds back signals in a forked child\n");
        return;
    }
    CHECK_INT(frond_signal_open(&usr1, 1, &s), 0);
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_signal *mine;
        CHILD_CHECK(frond_signal_open(&usr1, 1, &mine) == 0);
        kill(getppid(), SIGUSR1); /* ready */
        CHILD_CHECK(frond_signal_wait(mine, &number, frond_in(20000)) == 0);
        CHILD_CHECK(number == SIGUSR1);
        frond_signal_free(mine);
        _exit(0);
    }
    CHECK_INT(frond_signal_wait(s, &number, frond_in(20000)), 0);
    kill((pid_t)pid, SIGUSR1);
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_signal_wait(s, &number, FROND_NOW), FROND_ETIMEDOUT);
    frond_signal_free(s);
}

/* The child has children of its own, whose ends it sees although its parent had some when it forked. */
static void grandchilds_end(void) {
    static const char *const lasts[] = {"sleep", "60", NULL}, *const ends[] = {"sh", "-c",
                                                                               "exit 3",
                                                                               NULL};
    frond_process *ours = NULL;
    int status = -1;
    CHECK_INT(frond_subprocess_start(lasts, NULL, &ours, frond_in(20000)), 0);
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_output out = {0};
        CHILD_CHECK(frond_process_join(ours, &status, FROND_NOW) == FROND_EWRONGPROC);
        CHILD_CHECK(frond_subprocess_run(ends, NULL, NULL, 0, &out, frond_in(20000)) ==
                    0);
        CHILD_CHECK(out.status == 3);
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_process_alive(ours), 1);
    CHECK_INT(frond_process_kill(ours), 0);
    CHECK_INT(frond_process_join(ours, &status, frond_in(20000)), 0);
    CHECK_INT(status, -SIGKILL);
    frond_process_free(ours);
}

/* ---- lookups and TLS in flight ---- */

static void lookup_in_flight(void) {
    frond_greenlet *server;
    frond_udp *u = start_name_server(&server);
    frond_resolver *r = late_resolver();
    frond_greenlet *g = frond_spawn(looks_up, r);
    frond_yield(); /* asked */
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_addrs *addrs;
        CHILD_CHECK(frond_resolver_resolve(r, "x.example", 80, FROND_IPV4, &addrs,
                                           FROND_NOW) == FROND_EWRONGPROC);
        frond_sleep(60); /* the answer must not be taken away from the parent */
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(reap(pid), 0);
    frond_release(g);
    frond_kill(server, FROND_EXIT, FROND_NEVER);
    frond_release(server);
    frond_resolver_free(r);
    frond_udp_free(u);
}

static void lookups_before_and_after(void) {
    frond_greenlet *server;
    frond_udp *u = start_name_server(&server);
    frond_resolver *r = late_resolver();
    looks_up(r);
    int64_t pid = do_fork();
    if (pid == 0) {
        frond_resolver *mine = late_resolver();
        frond_addrs *addrs = NULL;
        CHILD_CHECK(mine != NULL);
        CHILD_CHECK(frond_resolver_resolve(mine, "x.example", 80, FROND_IPV4, &addrs,
                                           frond_in(20000)) == 0);
        frond_addrs_free(addrs);
        frond_resolver_free(mine);
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    frond_resolver_flush(r);
    looks_up(r);
    frond_kill(server, FROND_EXIT, FROND_NEVER);
    frond_release(server);
    frond_resolver_free(r);
    frond_udp_free(u);
}

/* The child must not say goodbye for the parent. */
static void tls_goes_on(void) {
    tls_setup t;
    tls_end end;
    frond_greenlet *echo;
    tls_open(&t);
    frond_stream *s = tls_connect(&t, &end, &echo);
    echo_once(s, 1);
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(frond_write(s, "x", 1, NULL, FROND_NOW) == FROND_EWRONGPROC);
        frond_stream_free(s);
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    echo_once(s, 2);
    frond_stream_free(s);
    CHECK_INT(frond_join(echo, frond_in(20000)), 0);
    frond_release(echo);
    tls_close(&t);
}

/* ---- plain fork, foreign threads, misuse ---- */

static void plain_fork_is_noticed(void) {
    int ours[2];
    frond_stream *a, *b;
    char byte;
    CHECK_INT(pipe(ours), 0);
    frond_stream_pair(&a, &b);
    frond_greenlet *other = frond_spawn(must_not_run, NULL);
    frond_greenlet *reader = frond_spawn(reads_byte, b);
    frond_sleep(1);
    pid_t pid = fork();
    if (pid == 0) {
        intptr_t fd = 0;
        frond_stream_descriptor(a, &fd); /* nothing of frond's is closed, ... */
        CHILD_CHECK(fcntl((int)fd, F_GETFD) >= 0);
        CHILD_CHECK(dup2(ours[1], 200) == 200 && write(200, "x", 1) == 1);
        CHILD_CHECK(frond_read(a, &byte, 1, FROND_NOW) == FROND_EWRONGPROC);
        child_works();
        frond_hub_close(frond_in(1000));
        _exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(read(ours[0], &byte, 1), 1);
    frond_write(a, "x", 1, NULL, FROND_NEVER);
    CHECK_INT(frond_join(reader, frond_in(20000)), 0);
    frond_kill(other, FROND_EXIT, FROND_NEVER);
    frond_release(other);
    frond_release(reader);
    frond_stream_free(a);
    frond_stream_free(b);
    close(ours[0]);
    close(ours[1]);
}

static int thread_status;

static void fork_in_thread(void *arg) {
    (void)arg;
    int64_t pid = frond_fork(NULL, frond_in(20000));
    if (pid == 0) {
        child_works();
        _exit(0);
    }
    thread_status = pid < 0 ? -999 : reap(pid);
}

static void from_a_thread_without_a_hub(void) {
    frond_sleep(1);
    thread_run(fork_in_thread, NULL);
    CHECK_INT(thread_status, 0);
}

static int slow_job(void *arg) {
    usleep(200000);
    return arg != NULL;
}

static void *runs_slow_job(void *arg) {
    frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), slow_job, arg, NULL,
                         NULL, FROND_NEVER);
    return NULL;
}

static atomic_bool job_has_begun, job_may_end;

static int waiting_job(void *arg) {
    job_has_begun = true;
    while (!job_may_end)
        usleep(1000);
    return arg != NULL;
}

static void *runs_waiting_job(void *arg) {
    frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), waiting_job, arg,
                         NULL, NULL, FROND_NEVER);
    return NULL;
}

static void *lets_it_end(void *arg) {
    frond_sleep(20);
    job_may_end = true;
    return arg;
}

static void waits_for_jobs(void) {
    frond_greenlet *g = frond_spawn(runs_waiting_job, NULL);
    while (!job_has_begun)
        frond_sleep(1);
    CHECK_INT(frond_fork(NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_go(lets_it_end, NULL);
    int64_t pid = do_fork(); /* when it is over */
    if (pid == 0)
        _exit(job_may_end ? 0 : 1);
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    frond_fork_options bad = {.reserved = {1}};
    CHECK_INT(frond_fork(&bad, FROND_NOW), FROND_EINVAL);
}

/* On a virtual clock, too, the job is waited for, and no time passes; the child's clock goes on by itself. */
static void virtual_clocks_go_along(void) {
    frond_clock_virtual(1);
    frond_sleep(3600 * 1000);
    int64_t start = frond_now();
    frond_greenlet *g = frond_spawn(runs_slow_job, NULL);
    frond_yield();
    int64_t pid = frond_fork(NULL, frond_in(1));
    if (pid == 0) {
        CHILD_CHECK(frond_now() == start);
        CHILD_CHECK(frond_sleep(5000) == 0);
        CHILD_CHECK(frond_now() == start + INT64_C(5000000000));
        CHILD_CHECK(frond_clock_virtual(0) == 1 && frond_sleep(1) == 0);
        _exit(0);
    }
    CHECK(pid > 0);
    CHECK_INT(frond_now(), start);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_now(), start);
    frond_release(g);
    test_clock_real();
    CHECK_INT(reap(pid), 0);
}

/* How many events of that process the file has; -1: it is not whole. */
static int recorded(const char *path, int64_t pid) {
    void *text = NULL;
    size_t n = 0;
    char wanted[40];
    int found = 0;
    snprintf(wanted, sizeof wanted, "\"pid\":%lld,", (long long)pid);
    if (frond_fs_read_file(path, 1 << 26, &text, &n, frond_in(20000)) < 0)
        return -1;
    for (const char *at = text; (at = strstr(at, wanted)); at++)
        found++;
    bool whole = n > 3 && strcmp((char *)text + n - 3, "\n]\n") == 0;
    frond_free(text);
    return whole ? found : -1;
}

/* What is under way is its parent's; told by the settings, it has one of its own. */
static void recordings(void) {
    char path[] = "/tmp/frond-test-XXXXXX", own[64];
    close(mkstemp(path));
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_config_set("FROND_TRACE", path), 0);
    frond_sleep(1);
    int64_t pid = do_fork();
    if (pid == 0) {
        CHILD_CHECK(frond_sleep(2) == 0);
        exit(0);
    }
    CHECK_INT(reap(pid), 0);
    CHECK_INT(frond_trace_stop(), 0);
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_config_set("FROND_TRACE", NULL), 0);
    snprintf(own, sizeof own, "%s.%lld", path, (long long)pid);
    CHECK(recorded(path, getpid()) > 0);
    CHECK_INT(recorded(path, pid), 0);
    CHECK(recorded(own, pid) > 0);
    CHECK_INT(recorded(own, getpid()), 0);
    unlink(path);
    unlink(own);
}

static const test_case tests[] = {
    {"a fresh hub", fresh_hub},
    {"case 93: demand 10: a greenlet forks and returns", greenlet_returns},
    {"scopes go along", scopes_go_along},
    {"case 104: demand 4: exit after a guest used threads",
     exit_after_a_guest_used_threads},
    {"demand 2: inherited objects", inherited_objects},
    {"case 106: demand 6: events survive the child", events_survive_the_child},
    {"kept and closed", kept_and_closed},
    {"case 107: a guest's path survives", guests_path_survives},
    {"case 105: demand 5: signals stay apart", signals_stay_apart},
    {"case 108: a receiver made anew", receiver_made_anew},
    {"case 109: a grandchild's end", grandchilds_end},
    {"case 110: demand 3: a lookup in flight", lookup_in_flight},
    {"case 92: lookups before and after", lookups_before_and_after},
    {"case 111: TLS goes on", tls_goes_on},
    {"plain fork is noticed", plain_fork_is_noticed},
    {"case 93: demand 10: from a thread without a hub", from_a_thread_without_a_hub},
    {"waits for jobs", waits_for_jobs},
    {"recordings", recordings},
    {"virtual clocks go along", virtual_clocks_go_along},
    {0}};

int main(int argc, char **argv) {
    return test_main("proc/fork", tests, argc, argv);
}
