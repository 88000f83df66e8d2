/* SPDX-License-Identifier: MIT */
/* `frond fetch`: URLs in, results out, through a pool of greenlets. */
#include "fetch.h"
#include "command.h"
#include "dispatch.h"

#include <frond/impl/memory.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    fetcher *fetcher;
    report *report;
    char *url;
} task;

static void task_drop(void *arg) {
    task *t = arg;
    frond_free(t->url);
    frond_free(t);
}

static void *task_run(void *arg) {
    task *t = arg;
    fetch_result result;
    if (fetcher_run(t->fetcher, t->url, &result))
        report_result(t->report, &result);
    fetch_result_free(&result);
    return NULL;
}

/* ---- in this process ---- */

typedef struct {
    frond_pool *pool;
    fetcher *fetcher;
} local;

static int local_start(local *here, const fetch_options *o) {
    here->fetcher = fetcher_new(o);
    here->pool = here->fetcher ? frond_pool_new((size_t)o->concurrency) : NULL;
    return here->pool ? 0 : 1;
}

static int local_give(local *here, report *r, char *url) {
    static const frond_spawn_options options = {.drop = task_drop};
    task *t = frond_alloc(sizeof *t);
    if (!t) {
        frond_free(url);
        return FROND_ENOMEM;
    }
    *t = (task){here->fetcher, r, url};
    int rc = frond_pool_spawn_with(here->pool, &options, task_run, t, FROND_NEVER);
    if (rc < 0)
        task_drop(t);
    return rc;
}

static void local_end(local *here) {
    frond_pool_free(here->pool);
    fetcher_free(here->fetcher);
}

/* ---- the run ---- */

/* What every worker would refuse is refused here, once. */
static int try_options(const fetch_options *o) {
    fetcher *f = fetcher_new(o);
    fetcher_free(f);
    return f ? 0 : 1;
}

typedef struct {
    const fetch_options *options;
    fetch_input *input;
    report *report;
    local here;
    dispatch *workers; /* NULL: in this process */
    int input_error;
} run;

static int give(run *r, char *url) {
    return r->workers ? dispatch_give(r->workers, url)
                      : local_give(&r->here, r->report, url);
}

static void drop_all(run *r) {
    if (r->workers)
        dispatch_stop(r->workers);
    else
        frond_pool_kill(r->here.pool, FROND_EXIT, FROND_NOW);
}

static void join_all(run *r) {
    if (r->workers)
        dispatch_join(r->workers);
    else
        frond_pool_join(r->here.pool, FROND_NEVER);
}

/* The feeding greenlet: killed when the run is interrupted. */
static void *feed(void *arg) {
    run *r = arg;
    char *url;
    const char *why;
    long line, given = 0;
    int rc = 0;
    bool pointless = false;
    while (rc == 0 && !pointless &&
           (url = fetch_input_next(r->input, &line, &why, &r->input_error))) {
        frond_url parsed;
        given++;
        if (why) {
            report_bad_line(r->report, line, url, why);
            frond_free(url);
            continue;
        }
        if (frond_url_parse(url, strlen(url), &parsed) < 0) {
            report_bad_line(r->report, line, url, frond_error_text());
            frond_free(url);
            continue;
        }
        frond_url_free(&parsed);
        rc = give(r, url);
        pointless = report_stdout_gone(r->report) && !r->options->output;
    }
    if (rc == 0 && !pointless)
        report_total(r->report, given);
    if (r->input_error < 0 && r->input_error != FROND_ECANCELED)
        complain("%s: %s", r->options->input, frond_error_text());
    if (pointless)
        drop_all(r);
    join_all(r);
    return NULL;
}

typedef struct {
    frond_signal *signals;
    frond_greenlet *feeder;
    run *run;
    bool interrupted;
} interrupt;

static void *await_signal(void *arg) {
    interrupt *i = arg;
    if (frond_signal_wait(i->signals, NULL, FROND_NEVER) < 0)
        return NULL;
    i->interrupted = true;
    frond_kill(i->feeder, FROND_EXIT, FROND_NOW);
    drop_all(i->run);
    return NULL;
}

static int run_all(run *r) {
    static const int numbers[] = {SIGINT, SIGTERM};
    interrupt i = {.run = r};
    if (frond_signal_open(numbers, 2, &i.signals) < 0 ||
        !(i.feeder = frond_spawn(feed, r))) {
        complain("%s", frond_error_text());
        frond_signal_free(i.signals);
        return 1;
    }
    frond_greenlet *watcher = frond_spawn(await_signal, &i);
    frond_join(i.feeder, FROND_NEVER);
    join_all(r); /* after an interrupt: clean-up */
    save_settle();
    if (watcher) {
        if (!i.interrupted) /* else it is still ending the workers */
            frond_kill(watcher, FROND_EXIT, FROND_NOW);
        frond_join(watcher, FROND_NEVER);
        frond_release(watcher);
    }
    frond_release(i.feeder);
    frond_signal_free(i.signals);
    return i.interrupted ? EXIT_INTERRUPTED : 0;
}

int command_fetch(int argc, char **argv) {
    fetch_options o;
    run r = {.options = &o};
    int rc = fetch_options_parse(argc, argv, &o);
    if (rc || (rc = fetch_limits(&o)))
        return rc;
    if ((o.output && save_prepare(o.output) != 0) || try_options(&o) != 0 ||
        !(r.input = fetch_input_open(&o))) {
        report_nothing();
        return 1;
    }
    rc = 1;
    if (!(r.report = report_new(&o, fetch_input_total(r.input)))) {
        complain("out of memory");
    } else if (o.jobs > 1 ? (r.workers = dispatch_new(&o, r.report)) != NULL
                          : local_start(&r.here, &o) == 0) {
        rc = run_all(&r);
    }
    bool failed = rc == 1 || r.input_error < 0 || fetch_input_missing(r.input);
    if (r.report) {
        int told = report_finish(r.report, rc == EXIT_INTERRUPTED);
        rc = told == 0 && failed ? 1 : told;
    }
    dispatch_free(r.workers);
    local_end(&r.here);
    fetch_input_close(r.input);
    return rc;
}
