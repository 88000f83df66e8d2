/* SPDX-License-Identifier: MIT */
/* The dispatch.  A worker has slots; a URL sits in one from the moment it is sent until its result is
 * here.  When a worker dies, it is replaced and its URLs are dealt again, each alone in a worker: the
 * one that kills a second worker is then known, and reported. */
#include "dispatch.h"
#include "command.h"
#include "worker.h"

#include <frond/impl/memory.h>
#include <string.h>

enum {
    AHEAD = 8 /* URLs sent before a worker has room for them */,
    START_MS = 30000,
    STOP_MS = 5000,
    SWEEP_MS = 5000,
    MOST_CRASHES = 2
};

typedef struct item {
    struct item *next;
    char *url;
    int crashes;
} item;

typedef struct {
    dispatch *dispatch;
    frond_process *process;
    frond_pipe *pipe;
    item **slots;
    size_t n_slots, used;
    bool alone; /* holds one URL that has crashed a worker */
    bool running;
    unsigned long started; /* how often */
    frond_semaphore sending;
    frond_greenlet *reader;
} slot_worker;

struct dispatch {
    const fetch_options *options;
    report *report;
    char *args; /* for the workers */
    size_t args_len;
    slot_worker *workers;
    size_t n_workers;
    item *again, **again_tail; /* to be dealt again */
    size_t pending;            /* given and without a result */
    frond_event changed;       /* a slot is free, or nothing is pending */
    frond_greenlet *dealer;
    bool stopping;
};

static void item_free(item *i) {
    frond_free(i->url);
    frond_free(i);
}

static void tell_changed(dispatch *d) {
    frond_event_set(&d->changed);
    frond_event_clear(&d->changed);
}

static void finish(dispatch *d, item *i) {
    item_free(i);
    d->pending--;
    tell_changed(d);
}

static void give_up(dispatch *d, item *i, const char *why) {
    fetch_result r = {.url = i->url,
                      .error = (char *)(uintptr_t)why,
                      .dns_ms = -1,
                      .connect_ms = -1,
                      .tls_ms = -1,
                      .first_byte_ms = -1,
                      .code = FROND_EPROC_START};
    report_result(d->report, &r);
    finish(d, i);
}

/* ---- one worker ---- */

static void *read_results(void *arg);

static int start_worker(slot_worker *w) {
    dispatch *d = w->dispatch;
    frond_pipe *theirs;
    int rc = frond_pipe_pair(NULL, &w->pipe, &theirs);
    if (rc < 0)
        return rc;
    frond_process_options o = {.args = d->args,
                               .args_len = d->args_len,
                               .pipes = &theirs,
                               .n_pipes = 1,
                               .daemon = 1}; /* nobody else wants its results */
    rc = frond_process_start("fetch", &o, &w->process, frond_in(START_MS));
    frond_pipe_free(theirs);
    if (rc == 0 && !(w->reader = frond_spawn(read_results, w)))
        rc = frond_error_code();
    w->running = rc == 0;
    w->started++;
    if (rc < 0) {
        complain("%s", frond_error_text());
        frond_pipe_free(w->pipe);
        frond_process_free(w->process);
        w->pipe = NULL;
        w->process = NULL;
    }
    return rc;
}

static void take_result(slot_worker *w, const char *msg, size_t len) {
    uint32_t slot;
    fetch_result result;
    if (result_decode(msg, len, &slot, &result) && slot < w->n_slots && w->slots[slot]) {
        item *i = w->slots[slot];
        w->slots[slot] = NULL;
        w->used--;
        w->alone = false;
        report_result(w->dispatch->report, &result);
        finish(w->dispatch, i);
    }
    fetch_result_free(&result);
}

static void sweep(const slot_worker *w, int64_t pid) {
    const char *dir = w->dispatch->options->output;
    frond_deadline d = frond_in(SWEEP_MS);
    for (size_t s = 0; dir && s < w->n_slots; s++)
        if (w->slots[s])
            save_sweep(dir, w->slots[s]->url, pid, d);
}

