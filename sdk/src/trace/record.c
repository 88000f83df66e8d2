/* SPDX-License-Identifier: MIT */
/* What happens on a hub, as events of the Trace Event Format, which Perfetto and Chrome show: a process for each hub,
 * and a row for each greenlet, which is at each moment in one slice: it runs, is ready to, waits for something, or is
 * suspended. */
#include "trace/record.h"

#include "hub/clock.h"
#include "hub/registry.h"
#include "os/os.h"
#include "report/backtrace.h"
#include "report/lines.h"
#include "stack/stack.h"
#include "trace/trace.h"
#include "trace/trace_file.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/settings.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { LINE = 1024, WHAT = 256 };

typedef struct {
    char text[LINE];
    size_t n;
} line;

static void add(line *l, const char *format, ...) FROND_PRINTF(2, 3);

static void add(line *l, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(l->text + l->n, LINE - l->n, format, args);
    va_end(args);
    l->n += n > 0 ? (size_t)n : 0;
    if (l->n >= LINE)
        l->n = LINE - 1;
}

/* Between quotation marks; what is no ASCII may be no UTF-8 either. */
static void add_text(line *l, const char *text) {
    add(l, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            add(l, "\\%c", *c);
        else
            add(l, "%c", *c < 0x20 || *c > 0x7e ? '?' : *c);
    add(l, "\"");
}

static void begin(line *l, const frond_hub *h, uint64_t row, const char *kind) {
    int64_t now = h->tracing->at;
    l->n = 0;
    add(l, "{\"ph\":\"%s\",\"pid\":%llu,\"tid\":%llu,\"ts\":%lld.%03lld", kind,
        (unsigned long long)h->tracing->thread, (unsigned long long)row,
        (long long)(now / 1000), (long long)(now % 1000));
}

static void end(line *l, const frond_hub *h) {
    add(l, "}");
    frond__trace_file_line(h->tracing->recording, l->text, l->n);
}

/* ---- names ---- */

/* Viewers put rows in the order of their names unless they are told another: the one greenlets were made in. */
static void place_row(frond_hub *h, const frond_greenlet *g) {
    line l;
    begin(&l, h, g->id, "M");
    add(&l, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%llu}",
        (unsigned long long)g->id);
    end(&l, h);
}

static void name_row(frond_hub *h, const frond_greenlet *g) {
    line l;
    char name[WHAT], symbol[160] = "";
    if (g->run)
        frond__symbol((const void *)(uintptr_t)g->run, false, symbol, sizeof symbol);
    snprintf(name, sizeof name, "%s%s%s%s", g->traits & FROND__MAIN ? "main" : symbol,
             g->name ? " \"" : "", g->name ? g->name : "", g->name ? "\"" : "");
    begin(&l, h, g->id, "M");
    add(&l, ",\"name\":\"thread_name\",\"args\":{\"name\":");
    add_text(&l, name);
    add(&l, "}");
    end(&l, h);
}

static void show_row(frond_hub *h, const frond_greenlet *g) {
    name_row(h, g);
    place_row(h, g);
}

static void name_hub(frond_hub *h) {
    line l;
    char path[1024] = "", name[WHAT];
    size_t n = sizeof path;
    const char *base = uv_exepath(path, &n) == 0 ? path : "";
    for (const char *c = base; *c; c++)
        if (*c == '/' || *c == '\\')
            base = c + 1;
    snprintf(name, sizeof name, "%.200s %lld", base, (long long)uv_os_getpid());
    begin(&l, h, 0, "M");
    add(&l, ",\"name\":\"process_name\",\"args\":{\"name\":");
    add_text(&l, name);
    add(&l, "}");
    end(&l, h);
}

void frond__record_name(const frond_greenlet *g) {
    if (!g->hub->tracing || !g->hub->tracing->recording)
        return;
    g->hub->tracing->at = frond__real_now();
    name_row(g->hub, g);
}

/* ---- slices ---- */

static void leave(frond_hub *h, const frond_greenlet *g) {
    line l;
    begin(&l, h, g->id, "E");
    end(&l, h);
}

static void enter(frond_hub *h, const frond_greenlet *g, const char *category,
                  const char *what) {
    line l;
    begin(&l, h, g->id, "B");
    add(&l, ",\"cat\":\"%s\",\"name\":", category);
    add_text(&l, what);
    end(&l, h);
}

static void enter_wait(frond_hub *h, const frond_greenlet *g) {
    char what[WHAT];
    frond__wait_text(g->wait, what, sizeof what);
    enter(h, g, "wait", what);
}

/* What it is in now that it does not run. */
static void enter_state(frond_hub *h, const frond_greenlet *g) {
    if (g->traits & FROND__HUB)
        return; /* between two turns */
    if (g->state == FROND_WAITING)
        enter_wait(h, g);
    else if (frond_greenlet_state(g) == FROND_SUSPENDED)
        enter(h, g, "suspended", "suspended");
    else
        enter(h, g, "ready", g->traits & FROND__STARTED ? "ready" : "new");
}

static void enter_run(frond_hub *h, const frond_greenlet *g) {
    bool polls = g->traits & FROND__HUB;
    if (polls && !h->tracing->polled) /* it was made before anybody was told of it */
        show_row(h, g);
    h->tracing->polled |= polls;
    enter(h, g, polls ? "poll" : "run", polls ? "poll" : "run");
}

