/* SPDX-License-Identifier: MIT */
/* One greenlet in words. */
#include "report/lines.h"

#include "report/backtrace.h"
#include <frond/stack.h>
#include <stdio.h>

enum { NAME = 160 };

static void symbol_line(frond__page *p, const char *before, const void *address,
                        bool call) {
    char name[NAME];
    frond__symbol(address, call, name, sizeof name);
    frond__print(p, "%*s%s%s\n", p->indent, "", before, name);
}

void frond__lines_frames(frond__page *p, void *const *frames, int n) {
    for (int i = 0; i < n; i++) {
        char before[20];
        snprintf(before, sizeof before, "    #%d ", i);
        symbol_line(p, before, frames[i], true);
    }
}

void frond__line_name(frond__page *p, const frond_greenlet *g) {
    if (!g->name)
        return;
    frond__print(p, " \"");
    for (const char *c = g->name; *c; c++)
        frond__print(p, "%c", (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c);
    frond__print(p, "\"");
}

void frond__line_title(frond__page *p, const frond_greenlet *g) {
    frond__print(p, "greenlet %llu", (unsigned long long)g->id);
    frond__line_name(p, g);
    if (g->traits & FROND__MAIN)
        frond__print(p, " (main)");
    else if (g->traits & FROND__HUB)
        frond__print(p, " (hub)");
    if (!g->run)
        return;
    char name[NAME];
    frond__symbol((const void *)(uintptr_t)g->run, false, name, sizeof name);
    frond__print(p, " %s(0x%llx)", name, (unsigned long long)(uintptr_t)g->arg);
}

void frond__lines_spawn(frond__page *p, const frond_greenlet *g) {
    if (!g->spawned_at)
        return;
    char before[60];
    snprintf(before, sizeof before, "    spawned by greenlet %llu at ",
             (unsigned long long)g->spawner);
    symbol_line(p, before, g->spawned_at, true);
}

void frond__wait_text(const frond_waiter *w, char *out, size_t cap) {
    char what[NAME] = "";
    if (w->kind->describe)
        w->kind->describe(w->object, what, sizeof what);
    else if (w->object)
        snprintf(what, sizeof what, "0x%llx", (unsigned long long)(uintptr_t)w->object);
    snprintf(out, cap, "%s%s%s", w->kind->what, *what ? " " : "", what);
}

const char *frond__state_name(frond_state state) {
    static const char *const names[] = {"new",     "ready",     "running",
                                        "waiting", "suspended", "dead"};
    return names[state];
}

static void print_state(frond__page *p, const frond_hub *h, const frond_greenlet *g) {
    bool polls = (g->traits & FROND__HUB) && g != h->current;
    frond__print(p, ": %s",
                 polls ? "between two turns"
                       : frond__state_name(frond_greenlet_state(g)));
    if (g->state == FROND_WAITING) {
        char what[2 * NAME];
        frond__wait_text(g->wait, what, sizeof what);
        frond__print(p, " for %s, since %.3f s ago", what,
                     (double)(frond_now() - g->wait->since) / 1e9);
    }
    if (g->traits & FROND__DELAYED)
        frond__print(p, ", starts later");
    if (g->attention & FROND__KILLED)
        frond__print(p, ", killed");
    frond__print(p, "\n");
}

void frond__lines_greenlet(frond__page *p, frond_hub *h, frond_greenlet *g,
                           const void *caller) {
    frond__print(p, "%*s", p->indent, "");
    frond__line_title(p, g);
    print_state(p, h, g);
    frond__lines_spawn(p, g);
    void *frames[FROND__FRAMES];
    bool ran = g->traits & (FROND__MAIN | FROND__HUB) || g->state != FROND_READY ||
               frond_stack_used(g) > 0;
    if (ran)
        frond__lines_frames(p, frames,
                            frond__backtrace_of(h, g, frames, FROND__FRAMES, caller));
}
