/* SPDX-License-Identifier: MIT */
/* Hubs that do not turn, memory, and hubs that do not answer. */
#include "monitor/watch.h"

#include "hub/registry.h"
#include "os/os.h"
#include "report/backtrace.h"
#include "report/lines.h"
#include "report/report.h"
#include <frond/impl/settings.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum {
    NEVER = -1,
    LOOKS = 4,       /* at a hub, in the time that it may block */
    ANSWER_MS = 1000 /* to dump itself in */
};

static uint64_t memory_due, dumps_due; /* on the clock of now_ms(); 0: not */
static bool memory_over;

static uint64_t now_ms(void) {
    return uv_hrtime() / 1000000;
}

void frond__watch_reset(void) {
    memory_due = dumps_due = 0;
    memory_over = false;
}

/* ---- what was seen of a hub ---- */

bool frond__sample_look(frond__sample *s) {
    const frond_hub *h = s->hub;
    const frond_greenlet *g = h->current;
    if (!g) /* the hub is being made */
        return s->blocked = false;
    bool alone = (g->traits & FROND__MAIN) && h->live == 0;
    s->blocked =
        !s->pulse || (atomic_load(&h->watch.pulse) == s->pulse && !alone && !g->ignores);
    s->traits = g->traits;
    s->greenlet = g->id;
    s->run = g->run;
    s->arg = g->arg;
    s->n = 0;
    s->name[0] = '\0';
    for (size_t i = 0; g->name && i < sizeof s->name - 1 && g->name[i]; i++) {
        s->name[i] = g->name[i];
        s->name[i + 1] = '\0';
    }
    return s->blocked;
}

void frond__watch_title(frond__page *p, const frond__sample *s) {
    char name[sizeof s->name];
    if (s->greenlet == 0) { /* nobody could look */
        frond__print(p, "a greenlet");
        return;
    }
    memcpy(name, s->name, sizeof name);
    frond_greenlet as = {.id = s->greenlet,
                         .name = *name ? name : NULL,
                         .traits = (uint8_t)s->traits,
                         .run = s->run,
                         .arg = s->arg};
    frond__line_title(p, &as);
}

/* The innermost is not where a call returns to, but where it stands. */
void frond__watch_frames(frond__page *p, const frond__sample *s) {
    char name[160];
    if (s->n == 0) {
        frond__print(p, "    its stack could not be had\n");
        return;
    }
    frond__symbol(s->frames[0], false, name, sizeof name);
    frond__print(p, "    #0 %s\n", name);
    for (int i = 1; i < s->n; i++) {
        frond__symbol(s->frames[i], true, name, sizeof name);
        frond__print(p, "    #%d %s\n", i, name);
    }
}

/* ---- blocking ---- */

typedef struct {
    uint64_t thread, ms;
    bool begins, ends;
    frond__sample sample;
} finding;

/* Looks at one hub, with the registry's lock. */
static void look(frond_hub *h, uint64_t limit, finding *f) {
    uint64_t pulse = atomic_load(&h->watch.pulse), now = now_ms();
    if (pulse != h->watch.seen.pulse) {
        f->ends = h->watch.seen.told;
        f->ms = now - h->watch.seen.since;
        h->watch.seen.pulse = pulse;
        h->watch.seen.since = now;
        h->watch.seen.told = false;
        return;
    }
    f->ms = now - h->watch.seen.since;
    if (!(pulse & 1) || h->watch.seen.told || f->ms < limit)
        return;
    f->sample = (frond__sample){.hub = h, .pulse = pulse};
    if (!frond__sample_take(&f->sample, f->thread))
        f->sample.blocked = atomic_load(&h->watch.pulse) == pulse; /* untold by whom */
    f->begins = h->watch.seen.told = f->sample.blocked;
    if (!f->begins)
        h->watch.seen.since = now; /* its greenlet may block, or there are no others */
}

