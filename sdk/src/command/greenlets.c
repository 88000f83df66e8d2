/* SPDX-License-Identifier: MIT */
/* Commands about greenlets.  A greenlet is HUB.NUMBER, or a number where only one hub has it. */
#include "command/command.h"
#include "command/visit.h"

#include "report/backtrace.h"
#include "report/lines.h"
#include "report/report.h"
#include "stack/stack.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT = 320, NAME = 160 };

static const char *state_of(const frond_hub *h, const frond_greenlet *g) {
    bool polls = (g->traits & FROND__HUB) && g != h->current;
    return polls ? "polling" : frond__state_name(frond_greenlet_state(g));
}

static void what_of(const frond_greenlet *g, char *out, size_t cap) {
    out[0] = '\0';
    if (g->state == FROND_WAITING)
        frond__wait_text(g->wait, out, cap);
}

static void entry_of(const frond_greenlet *g, char *out, size_t cap) {
    if (g->run)
        frond__symbol((const void *)(uintptr_t)g->run, false, out, cap);
    else
        snprintf(out, cap, "main");
}

/* ---- all of a hub, in the order of their numbers ---- */

typedef struct {
    const frond_greenlet **list; /* owned; NULL: no memory */
    size_t n, cap;
} greenlets;

static void count(frond_greenlet *g, void *arg) {
    (void)g;
    ((greenlets *)arg)->cap++;
}

static void collect(frond_greenlet *g, void *arg) {
    greenlets *all = arg;
    if (g->state != FROND_DEAD)
        all->list[all->n++] = g;
}

