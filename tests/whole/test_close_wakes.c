/* SPDX-License-Identifier: MIT */
/* One table of all there is to wait for that somebody may close or free meanwhile: who waits is woken, is told so, and
 * nothing that is gone is touched. */
#include "support.h"

#include <frond/frond.h>
#include <frond/proc.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

typedef struct {
    void *it, *other; /* the other end, if there is one */
} thing;

typedef struct {
    const char *name;
    void (*make)(thing *t);
    int (*wait)(thing *t);
    void (*close)(void *it); /* NULL: it is only freed */
    void (*release)(void *it);
    void (*release_other)(void *other);
    int answer; /* 0: as FROND_ECLOSED */
} row;

static char item;

/* ---- queues ---- */

static void make_queue(thing *t) {
    t->it = frond_queue_new(1, 1, NULL);
}

static void make_full_queue(thing *t) {
    make_queue(t);
    CHECK_INT(frond_queue_put(t->it, &item, FROND_NOW), 0);
}

static int get(thing *t) {
    return frond_queue_get(t->it, &item, FROND_NEVER);
}

static int peek(thing *t) {
    return frond_queue_peek(t->it, &item, FROND_NEVER);
}

static int put(thing *t) {
    return frond_queue_put(t->it, &item, FROND_NEVER);
}

static int queue_beside(thing *t) {
    frond_waitable w = frond_queue_waitable(t->it);
    return frond_wait_any(&w, 1, NULL, FROND_NEVER);
}

static void close_queue(void *q) {
    CHECK_INT(frond_queue_close(q), 0);
}

static void free_queue(void *q) {
    frond_queue_free(q);
}

static void make_channel(thing *t) {
    t->it = frond_channel_new(1, 0, NULL);
}

static int send_to_channel(thing *t) {
    return frond_channel_send(t->it, &item, FROND_NEVER);
}

static int receive(thing *t) {
    return frond_channel_receive(t->it, &item, FROND_NEVER);
}

static int select_receive(thing *t) {
    frond_select_case one = {.channel = t->it, .receive = &item};
    return frond_select(&one, 1, NULL, FROND_NEVER);
}

static void close_channel(void *c) {
    CHECK_INT(frond_channel_close(c), 0);
}

static void free_channel(void *c) {
    frond_channel_free(c);
}

static void make_xqueue(thing *t) {
    t->it = frond_xqueue_new(1, 1, NULL);
    t->other = frond_hub_ref(frond_hub_current());
}

static int xqueue_get(thing *t) {
    return frond_xqueue_get(t->it, &item, FROND_NEVER);
}

static void close_xqueue(void *q) {
    CHECK_INT(frond_xqueue_close(q), 0);
}

static void free_xqueue(void *q) {
    frond_xqueue_free(q);
}

static void free_hub(void *h) {
    frond_hub_free(h);
}

/* ---- pools ---- */

static frond_event over = FROND_EVENT_INIT; /* of what keeps pools busy */
static atomic_int thread_over;

static void *stays(void *unused) {
    frond_event_wait(&over, FROND_NEVER);
    return unused;
}

static void make_pool(thing *t) {
    t->it = frond_pool_new(1);
    CHECK_INT(frond_pool_spawn(t->it, stays, NULL, FROND_NOW), 0);
}

static int pool_spawn(thing *t) {
    return frond_pool_spawn(t->it, stays, NULL, FROND_NEVER);
}

static int pool_join(thing *t) {
    return frond_pool_join(t->it, FROND_NEVER);
}

static void free_pool(void *p) {
    frond_pool_free(p);
}

static void make_group(thing *t) {
    t->it = frond_group_new();
    CHECK_INT(frond_group_spawn(t->it, stays, NULL), 0);
}

static int group_join(thing *t) {
    return frond_group_join(t->it, FROND_NEVER);
}

static void free_group(void *g) {
    frond_group_free(g);
}

static int blocks(void *unused) {
    (void)unused;
    while (!atomic_load(&thread_over))
        block_ms(1);
    return 7;
}

/* Its only thread is busy: what is queued has not begun. */
static void make_threadpool(thing *t) {
    const frond_threadpool_options one = {.max_threads = 1};
    t->it = frond_threadpool_new(&one);
    t->other = frond_threadpool_spawn(t->it, blocks, NULL, NULL);
}

