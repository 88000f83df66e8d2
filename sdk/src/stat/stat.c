/* SPDX-License-Identifier: MIT */
/* The command `stat`: what each hub has, and what the process counts, in words and as OpenMetrics. */
#include "command/command.h"
#include "command/visit.h"

#include "report/lines.h"
#include "stack/stack.h"
#include "stat/figures.h"
#include "stat/lag.h"
#include <frond/impl/memory.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STATES = FROND_DEAD }; /* those before are of greenlets that have not ended */

typedef struct {
    uint64_t hub, thread, greenlets[STATES], switches, timers, stacks, stack_bytes;
    struct frond__lag lag;
} hub_stat;
_Static_assert(sizeof(hub_stat) <= FROND__ANSWER, "an answer has room for it");

typedef struct {
    hub_stat *hubs; /* owned */
    size_t n, cap, silent;
    bool failed; /* no memory */
} stats;

/* ---- on each hub's thread ---- */

static void count(frond_greenlet *g, void *arg) {
    hub_stat *s = arg;
    if (g->state != FROND_DEAD && !(g->traits & FROND__HUB))
        s->greenlets[frond_greenlet_state(g)]++;
}

static void look(frond__visit *v) {
    frond_hub *h = v->hub;
    hub_stat *s = v->answer;
    count(&h->main, s);
    frond__stacks_each(h->stacks, count, s);
    frond__stacks_sum(h->stacks, &s->stacks, &s->stack_bytes);
    s->switches = h->switches;
    s->timers = h->armed;
    if (h->lag)
        s->lag = *h->lag;
    else
        h->lag = frond_calloc(1, sizeof *h->lag); /* from now on; else the next time */
}

static bool has_room(stats *all) {
    if (all->n < all->cap)
        return true;
    hub_stat *grown = frond_realloc(all->hubs, (all->cap + 8) * 2 * sizeof *grown);
    if (!grown)
        return false;
    all->hubs = grown;
    all->cap = (all->cap + 8) * 2;
    return true;
}

static void keep(uint64_t hub, uint64_t thread, const void *answer, void *arg) {
    stats *all = arg;
    if (!answer) {
        all->silent++;
    } else if (!has_room(all)) {
        all->failed = true;
    } else {
        hub_stat *s = &all->hubs[all->n++];
        memcpy(s, answer, sizeof *s);
        s->hub = hub;
        s->thread = thread;
    }
}

/* ---- words ---- */

static void say_hub(frond_reply *out, const hub_stat *s) {
    uint64_t all = 0;
    for (int i = 0; i < STATES; i++)
        all += s->greenlets[i];
    frond_reply_print(out,
                      "hub %" PRIu64 " of thread %" PRIu64 ": %" PRIu64 " greenlets (",
                      s->hub, s->thread, all);
    bool first = true;
    for (int i = 0; i < STATES; i++)
        if (s->greenlets[i]) {
            frond_reply_print(out, "%s%" PRIu64 " %s", first ? "" : ", ", s->greenlets[i],
                              frond__state_name((frond_state)i));
            first = false;
        }
    frond_reply_print(
        out,
        "), %" PRIu64 " switches, %" PRIu64 " timers, %" PRIu64 " stacks of %.1f MiB\n",
        s->switches, s->timers, s->stacks, (double)s->stack_bytes / (1 << 20));
    if (s->lag.count)
        frond_reply_print(out, "    turns: %" PRIu64 ", %.3f ms on average", s->lag.count,
                          (double)s->lag.sum_ns / (double)s->lag.count / 1e6);
    for (int i = FROND__LAGS - 1; s->lag.count && i > 0; i--)
        if (s->lag.within[i]) {
            frond_reply_print(out, ", %" PRIu64 " over %g ms", s->lag.within[i],
                              (double)frond__lag_bounds[i - 1] / 1e6);
            break;
        }
    if (s->lag.count)
        frond_reply_print(out, "\n");
}

static void say(frond_reply *out, const stats *all) {
    for (size_t i = 0; i < all->n; i++)
        say_hub(out, &all->hubs[i]);
    for (int f = 0; f < FROND_FIGURE_COUNT; f++)
        if (frond__figure((frond_figure)f))
            frond_reply_print(out, "%s: %" PRId64 "\n", frond__figures[f].text,
                              frond__figure((frond_figure)f));
}

/* ---- OpenMetrics ---- */

static void family(frond_reply *out, const char *name, const char *type, const char *unit,
                   const char *help) {
    frond_reply_print(out, "# TYPE frond_%s %s\n", name, type);
    if (unit)
        frond_reply_print(out, "# UNIT frond_%s %s\n", name, unit);
    frond_reply_print(out, "# HELP frond_%s %s\n", name, help);
}

