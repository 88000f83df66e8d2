/* SPDX-License-Identifier: MIT */
/* Objects that others free while a greenlet is in a call on them: where that does not wait, but only gives
 * way, as one does that is made often enough in a row. */
#include "support.h"

#include <signal.h>

static bool released;
static bool
    odd; /* one more call before, so that another one gives way inside what makes two */
static int ended_with;

typedef struct {
    const char *name;
    int (*call)(void *object);
    void (*release)(void *object);
    int before,
        after; /* what the call answers, and once the object was freed during it */
} freed_case;

typedef struct {
    const freed_case *c;
    void *object;
} caller;

static void *call_often(void *arg) {
    const caller *one = arg;
    frond_event set = FROND_EVENT_INIT;
    frond_event_set(&set);
    if (odd)
        CHECK_INT(frond_event_wait(&set, FROND_NOW), 0);
    do
        ended_with = one->c->call(one->object);
    while (ended_with == one->c->before && !released);
    return NULL;
}

static void free_during(const freed_case *c, void *object) {
    caller one = {c, object};
    released = false;
    ended_with = 1;
    frond_greenlet *g = frond_spawn(call_often, &one);
    CHECK_INT(frond_yield(), 0);
    CHECK_INT(ended_with, c->before);
    released = true;
    c->release(object);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    if (ended_with != c->after)
        log_add(c->name);
    CHECK_TEXT(log_text(), "");
    frond_release(g);
}

static void *sleeps(void *nothing) {
    frond_sleep(1000000);
    return nothing;
}

/* ---- queues ---- */

static char item;

static int call_get(void *q) {
    return frond_queue_get(q, &item, FROND_NOW);
}

static int call_peek(void *q) {
    return frond_queue_peek(q, &item, FROND_NOW);
}

static int call_put(void *q) {
    return frond_queue_put(q, &item, FROND_NOW);
}

static int call_queue_join(void *q) {
    return frond_queue_join(q, FROND_NOW);
}

static int call_select(void *channel) {
    frond_select_case both[2] = {{.channel = channel, .send = &item}, {.channel = NULL}};
    return frond_select(both, 2, NULL, FROND_NOW);
}

static void free_queue(void *q) {
    frond_queue_free(q);
}

static void free_channel(void *c) {
    frond_channel_free(c);
}

static int drops;

static void count_drop(void *dropped) {
    (void)dropped;
    drops++;
}

static void queues(void) {
    static const freed_case cases[] = {
        {"get", call_get, free_queue, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"peek", call_peek, free_queue, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"put", call_put, free_queue, 0, FROND_ECLOSED},
        {"join", call_queue_join, free_queue, 0, FROND_ECLOSED}};
    frond_queue_options o = {.drop = count_drop};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        free_during(&cases[i], frond_queue_new(1, 0, &o));
    CHECK(drops > 200);
    static const freed_case chosen = {"select", call_select, free_channel,
                                      FROND_ETIMEDOUT, FROND_ECLOSED};
    free_during(&chosen, frond_channel_new(1, 0, NULL));
}

/* ---- queues between threads ---- */

static int call_xput(void *q) {
    return frond_xqueue_put(q, &item, FROND_NOW);
}

static int call_xget(void *q) {
    return frond_xqueue_get(q, &item, FROND_NOW);
}

static void free_xqueue(void *q) {
    frond_xqueue_free(q);
}

static void *waits_for_item(void *q) {
    ended_with = frond_xqueue_get(q, &item, FROND_NEVER);
    return NULL;
}

static void queues_between_threads(void) {
    static const freed_case cases[] = {
        {"xput", call_xput, free_xqueue, 0, FROND_ECLOSED},
        {"xget", call_xget, free_xqueue, FROND_ETIMEDOUT, FROND_ECLOSED}};
    frond_queue_options o = {.drop = count_drop};
    drops = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        free_during(&cases[i], frond_xqueue_new(1, 0, &o));
    CHECK(drops > 200);
    frond_xqueue *q = frond_xqueue_new(1, 0, NULL);
    frond_greenlet *g = frond_spawn(waits_for_item, q);
    frond_yield();
    frond_xqueue_free(q);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK_INT(ended_with, FROND_ECLOSED);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
}

/* ---- single flight ---- */

static int flies(void *arg, void **value) {
    (void)arg;
    (void)value;
    return 0;
}

static int call_flight(void *sf) {
    return frond_single_flight_do(sf, "key", 3, flies, NULL, NULL, NULL, NULL, FROND_NOW);
}

static void free_flight(void *sf) {
    frond_single_flight_free(sf);
}

static void single_flight(void) {
    static const freed_case c = {"single flight", call_flight, free_flight,
                                 FROND_ETIMEDOUT, FROND_ECLOSED};
    free_during(&c, frond_single_flight_new(NULL));
}

/* ---- groups and pools ---- */

static int call_group_join(void *group) {
    return frond_group_join(group, FROND_NOW);
}

static int call_group_kill(void *group) {
    return frond_group_kill(group, FROND_EXIT, FROND_NEVER);
}

static int call_group_map(void *group) {
    return frond_group_map(group, sleeps, NULL, 0, NULL, NULL, FROND_NEVER);
}

static void free_group(void *group) {
    frond_group_free(group);
}

static void groups(void) {
    static const freed_case busy = {"join", call_group_join, free_group, FROND_ETIMEDOUT,
                                    0},
                            idle[] = {
                                {"join", call_group_join, free_group, 0, 0},
                                {"kill", call_group_kill, free_group, 0, 0},
                                {"map", call_group_map, free_group, 0, FROND_ECLOSED}};
    frond_group *group = frond_group_new();
    frond_greenlet *g = frond_spawn(sleeps, NULL);
    frond_group_add(group, g);
    free_during(&busy, group);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
        free_during(&idle[i], frond_group_new());
}