static int run_job(thing *t) {
    return frond_threadpool_run(t->it, blocks, NULL, NULL, NULL, FROND_NEVER);
}

static void free_threadpool(void *p) {
    frond_threadpool_free(p);
}

static void free_job(void *j) {
    int rc = frond_job_get(j, NULL, FROND_NEVER);
    CHECK(rc == 0 || rc == FROND_ECLOSED); /* its thread had not begun it */
    frond_job_free(j);
}

/* ---- watchers ---- */

static void make_timer(thing *t) {
    CHECK_INT(frond_timer_open(3600000, 0, (frond_watcher **)&t->it), 0);
}

static void make_cron(thing *t) {
    CHECK_INT(frond_cron_open(UINT64_C(3600000) * 24 * 3660, 0, (frond_watcher **)&t->it),
              0);
}

static void make_signal(thing *t) {
    const int number = SIGTERM;
    CHECK_INT(frond_signal_open(&number, 1, (frond_signal **)&t->it), 0);
}

static void make_async(thing *t) {
    CHECK_INT(frond_async_open((frond_watcher **)&t->it), 0);
}

static void make_fs_watch(thing *t) {
    char folder[1000];
    test_path(folder, sizeof folder, "watched"); /* where nobody else does anything */
    make_folder(folder);
    CHECK_INT(frond_fs_watch_open(folder, (frond_watcher **)&t->it), 0);
}

static void make_stat_watch(thing *t) {
    CHECK_INT(
        frond_stat_watch_open("no such file", 0, (frond_watcher **)&t->it, FROND_NEVER),
        0);
}

static void free_stream(void *s) {
    frond_stream_free(s);
}

typedef struct {
    frond_stream *mine, *theirs;
} pair;

static void make_io(thing *t) {
    static pair p;
    intptr_t fd = -1;
    CHECK_INT(frond_stream_pair(&p.mine, &p.theirs), 0);
    CHECK_INT(frond_stream_fd(p.mine, &fd), 0);
    CHECK_INT(frond_io_open(fd, FROND_IO_READ, (frond_watcher **)&t->it), 0);
    t->other = &p;
}

static void free_pair(void *p) {
    frond_stream_free(((pair *)p)->mine);
    frond_stream_free(((pair *)p)->theirs);
}

static int watcher_wait(thing *t) {
    return frond_watcher_wait(t->it, NULL, FROND_NEVER);
}

static void close_watcher(void *w) {
    CHECK_INT(frond_watcher_close(w), 0);
}

static void free_watcher(void *w) {
    frond_watcher_free(w);
}

/* ---- sockets ---- */

static void make_stream(thing *t) {
    CHECK_INT(frond_stream_pair((frond_stream **)&t->it, (frond_stream **)&t->other), 0);
}

static int stream_read(thing *t) {
    return (int)frond_read(t->it, &item, 1, FROND_NEVER);
}

static int stream_write(thing *t) {
    static char much[1 << 20];
    int rc;
    while ((rc = frond_write(t->it, much, sizeof much, NULL, FROND_NEVER)) == 0) {}
    return rc;
}

static void close_stream(void *s) {
    CHECK_INT(frond_close(s), 0);
}

static void make_listener(thing *t) {
    frond_addr a;
    frond_addr_loopback(&a, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&a, NULL, (frond_listener **)&t->it), 0);
}

static int accept_one(thing *t) {
    frond_stream *s;
    return frond_accept(t->it, &s, FROND_NEVER);
}

static void close_listener(void *l) {
    CHECK_INT(frond_listener_close(l), 0);
}

static void free_listener(void *l) {
    frond_listener_free(l);
}

static void make_udp(thing *t) {
    CHECK_INT(frond_udp_pair((frond_udp **)&t->it, (frond_udp **)&t->other), 0);
}

static int udp_receive(thing *t) {
    return (int)frond_udp_receive(t->it, &item, 1, NULL, FROND_NEVER);
}

static void close_udp(void *u) {
    CHECK_INT(frond_udp_close(u), 0);
}

static void free_udp(void *u) {
    frond_udp_free(u);
}

/* ---- message pipes ---- */

static void make_pipe(thing *t) {
    CHECK_INT(frond_pipe_pair(NULL, (frond_pipe **)&t->it, (frond_pipe **)&t->other), 0);
}