static void switched(frond_hub *h, const frond_greenlet *from, const frond_greenlet *to) {
    if (from->state != FROND_DEAD) {
        leave(h, from);
        enter_state(h, from);
    }
    if (!(to->traits & FROND__HUB))
        leave(h, to);
    enter_run(h, to);
}

static void spawned(frond_hub *h, const frond_greenlet *by, const frond_greenlet *g) {
    line l;
    char what[64];
    snprintf(what, sizeof what, "spawn %llu", (unsigned long long)g->id);
    begin(&l, h, by->id, "i");
    add(&l, ",\"s\":\"t\",\"cat\":\"spawn\",\"name\":");
    add_text(&l, what);
    end(&l, h);
    show_row(h, g);
    enter(h, g, "ready", "new");
}

void frond__record_event(frond_hub *h, int event, frond_greenlet *from,
                         frond_greenlet *to) {
    h->tracing->at = frond__real_now();
    switch (event) {
    case FROND_TRACE_SPAWN:
        spawned(h, from, to);
        break;
    case FROND_TRACE_EXIT:
        leave(h, from);
        break;
    case FROND__TRACE_WAKE:
        leave(h, to);
        enter(h, to, "ready", "ready");
        break;
    default:
        switched(h, from, to);
    }
}

/* ---- from a beginning to an end ---- */

static void show(frond_greenlet *g, void *hub) {
    frond_hub *h = hub;
    if (g->state == FROND_DEAD)
        return;
    show_row(h, g);
    h->tracing->polled |= (g->traits & FROND__HUB) != 0;
    if (g == h->current)
        enter_run(h, g);
    else
        enter_state(h, g);
}

static void hide(frond_greenlet *g, void *hub) {
    frond_hub *h = hub;
    if (g->state != FROND_DEAD && (!(g->traits & FROND__HUB) || g == h->current))
        leave(h, g);
}

static void show_all(frond_hub *h) {
    h->tracing->at = frond__real_now();
    name_hub(h);
    show(&h->main, h);
    frond__stacks_each(h->stacks, show, h);
}

void frond__record_end(frond_hub *h) {
    if (!h->tracing || !h->tracing->recording)
        return;
    h->tracing->at = frond__real_now();
    hide(&h->main, h);
    frond__stacks_each(h->stacks, hide, h);
}

/* This thread's hub is to do what all do now. */
static void join_in(void *hub) {
    frond_hub *h = hub ? hub : frond__self;
    unsigned current = frond__trace_file();
    frond__trace *t = h && (current || h->tracing) ? frond__trace_of(h) : NULL;
    if (!t || t->recording == current)
        return;
    t->recording = current;
    t->thread = frond__os_thread_id();
    t->polled = false;
    if (current)
        show_all(h);
    frond__trace_settle(h);
}

static void tell_others(const frond_hub *self) {
    uint64_t id = 0, thread;
    frond_hub *h;
    frond__registry_lock();
    while ((h = frond__registry_next(id, &id, &thread)))
        if (h != self && atomic_load(&h->watch.reachable))
            frond_post(h, join_in, NULL);
    frond__registry_unlock();
}

static void stop_at_exit(void) {
    if (frond__self)
        frond__record_end(frond__self);
    if (frond__trace_file_close() == FROND_EIO)
        fprintf(stderr, "frond: the recording could not all be written\n");
}

static int start(const char *path) {
    static atomic_flag watched = ATOMIC_FLAG_INIT;
    int rc = frond__trace_file_open(path);
    if (rc < 0)
        return rc;
    if (!atomic_flag_test_and_set(&watched))
        (void)atexit(stop_at_exit);
    return 0;
}

int frond_trace_start(const char *path) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    int rc = path && *path ? start(path) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_text(rc, "trace to \"%.200s\": %s", path ? path : "",
                               rc == FROND_EBUSY ? "there is a recording already"
                                                 : frond_error_message(rc));
    join_in(h);
    tell_others(h);
    return 0;
}

int frond_trace_stop(void) {
    frond_hub *h = frond__self;
    if (h)
        frond__record_end(h);
    int rc = frond__trace_file_close();
    if (h)
        join_in(h);
    tell_others(h);
    if (rc == FROND_EINVAL)
        return frond_fail_text(rc, "trace: there is no recording");
    return rc < 0 ? frond_fail_set(rc, "trace") : 0;
}

/* Once in a process: what was stopped is not begun anew by the next hub. */
static bool is_asked_for(void) {
    static _Atomic uint64_t begun; /* in the process of this generation, and one more */
    uint64_t now = frond_generation() + 1;
    return atomic_exchange(&begun, now) != now;
}

void frond__record_hub(frond_hub *h) {
    const char *path = frond_config_text(FROND_SETTING_TRACE);
    int rc = path && is_asked_for() && !frond__trace_file() ? start(path) : 0;
    if (rc < 0 && rc != FROND_EBUSY)
        fprintf(stderr, "frond: FROND_TRACE=%.200s: %s\n", path, frond_error_message(rc));
    if (frond__trace_file())
        join_in(h);
}
