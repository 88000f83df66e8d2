/* SPDX-License-Identifier: MIT */
/* What greenlets do, in words: the dump, the report of a failed greenlet, the deadlock report. */
#include "report/backtrace.h"
#include "core.h"
#include "os/os.h"
#include "report/page.h"
#include <frond/impl/memory.h>
#include <frond/stack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 64 };

static void print_frames(frond__page *p, void **frames, int n) {
    for (int i = 0; i < n; i++) {
        char name[160];
        frond__symbol(frames[i], true, name, sizeof name);
        frond__print(p, "    #%d %s\n", i, name);
    }
}

static void print_title(frond__page *p, const frond_greenlet *g) {
    frond__print(p, "greenlet %llu", (unsigned long long)g->id);
    if (g->name)
        frond__print(p, " \"%s\"", g->name);
    if (g->traits & FROND__MAIN)
        frond__print(p, " (main)");
    else if (g->traits & FROND__HUB)
        frond__print(p, " (hub)");
    if (!g->run)
        return;
    char name[160];
    frond__symbol((const void *)(uintptr_t)g->run, false, name, sizeof name);
    frond__print(p, " %s(0x%llx)", name, (unsigned long long)(uintptr_t)g->arg);
}

static void print_spawn(frond__page *p, const frond_greenlet *g) {
    if (!g->spawned_at)
        return;
    char name[160];
    frond__symbol(g->spawned_at, true, name, sizeof name);
    frond__print(p, "    spawned by greenlet %llu at %s\n",
                 (unsigned long long)g->spawner, name);
}

static void print_state(frond__page *p, frond_hub *h, const frond_greenlet *g) {
    static const char *const names[] = {"new",     "ready",     "running",
                                        "waiting", "suspended", "dead"};
    bool polls = (g->traits & FROND__HUB) && g != h->current;
    frond__print(p, ": %s", polls ? "between two turns" : names[frond_greenlet_state(g)]);
    if (g->state == FROND_WAITING) {
        char what[160] = "";
        const frond_wait_kind *kind = g->wait->kind;
        if (kind->describe)
            kind->describe(g->wait->object, what, sizeof what);
        else if (g->wait->object)
            snprintf(what, sizeof what, "0x%llx",
                     (unsigned long long)(uintptr_t)g->wait->object);
        frond__print(p, " for %s%s%s, since %.3f s ago", kind->what, *what ? " " : "",
                     what, (double)(frond_now() - g->wait->since) / 1e9);
    }
    if (g->traits & FROND__DELAYED)
        frond__print(p, ", starts later");
    if (g->attention & FROND__KILLED)
        frond__print(p, ", killed");
    frond__print(p, "\n");
}

/* caller: of frond_dump: the frames above it are ours. */
static void print_greenlet(frond__page *p, frond_hub *h, frond_greenlet *g,
                           const void *caller) {
    print_title(p, g);
    print_state(p, h, g);
    print_spawn(p, g);
    void *frames[FRAMES];
    bool ran = g->traits & (FROND__MAIN | FROND__HUB) || g->state != FROND_READY ||
               frond_stack_used(g) > 0;
    if (ran)
        print_frames(p, frames, frond__backtrace_of(h, g, frames, FRAMES, caller));
}

typedef struct {
    frond_greenlet **list;
    size_t n, cap;
} gathering;

static void count_one(frond_greenlet *g, void *arg) {
    (void)g;
    ((gathering *)arg)->cap++;
}

static void gather_one(frond_greenlet *g, void *arg) {
    gathering *a = arg;
    if (g->state != FROND_DEAD)
        a->list[a->n++] = g;
}

static int by_id(const void *a, const void *b) {
    const frond_greenlet *x = *(frond_greenlet *const *)a,
                         *y = *(frond_greenlet *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

static void print_all(frond__page *p, frond_hub *h, const void *caller) {
    gathering all = {NULL, 0, 1};
    frond__stacks_each(h->stacks, count_one, &all);
    all.list = frond_alloc(all.cap * sizeof *all.list);
    if (!all.list) {
        p->failed = true;
        return;
    }
    all.list[all.n++] = &h->main;
    frond__stacks_each(h->stacks, gather_one, &all);
    qsort(all.list, all.n, sizeof *all.list, by_id);
    for (size_t i = 0; i < all.n; i++)
        print_greenlet(p, h, all.list[i], caller);
    frond_free(all.list);
}

FROND_NOINLINE int frond_dump(int fd) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    frond__page p = {0};
    const void *caller = FROND_RETURN_ADDRESS();
    frond__print(&p, "frond: %zu greenlets on thread %llu", h->live + 1,
                 (unsigned long long)frond__os_thread_id());
    size_t bare = frond_stacks_unguarded();
    if (bare)
        frond__print(&p, "; %zu stacks have no guard", bare);
    frond__print(&p, "\n");
    print_all(&p, h, caller);
    return frond__page_write(&p, fd);
}

void frond__report_failed(frond_greenlet *g) {
    frond__page p = {0};
    frond__print(&p, "frond: ");
    print_title(&p, g);
    frond__print(&p, " failed: %s (%s)\n",
                 g->failed_text ? g->failed_text : frond_error_message(g->error),
                 frond_error_name(g->error));
    if (g->failure && g->failure->place)
        frond__print(&p, "    at %s (%s)\n", g->failure->function, g->failure->place);
    print_spawn(&p, g);
    if (g->failure)
        print_frames(&p, g->failure->frames, g->failure->depth);
    frond__page_write(&p, 2);
}

void frond__report_scopes(frond_greenlet *g) {
    frond__page p = {0};
    frond__print(&p, "frond: ");
    print_title(&p, g);
    frond__print(
        &p, " returned without stopping a timeout scope or shield that it had begun\n");
    print_spawn(&p, g);
    frond__page_write(&p, 2);
}

void frond__report_deadlock(frond_hub *h) {
    frond__page p = {0};
    frond__print(&p, "frond: deadlock: no greenlet is ready and nothing can wake one\n");
    print_all(&p, h, NULL);
    frond__page_write(&p, 2);
}