static void deal_again(slot_worker *w, int status) {
    dispatch *d = w->dispatch;
    char why[160], text[100];
    snprintf(why, sizeof why, "it took two workers with it; the last %s",
             frond_process_status_text(status, text, sizeof text));
    for (size_t s = 0; s < w->n_slots; s++) {
        item *i = w->slots[s];
        if (!i)
            continue;
        w->slots[s] = NULL;
        if (++i->crashes >= MOST_CRASHES) { /* the last time it was alone */
            give_up(d, i, why);
        } else {
            i->next = NULL;
            *d->again_tail = i;
            d->again_tail = &i->next;
        }
    }
    w->used = 0;
    w->alone = false;
}

/* A worker whose pipe is closed cleans up and ends; one that does not is ended. */
static void end_process(frond_process *p, int *status, frond_deadline d) {
    if (frond_process_join(p, status, d) != FROND_ETIMEDOUT)
        return;
    frond_process_kill(p);
    frond_process_join(p, status, FROND_NEVER);
}

/* Reads until the worker's end; then, unless the run is over, there is a new one in its place. */
static void *read_results(void *arg) {
    slot_worker *w = arg;
    dispatch *d = w->dispatch;
    void *msg;
    int64_t n;
    int status = 0;
    while ((n = frond_pipe_receive(w->pipe, &msg, FROND_NEVER)) >= 0) {
        take_result(w, msg, (size_t)n);
        frond_free(msg);
    }
    w->running = false;
    if (n == FROND_ECANCELED)
        return NULL;
    frond_pipe_close(w->pipe);
    end_process(w->process, &status,
                frond_in(STOP_MS)); /* it may have closed its end and hang */
    sweep(w, frond_process_pid(w->process));
    frond_process_free(w->process);
    frond_pipe_free(w->pipe);
    w->process = NULL;
    w->pipe = NULL;
    frond_greenlet *self = w->reader;
    w->reader = NULL;
    deal_again(w, status);
    if (!d->stopping && d->pending) {
        char text[100];
        complain("a worker %s; starting another",
                 frond_process_status_text(status, text, sizeof text));
        start_worker(w);
    }
    frond_release(self);
    tell_changed(d);
    return NULL;
}

/* ---- dealing ---- */

static bool anyone_left(const dispatch *d) {
    for (size_t i = 0; i < d->n_workers; i++)
        if (d->workers[i].running || d->workers[i].reader)
            return true;
    return false;
}

/* The least busy worker that may take the item. */
static slot_worker *choose(dispatch *d, const item *i) {
    slot_worker *best = NULL;
    for (size_t n = 0; n < d->n_workers; n++) {
        slot_worker *w = &d->workers[n];
        bool fits = i->crashes ? w->used == 0 : w->used < w->n_slots && !w->alone;
        if (w->running && fits && (!best || w->used < best->used))
            best = w;
    }
    return best;
}

static int send_item(slot_worker *w, item *i) {
    uint32_t slot = 0;
    size_t len;
    while (w->slots[slot])
        slot++;
    char *msg = url_encode(slot, i->url, &len);
    if (!msg)
        return FROND_ENOMEM;
    w->slots[slot] = i;
    w->used++;
    w->alone = i->crashes > 0;
    unsigned long started = w->started;
    int rc = frond_semaphore_acquire(&w->sending, FROND_NEVER);
    if (rc == 0 && w->running && w->started == started) /* else it is dealt again */
        frond_pipe_send(w->pipe, msg, len,
                        FROND_NEVER); /* a failure is the reader's to see */
    if (rc == 0)
        frond_semaphore_release(&w->sending);
    frond_free(msg);
    return rc;
}

/* Once the run is stopping nothing is dealt or counted any more. */
static int deal(dispatch *d, item *i) {
    for (;;) {
        if (d->stopping) {
            finish(d, i);
            return FROND_ECANCELED;
        }
        slot_worker *w = choose(d, i);
        if (w) {
            int rc = send_item(w, i);
            if (rc == FROND_ENOMEM) /* it was not taken */
                give_up(d, i, "out of memory");
            return rc == FROND_ENOMEM ? 0 : rc;
        }
        if (!anyone_left(d)) {
            give_up(d, i, "no worker could be started");
            return FROND_EPROC_START;
        }
        int rc = frond_event_wait(&d->changed, FROND_NEVER);
        if (rc < 0) {
            finish(d, i);
            return rc;
        }
    }
}