static int by_id(const void *a, const void *b) {
    const frond_greenlet *x = *(const frond_greenlet *const *)a,
                         *y = *(const frond_greenlet *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static greenlets all_of(frond_hub *h) {
    greenlets all = {.cap = 1};
    frond__stacks_each(h->stacks, count, &all);
    all.list = frond_alloc(all.cap * sizeof *all.list);
    if (!all.list)
        return all;
    collect(&h->main, &all);
    frond__stacks_each(h->stacks, collect, &all);
    qsort(all.list, all.n, sizeof *all.list, by_id);
    return all;
}

/* ---- ps ---- */

static void ps_line(frond__page *p, const frond_hub *h, const frond_greenlet *g) {
    char id[50], what[WHAT], entry[NAME];
    snprintf(id, sizeof id, "%llu.%llu", (unsigned long long)h->owner_id,
             (unsigned long long)g->id);
    what_of(g, what, sizeof what);
    entry_of(g, entry, sizeof entry);
    frond__print(p, "%-8s %-9s ", id, state_of(h, g));
    if (g->state == FROND_WAITING)
        frond__print(p, "%9.3f  ", (double)(frond_now() - g->wait->since) / 1e9);
    else
        frond__print(p, "%9s  ", "-");
    frond__print(p, "%s", entry);
    frond__line_name(p, g);
    frond__print(p, "%s%s\n", *what ? "  " : "", what);
}

static void ps_here(frond__visit *v) {
    greenlets all = all_of(v->hub);
    if (!all.list)
        v->page->failed = true;
    for (size_t i = 0; i < all.n; i++)
        ps_line(v->page, v->hub, all.list[i]);
    frond_free(all.list);
}

int frond__command_ps(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argv;
    (void)arg;
    if (argc != 1)
        return frond__command_refuse("ps", "takes no arguments");
    frond__print(&out->page, "%-8s %-9s %9s  %s\n", "ID", "STATE", "FOR", "WHAT");
    return frond__visit_all(ps_here, NULL, 0, &out->page, NULL, NULL, out->deadline);
}

/* ---- top: those that do the same, together ---- */

typedef struct {
    frond_fn run;
    const void *kind; /* of the wait, or the name of the state */
    const char *state, *what;
    size_t n;
} sort;

static sort sort_of(const frond_hub *h, const frond_greenlet *g) {
    const char *state = state_of(h, g);
    bool waits = g->state == FROND_WAITING;
    const char *what = waits ? g->wait->kind->what : "";
    return (sort){g->run, waits ? (const void *)g->wait->kind : state, state, what, 1};
}

static int same_first(const void *a, const void *b) {
    const sort *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->run, q = (uintptr_t)y->run;
    if (p == q) {
        p = (uintptr_t)x->kind;
        q = (uintptr_t)y->kind;
    }
    return (p > q) - (p < q);
}

static int most_first(const void *a, const void *b) {
    const sort *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

static size_t add_up(sort *s, size_t n) {
    size_t kept = 0;
    qsort(s, n, sizeof *s, same_first);
    for (size_t i = 0; i < n; i++)
        if (kept && same_first(&s[kept - 1], &s[i]) == 0)
            s[kept - 1].n++;
        else
            s[kept++] = s[i];
    qsort(s, kept, sizeof *s, most_first);
    return kept;
}

static void top_here(frond__visit *v) {
    greenlets all = all_of(v->hub);
    sort *s = all.list ? frond_alloc((all.n + 1) * sizeof *s) : NULL;
    if (!s)
        v->page->failed = true;
    size_t n = 0;
    for (size_t i = 0; s && i < all.n; i++)
        if (!(all.list[i]->traits & FROND__HUB))
            s[n++] = sort_of(v->hub, all.list[i]);
    n = s ? add_up(s, n) : 0;
    for (size_t i = 0; i < n; i++) {
        char entry[NAME] = "main";
        if (s[i].run)
            frond__symbol((const void *)(uintptr_t)s[i].run, false, entry, sizeof entry);
        frond__print(v->page, "%4llu %7zu  %-9s %s%s%s\n",
                     (unsigned long long)v->hub->owner_id, s[i].n, s[i].state, entry,
                     *s[i].what ? "  " : "", s[i].what);
    }
    frond_free(s);
    frond_free(all.list);
}

int frond__command_top(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argv;
    (void)arg;
    if (argc != 1)
        return frond__command_refuse("top", "takes no arguments");
    frond__print(&out->page, "%4s %7s  %-9s %s\n", "HUB", "COUNT", "STATE", "WHAT");
    return frond__visit_all(top_here, NULL, 0, &out->page, NULL, NULL, out->deadline);
}

/* ---- dump ---- */

static void dump_here(frond__visit *v) {
    frond__dump_print(v->page, v->hub, NULL);
}

int frond__command_dump(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argv;
    (void)arg;
    if (argc != 1)
        return frond__command_refuse("dump", "takes no arguments");
    return frond__visit_all(dump_here, NULL, 0, &out->page, NULL, NULL, out->deadline);
}

/* ---- one greenlet ---- */

typedef struct {
    uint64_t hub, id; /* hub 0: any */
    int error;
} one;

static bool parse(const char *text, one *o) {
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    uint64_t first = strtoull(text, &end, 10);
    o->hub = 0;
    o->id = first;
    if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
        o->hub = first;
        o->id = strtoull(end + 1, &end, 10);
    }
    return *end == '\0';
}

typedef struct {
    uint32_t found;
} answer;

typedef struct {
    uint64_t id;
    frond_greenlet *found;
} search;

static void compare(frond_greenlet *g, void *arg) {
    search *s = arg;
    if (g->state != FROND_DEAD && g->id == s->id)
        s->found = g;
}

static frond_greenlet *find_here(const frond__visit *v, one *o) {
    *o = *(const one *)v->question;
    search s = {o->id, NULL};
    if (!o->hub || o->hub == v->hub->owner_id) {
        compare(&v->hub->main, &s);
        frond__stacks_each(v->hub->stacks, compare, &s);
    }
    ((answer *)v->answer)->found = s.found != NULL;
    return s.found;
}

static void look_here(frond__visit *v) {
    one o;
    (void)find_here(v, &o);
}

static void bt_here(frond__visit *v) {
    one o;
    frond_greenlet *g = find_here(v, &o);
    if (g)
        frond__lines_greenlet(v->page, v->hub, g, NULL);
}

static void kill_here(frond__visit *v) {
    one o;
    frond_greenlet *g = find_here(v, &o);
    if (!g)
        return;
    if (g->traits & (FROND__MAIN | FROND__HUB)) {
        ((answer *)v->answer)->found = 0;
        return;
    }
    frond__line_title(v->page, g);
    frond__kill_mark(v->hub, g, o.error);
    frond__print(v->page, " is told to end\n");
}

static void count_found(uint64_t hub, uint64_t thread, const void *what, void *arg) {
    (void)hub;
    (void)thread;
    *(size_t *)arg += what ? ((const answer *)what)->found : 0;
}

/* Asks first whether it is one: an order is for no other. */
static int for_one(frond_reply *out, const char *name, const one *o, frond__visit_fn fn) {
    size_t found = 0;
    int rc = frond__visit_all(look_here, o, sizeof *o, &out->page, count_found, &found,
                              out->deadline);
    if (rc < 0)
        return rc;
    if (found != 1)
        return frond__command_refuse(name, found
                                               ? "several hubs have that one: HUB.NUMBER"
                                               : "there is no such greenlet");
    found = 0;
    rc = frond__visit_all(fn, o, sizeof *o, &out->page, count_found, &found,
                          out->deadline);
    return rc == 0 && !found ? frond__command_refuse(
                                   name, "not the main greenlet, and not the hub's own")
                             : rc;
}

int frond__command_bt(frond_reply *out, int argc, const char *const *argv, void *arg) {
    one o = {0};
    (void)arg;
    if (argc != 2 || !parse(argv[1], &o))
        return frond__command_refuse("bt", "takes a greenlet's number, as ps shows it");
    return for_one(out, "bt", &o, bt_here);
}

/* "FROND_ECANCELED", "ECANCELED" or its number; 0: there is none. */
static int error_named(const char *text) {
    static const struct {
        const char *name;
        int code;
    } all[] = {
#define ROW(name, number, sentence, who) {"FROND_" #name, number},
        FROND_ERRORS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, text) == 0 || strcmp(all[i].name + 6, text) == 0 ||
            all[i].code == atoi(text))
            return all[i].code;
    return 0;
}

int frond__command_kill(frond_reply *out, int argc, const char *const *argv, void *arg) {
    one o = {.error = FROND_EXIT};
    (void)arg;
    if (argc < 2 || argc > 3 || !parse(argv[1], &o))
        return frond__command_refuse(
            "kill", "takes a greenlet's number, as ps shows it, and an error");
    if (argc == 3 && !(o.error = error_named(argv[2])))
        return frond__command_refuse("kill", "there is no such error");
    return for_one(out, "kill", &o, kill_here);
}