static int pipe_receive(thing *t) {
    void *msg;
    return (int)frond_pipe_receive(t->it, &msg, FROND_NEVER);
}

static int pipe_send(thing *t) {
    static char much[1 << 20];
    int rc;
    while ((rc = frond_pipe_send(t->it, much, sizeof much, FROND_NEVER)) == 0) {}
    return rc;
}

static void close_pipe(void *p) {
    CHECK_INT(frond_pipe_close(p), 0);
}

static void free_pipe(void *p) {
    frond_pipe_free(p);
}

/* ---- the table ---- */

enum { OVER = 1 /* no error: a join whose object is freed, a wait beside others */ };

static const row rows[] = {
    {"queue get", make_queue, get, close_queue, free_queue, NULL, 0},
    {"queue peek", make_queue, peek, close_queue, free_queue, NULL, 0},
    {"queue put", make_full_queue, put, close_queue, free_queue, NULL, 0},
    {"queue waitable", make_queue, queue_beside, close_queue, free_queue, NULL, OVER},
    {"channel send", make_channel, send_to_channel, close_channel, free_channel, NULL, 0},
    {"channel receive", make_channel, receive, close_channel, free_channel, NULL, 0},
    {"select", make_channel, select_receive, close_channel, free_channel, NULL, 0},
    {"xqueue get", make_xqueue, xqueue_get, close_xqueue, free_xqueue, free_hub, 0},
    {"pool spawn", make_pool, pool_spawn, NULL, free_pool, NULL, 0},
    {"pool join", make_pool, pool_join, NULL, free_pool, NULL, OVER},
    {"group join", make_group, group_join, NULL, free_group, NULL, OVER},
    {"thread pool", make_threadpool, run_job, NULL, free_threadpool, free_job, 0},
    {"timer", make_timer, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"cron", make_cron, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"signal", make_signal, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"async", make_async, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"fs watch", make_fs_watch, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"stat watch", make_stat_watch, watcher_wait, close_watcher, free_watcher, NULL, 0},
    {"io", make_io, watcher_wait, close_watcher, free_watcher, free_pair, 0},
    {"read", make_stream, stream_read, close_stream, free_stream, free_stream, 0},
    {"write", make_stream, stream_write, close_stream, free_stream, free_stream, 0},
    {"accept", make_listener, accept_one, close_listener, free_listener, NULL, 0},
    {"udp", make_udp, udp_receive, close_udp, free_udp, free_udp, 0},
    {"pipe receive", make_pipe, pipe_receive, close_pipe, free_pipe, free_pipe, 0},
    {"pipe send", make_pipe, pipe_send, close_pipe, free_pipe, free_pipe, 0},
};

typedef struct {
    const row *row;
    thing thing;
    int answer;
} waiting;

static void *waits(void *arg) {
    waiting *w = arg;
    w->answer = w->row->wait(&w->thing);
    return NULL;
}

/* What is wrong is told by its name. */
static void one(const row *r, void (*end)(void *)) {
    waiting w = {.row = r};
    frond_event_clear(&over);
    atomic_store(&thread_over, 0);
    r->make(&w.thing);
    frond_greenlet *g = frond_spawn(waits, &w);
    frond_yield(); /* it waits */
    frond_sleep(2);
    CHECK_INT(frond_dead(g), 0);
    end(w.thing.it);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_event_set(&over);
    atomic_store(&thread_over, 1);
    if (w.answer != (r->answer == OVER ? 0 : FROND_ECLOSED)) {
        log_add(r->name);
        log_add(frond_error_name(w.answer));
    }
    frond_release(g);
    if (end != r->release)
        r->release(w.thing.it);
    if (r->release_other)
        r->release_other(w.thing.other);
    frond_hub_join(frond_in(20000));
}

static void closed_meanwhile(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].close)
            one(&rows[i], rows[i].close);
    CHECK_TEXT(log_text(), "");
}

static void freed_meanwhile(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].answer != OVER || !rows[i].close)
            one(&rows[i], rows[i].release);
    CHECK_TEXT(log_text(), "");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"closed meanwhile, of every kind", closed_meanwhile},
        {"freed meanwhile, of every kind", freed_meanwhile},
        {0}};
    return test_main("close wakes", tests, argc, argv);
}