static void *redeal(void *arg) {
    dispatch *d = arg;
    int rc = 0;
    while (rc == 0 || rc == FROND_EPROC_START) {
        item *i = d->again;
        if (!i) {
            rc = frond_event_wait(&d->changed, FROND_NEVER);
            continue;
        }
        if (!(d->again = i->next))
            d->again_tail = &d->again;
        rc = deal(d, i);
    }
    return NULL;
}

int dispatch_give(dispatch *d, char *url) {
    item *i = frond_alloc(sizeof *i);
    if (!i) {
        frond_free(url);
        return FROND_ENOMEM;
    }
    *i = (item){NULL, url, 0};
    d->pending++;
    return deal(d, i);
}

void dispatch_join(dispatch *d) {
    while (d->pending && !d->stopping)
        if (frond_event_wait(&d->changed, FROND_NEVER) < 0)
            return;
}

/* ---- beginning and end ---- */

static int join_args(dispatch *d, const fetch_options *o) {
    for (int i = 0; i < o->n_given; i++)
        d->args_len += strlen(o->given[i]) + 1;
    char *at = d->args = frond_alloc(d->args_len);
    if (!d->args)
        return FROND_ENOMEM;
    for (int i = 0; i < o->n_given; i++) {
        memcpy(at, o->given[i], strlen(o->given[i]) + 1);
        at += strlen(o->given[i]) + 1;
    }
    return 0;
}

dispatch *dispatch_new(const fetch_options *o, report *r) {
    dispatch *d = frond_calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->options = o;
    d->report = r;
    d->again_tail = &d->again;
    d->workers = frond_calloc((size_t)o->jobs, sizeof *d->workers);
    if (!d->workers || join_args(d, o) < 0 || !(d->dealer = frond_spawn(redeal, d)))
        goto fail;
    for (int n = 0; n < o->jobs; n++) {
        slot_worker *w = &d->workers[d->n_workers++];
        w->dispatch = d;
        w->sending = (frond_semaphore)FROND_SEMAPHORE_INIT(1);
        w->n_slots = (size_t)o->concurrency + AHEAD;
        w->slots = frond_calloc(w->n_slots, sizeof(item *));
        if (!w->slots || start_worker(w) < 0)
            goto fail;
    }
    return d;

fail:
    dispatch_free(d);
    return NULL;
}

static void end_worker(slot_worker *w, frond_deadline d) {
    if (w->pipe)
        frond_pipe_close(w->pipe);
    if (w->process)
        end_process(w->process, NULL, d);
}

void dispatch_stop(dispatch *d) {
    frond_deadline end = frond_in(STOP_MS);
    d->stopping = true;
    for (size_t n = 0; n < d->n_workers; n++)
        if (d->workers[n].pipe)
            frond_pipe_close(d->workers[n].pipe); /* each ends meanwhile */
    for (size_t n = 0; n < d->n_workers; n++)
        end_worker(&d->workers[n], end);
    tell_changed(d);
}

void dispatch_free(dispatch *d) {
    if (!d)
        return;
    frond_deadline end = frond_in(STOP_MS);
    d->stopping = d->stopping || d->pending > 0;
    if (d->dealer) {
        frond_kill(d->dealer, FROND_EXIT, FROND_NEVER);
        frond_release(d->dealer);
    }
    for (size_t n = 0; n < d->n_workers; n++) {
        slot_worker *w = &d->workers[n];
        if (w->reader) {
            frond_kill(w->reader, FROND_EXIT, FROND_NEVER);
            frond_release(w->reader);
        }
        end_worker(w, end);
        frond_pipe_free(w->pipe);
        frond_process_free(w->process);
        for (size_t s = 0; s < w->n_slots; s++)
            if (w->slots && w->slots[s])
                item_free(w->slots[s]);
        frond_free(w->slots);
    }
    while (d->again) {
        item *i = d->again;
        d->again = i->next;
        item_free(i);
    }
    frond_free(d->workers);
    frond_free(d->args);
    frond_free(d);
}