static void report_begin(const finding *f) {
    frond__page p = {0};
    frond__print(&p, "frond: ");
    frond__watch_title(&p, &f->sample);
    frond__print(&p, " keeps thread %llu from running others, for %llu ms so far\n",
                 (unsigned long long)f->thread, (unsigned long long)f->ms);
    frond__watch_frames(&p, &f->sample);
    frond__report(&p, (frond_notice){.kind = FROND_NOTICE_BLOCKING,
                                     .thread = f->thread,
                                     .greenlet = f->sample.greenlet,
                                     .amount = f->ms});
}

static void report_end(const finding *f) {
    frond__page none = {0};
    frond__report(&none, (frond_notice){.kind = FROND_NOTICE_BLOCKING_OVER,
                                        .thread = f->thread,
                                        .amount = f->ms});
}

void frond__watch_end(const frond_hub *h) {
    if (h->watch.seen.told)
        report_end(&(finding){.thread = frond__os_thread_id(),
                              .ms = now_ms() - h->watch.seen.since});
}

int frond__watch_blocking(void) {
    uint64_t limit, id = 0;
    frond_config_number(FROND_SETTING_MAX_BLOCKING_MS, &limit);
    while (limit) {
        finding f = {0};
        frond__registry_lock();
        frond_hub *h = frond__registry_next(id, &id, &f.thread);
        if (h && h->watch.on)
            look(h, limit, &f);
        frond__registry_unlock();
        if (!h)
            break;
        if (f.begins)
            report_begin(&f);
        if (f.ends)
            report_end(&f);
    }
    return limit ? (int)(limit / LOOKS ? limit / LOOKS : 1) : NEVER;
}

/* ---- memory ---- */

static void report_memory(uint64_t bytes, uint64_t limit) {
    frond__page p = {0};
    frond__print(&p, "frond: memory: %llu KiB are resident, %s FROND_MAX_MEMORY (%llu)\n",
                 (unsigned long long)(bytes / 1024),
                 memory_over ? "more than" : "no longer more than",
                 (unsigned long long)(limit / 1024));
    frond__report(&p, (frond_notice){.kind = memory_over ? FROND_NOTICE_MEMORY_OVER
                                                         : FROND_NOTICE_MEMORY_UNDER,
                                     .amount = bytes});
}

int frond__watch_memory(void) {
    uint64_t limit, period, now = now_ms();
    frond_config_number(FROND_SETTING_MEMORY_PERIOD_MS, &period);
    if (!frond_config_number(FROND_SETTING_MAX_MEMORY, &limit))
        return NEVER;
    if (now >= memory_due) {
        memory_due = now + period;
        size_t bytes = frond__os_resident();
        if (bytes && (bytes > limit) != memory_over) {
            memory_over = bytes > limit;
            report_memory(bytes, limit);
        }
    }
    return (int)(memory_due - now);
}

/* ---- dumps ---- */

void frond__watch_dump_begin(void) {
    frond__dump_ask(NULL);
    dumps_due = now_ms() + ANSWER_MS;
}

static void report_silent(const frond__sample *s, uint64_t thread, bool has_loop) {
    frond__page p = {0};
    frond__print(&p, "frond: the hub of thread %llu %s; it runs ",
                 (unsigned long long)thread,
                 has_loop ? "does not answer" : "has no loop to be asked by");
    frond__watch_title(&p, s);
    frond__print(&p, "\n");
    frond__watch_frames(&p, s);
    frond__dump_write(&p);
}

static void look_for_silent(void) {
    uint64_t id = 0, thread;
    for (frond_hub *h = NULL;;) {
        frond__sample s = {0};
        bool silent = false, has_loop = false;
        frond__registry_lock();
        h = frond__registry_next(id, &id, &thread);
        if (h && h->watch.on) {
            has_loop = atomic_load(&h->watch.reachable);
            silent = !has_loop || atomic_exchange(&h->watch.asked, false);
            s.hub = h;
            if (silent && !frond__sample_take(&s, thread))
                s.n = 0;
        }
        frond__registry_unlock();
        if (!h)
            return;
        if (silent)
            report_silent(&s, thread, has_loop);
    }
}

int frond__watch_dumps(void) {
    uint64_t now = now_ms();
    if (dumps_due && now >= dumps_due) {
        dumps_due = 0;
        look_for_silent();
    }
    return dumps_due ? (int)(dumps_due - now) : NEVER;
}