static int call_pool_spawn(void *pool) {
    return frond_pool_spawn(pool, sleeps, NULL, FROND_NOW);
}

static int call_pool_available(void *pool) {
    return frond_pool_wait_available(pool, FROND_NOW);
}

static int call_pool_add(void *pool) {
    frond_greenlet *g = frond_spawn(sleeps, NULL);
    int rc = frond_pool_add(pool, g, FROND_NOW);
    frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_release(g);
    return rc;
}

static int call_pool_map(void *pool) {
    void *in[1] = {NULL};
    return frond_pool_map(pool, sleeps, in, 1, NULL, NULL, FROND_NOW);
}

static int call_pool_apply(void *pool) {
    return frond_pool_apply_cb(pool, sleeps, NULL, NULL, NULL, NULL, FROND_NOW);
}

static void free_pool(void *pool) {
    frond_pool_free(pool);
}

static void pools(void) {
    static const freed_case cases[] = {
        {"spawn", call_pool_spawn, free_pool, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"available", call_pool_available, free_pool, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"add", call_pool_add, free_pool, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"map", call_pool_map, free_pool, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"apply", call_pool_apply, free_pool, FROND_ETIMEDOUT, FROND_ECLOSED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        free_during(&cases[i], frond_pool_new(0));
}

static int call_imap_next(void *it) {
    frond_imap_item taken;
    return frond_imap_next(it, &taken, FROND_NOW);
}

static void end_imap(void *it) {
    CHECK_INT(frond_imap_end(it, FROND_NOW), 0);
}

static void wait_for_imap_end(void *it) {
    CHECK_INT(frond_imap_end(it, FROND_NEVER), 0);
}

static void maps(void) {
    static const freed_case cases[] = {
        {"next", call_imap_next, end_imap, FROND_ETIMEDOUT, FROND_ECLOSED},
        {"next", call_imap_next, wait_for_imap_end, FROND_ETIMEDOUT, FROND_ECLOSED}};
    void *in[1] = {NULL};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        frond_group *group = frond_group_new();
        free_during(&cases[i],
                    frond_group_imap(group, sleeps, frond_input_array(in, 1), NULL));
        frond_group_free(group);
    }
}

/* ---- threads ---- */

static int job_runs(void *nothing) {
    (void)nothing;
    return 7;
}

static int call_pool_run(void *pool) {
    return frond_threadpool_run(pool, job_runs, NULL, NULL, NULL, FROND_NOW);
}

static int call_pool_join(void *pool) {
    return frond_threadpool_join(pool, FROND_NOW);
}

static void free_threadpool(void *pool) {
    frond_threadpool_free(pool);
}

static int call_job_get(void *job) {
    int result = 0, rc = frond_job_get(job, &result, FROND_NOW);
    return rc < 0 ? rc : result;
}

static void free_job(void *job) {
    frond_job_free(job);
}

static void threads(void) {
    static const freed_case cases[] = {{"run", call_pool_run, free_threadpool,
                                        FROND_ETIMEDOUT, FROND_ECLOSED},
                                       {"join", call_pool_join, free_threadpool, 0,
                                        FROND_ECLOSED}},
                            job = {"job", call_job_get, free_job, 7, 7};
    frond_threadpool *pool;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK((pool = frond_threadpool_new(NULL)) != NULL);
        free_during(&cases[i], pool);
    }
    pool = frond_threadpool_new(NULL);
    frond_job *j = frond_threadpool_spawn(pool, job_runs, NULL, NULL);
    CHECK_INT(frond_job_get(j, NULL, FROND_NEVER), 0);
    free_during(&job, j);
    frond_threadpool_free(pool);
}

/* ---- signals and files ---- */

static int call_signal_wait(void *s) {
    return frond_signal_wait(s, NULL, FROND_NOW);
}

static void free_signal(void *s) {
    frond_signal_free(s);
}

static void signals(void) {
    static const freed_case c = {"signal", call_signal_wait, free_signal, FROND_ETIMEDOUT,
                                 FROND_ECLOSED};
    static const int number = SIGINT;
    frond_signal *s = NULL;
    CHECK_INT(frond_signal_open(&number, 1, &s), 0);
    free_during(&c, s);
}

static int call_file_write(void *file) {
    return frond_file_write(file, "", 0, NULL, FROND_NOW);
}

static void free_file(void *file) {
    frond_file_free(file);
}

static void files(void) {
    static const freed_case c = {"write", call_file_write, free_file, 0, FROND_ECLOSED};
    char path[600];
    test_path(path, sizeof path, "freed");
    for (int i = 0; i < 2; i++) {
        frond_file *file = NULL;
        CHECK_INT(frond_file_open(path, FROND_FILE_WRITE | FROND_FILE_CREATE, 0600, &file,
                                  FROND_NEVER),
                  0);
        odd = i;
        free_during(&c, file);
        odd = false;
    }
    CHECK_INT(frond_fs_unlink(path, FROND_NEVER), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"queues", queues},
                                      {"queues between threads", queues_between_threads},
                                      {"single flight", single_flight},
                                      {"groups", groups},
                                      {"pools", pools},
                                      {"maps", maps},
                                      {"threads", threads},
                                      {"signals", signals},
                                      {"files", files},
                                      {NULL, NULL}};
    return test_main("freed", tests, argc, argv);
}