static void tell_greenlets(frond_reply *out, const stats *all) {
    family(out, "greenlets", "gauge", NULL, "Greenlets that have not ended, by state.");
    for (size_t i = 0; i < all->n; i++)
        for (int k = 0; k < STATES; k++)
            frond_reply_print(
                out, "frond_greenlets{hub=\"%" PRIu64 "\",state=\"%s\"} %" PRIu64 "\n",
                all->hubs[i].hub, frond__state_name((frond_state)k),
                all->hubs[i].greenlets[k]);
}

/* One number of each hub, at an offset of its struct. */
static void tell_each(frond_reply *out, const stats *all, const char *name,
                      size_t offset) {
    for (size_t i = 0; i < all->n; i++)
        frond_reply_print(
            out, "frond_%s{hub=\"%" PRIu64 "\"} %" PRIu64 "\n", name, all->hubs[i].hub,
            *(const uint64_t *)(const void *)((const char *)&all->hubs[i] + offset));
}

/* Seconds in the form that OpenMetrics calls canonical. */
static void write_bound(char *out, size_t cap, int64_t ns) {
    int n = snprintf(out, cap, "%g", (double)ns / 1e9);
    if (strspn(out, "0123456789") == (size_t)n)
        snprintf(out + n, cap - (size_t)n, ".0");
}

static void tell_lag(frond_reply *out, const hub_stat *s) {
    uint64_t sum = 0;
    for (int i = 0; i < FROND__LAGS; i++) {
        char bound[24] = "+Inf";
        if (i < FROND__LAGS - 1)
            write_bound(bound, sizeof bound, frond__lag_bounds[i]);
        sum += s->lag.within[i];
        frond_reply_print(out,
                          "frond_loop_lag_seconds_bucket{hub=\"%" PRIu64
                          "\",le=\"%s\"} %" PRIu64 "\n",
                          s->hub, bound, sum);
    }
    frond_reply_print(out, "frond_loop_lag_seconds_sum{hub=\"%" PRIu64 "\"} %.9f\n",
                      s->hub, (double)s->lag.sum_ns / 1e9);
    frond_reply_print(out,
                      "frond_loop_lag_seconds_count{hub=\"%" PRIu64 "\"} %" PRIu64 "\n",
                      s->hub, s->lag.count);
}

static void tell_figures(frond_reply *out) {
    for (int f = 0; f < FROND_FIGURE_COUNT; f++) {
        const frond__figure_row *row = &frond__figures[f];
        family(out, row->metric, row->counts ? "counter" : "gauge", NULL, row->text);
        frond_reply_print(out, "frond_%s%s %" PRId64 "\n", row->metric,
                          row->counts ? "_total" : "", frond__figure((frond_figure)f));
    }
}

static void tell(frond_reply *out, const stats *all) {
    tell_greenlets(out, all);
    family(out, "switches", "counter", NULL, "Switches to greenlets.");
    tell_each(out, all, "switches_total", offsetof(hub_stat, switches));
    family(out, "timers", "gauge", NULL, "Timers that are running.");
    tell_each(out, all, "timers", offsetof(hub_stat, timers));
    family(out, "stacks", "gauge", NULL, "Stacks in use.");
    tell_each(out, all, "stacks", offsetof(hub_stat, stacks));
    family(out, "stack_bytes", "gauge", "bytes", "Address space of these.");
    tell_each(out, all, "stack_bytes", offsetof(hub_stat, stack_bytes));
    family(out, "loop_lag_seconds", "histogram", "seconds",
           "Time from one look of a hub at what has happened to the next.");
    for (size_t i = 0; i < all->n; i++)
        tell_lag(out, &all->hubs[i]);
    family(out, "hubs_silent", "gauge", NULL, "Hubs that did not answer.");
    frond_reply_print(out, "frond_hubs_silent %zu\n", all->silent);
    tell_figures(out);
    frond_reply_print(out, "# EOF\n");
}

/* What hubs that do not answer are told by in words has no place among metrics. */
int frond__command_stat(frond_reply *out, int argc, const char *const *argv, void *arg) {
    stats all = {0};
    frond__page words = {0};
    bool metrics = argc == 2 && strcmp(argv[1], "--openmetrics") == 0;
    (void)arg;
    if (argc > 2 || (argc == 2 && !metrics))
        return frond__command_refuse("stat", "takes --openmetrics, or nothing");
    int rc = frond__visit_all(look, NULL, 0, &words, keep, &all, out->deadline);
    if (rc == 0 && all.failed)
        rc = FROND_ENOMEM;
    if (rc == 0 && metrics)
        tell(out, &all);
    else if (rc == 0)
        say(out, &all);
    if (!metrics && words.used)
        frond__print(&out->page, "%s", words.text);
    frond__page_free(&words);
    frond_free(all.hubs);
    return rc;
}
