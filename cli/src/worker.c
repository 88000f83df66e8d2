/* SPDX-License-Identifier: MIT */
/* The worker: it reads URLs from its pipe, until that ends, and fetches them, so many at a time; those
 * that come early wait for their turn, so that the pipe's end is seen at once. */
#include "worker.h"
#include "command.h"
#include "os.h"

#include <frond/impl/memory.h>
#include <signal.h>
#include <string.h>

typedef struct {
    fetcher *fetcher;
    frond_pipe *pipe;
    frond_semaphore sending; /* one result at a time */
    frond_semaphore turns;   /* to fetch */
    frond_group *tasks;
    frond_signal *signals;
} worker;

typedef struct {
    worker *worker;
    char *msg; /* slot and URL */
} task;

static void task_drop(void *arg) {
    task *t = arg;
    frond_free(t->msg);
    frond_free(t);
}

static void answer(worker *w, uint32_t slot, const fetch_result *result) {
    size_t len;
    char *msg = result_encode(slot, result, &len);
    if (msg && frond_semaphore_acquire(&w->sending, FROND_NEVER) == 0) {
        frond_pipe_send(w->pipe, msg, len, FROND_NEVER);
        frond_semaphore_release(&w->sending);
    }
    frond_free(msg);
}

static void *task_run(void *arg) {
    task *t = arg;
    uint32_t slot;
    fetch_result result;
    memcpy(&slot, t->msg, sizeof slot);
    if (frond_semaphore_acquire(&t->worker->turns, FROND_NEVER) < 0)
        return NULL;
    if (fetcher_run(t->worker->fetcher, t->msg + sizeof slot, &result))
        answer(t->worker, slot, &result);
    fetch_result_free(&result);
    frond_semaphore_release(&t->worker->turns);
    return NULL;
}

/* The parent is interrupted together with us, by the terminal, or tells us to end. */
static void *await_signal(void *arg) {
    worker *w = arg;
    if (frond_signal_wait(w->signals, NULL, FROND_NEVER) == 0) {
        frond_group_kill(w->tasks, FROND_EXIT, FROND_NOW);
        frond_pipe_close(w->pipe);
    }
    return NULL;
}

static void serve(worker *w) {
    static const frond_spawn_options options = {.drop = task_drop};
    void *msg;
    int64_t n;
    while ((n = frond_pipe_receive(w->pipe, &msg, FROND_NEVER)) >= 0) {
        task *t = frond_alloc(sizeof *t);
        if (!t || n < (int64_t)sizeof(uint32_t) + 1) {
            frond_free(t);
            frond_free(msg);
            break;
        }
        *t = (task){w, msg};
        if (frond_group_spawn_with(w->tasks, &options, task_run, t) < 0) {
            task_drop(t);
            break; /* what we do not answer is given to another */
        }
    }
    /* Nobody is there to take results any more: the parent has them all, or is gone. */
    frond_group_kill(w->tasks, FROND_EXIT, FROND_NEVER);
}

/* The arguments as the parent had them, each with its NUL. */
static int parse(frond_child *self, fetch_options *o) {
    enum { MOST = 1024 };
    static char *argv[MOST];
    size_t len;
    const char *args = frond_child_args(self, &len);
    int argc = 0;
    for (size_t at = 0; at < len && argc < MOST - 1; at += strlen(args + at) + 1)
        argv[argc++] = (char *)(uintptr_t)(args + at);
    argv[argc++] = (char *)(uintptr_t) "http://unused/";
    return fetch_options_parse(argc, argv, o);
}

int fetch_worker(frond_child *self) {
    static const int numbers[] = {SIGINT, SIGTERM};
    fetch_options o;
    worker w = {.pipe = frond_child_pipe(self, 0), .sending = FROND_SEMAPHORE_INIT(1)};
    os_begin_worker();
    if (!w.pipe || parse(self, &o) != 0 || fetch_limits(&o) != 0 ||
        (o.output && save_prepare(o.output) != 0) || !(w.fetcher = fetcher_new(&o)) ||
        !(w.tasks = frond_group_new()) || frond_signal_open(numbers, 2, &w.signals) < 0)
        return 1;
    w.turns = (frond_semaphore)FROND_SEMAPHORE_INIT((size_t)o.concurrency);
    frond_greenlet *watcher = frond_spawn(await_signal, &w);
    serve(&w);
    if (watcher) {
        frond_kill(watcher, FROND_EXIT, FROND_NEVER);
        frond_release(watcher);
    }
    frond_signal_free(w.signals);
    frond_group_free(w.tasks);
    fetcher_free(w.fetcher);
    save_settle();
    return 0;
}
