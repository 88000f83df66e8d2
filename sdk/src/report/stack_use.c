/* SPDX-License-Identifier: MIT */
/* The report of stack use, at exit.  A table of fixed size: what no longer fits goes to one row.  Stacks are
 * given their memory anew for each greenlet then (frond__stacks_exact), so what was touched is the greenlet's. */
#include "report/stack_use.h"

#include "hub/registry.h"
#include "report/backtrace.h"
#include "report/page.h"
#include "stack/stack.h"
#include <frond/impl/settings.h>
#include <frond/stack.h>
#include <stdlib.h>

enum { ROWS = 512 };

typedef struct {
    frond_fn run; /* NULL in the last row: all others */
    uint64_t n;
    size_t most, size;
} row;

static row rows[ROWS + 1];

static int by_use(const void *a, const void *b) {
    const row *x = a, *y = b;
    return (x->most < y->most) - (x->most > y->most);
}

static row *row_of(frond_fn run) {
    size_t first = (size_t)((uintptr_t)run * 0x9e3779b1U >> 4) % ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        row *r = &rows[(first + i) % ROWS];
        if (!r->run)
            r->run = run;
        if (r->run == run)
            return r;
    }
    return &rows[ROWS];
}

static void note(const frond_greenlet *g) {
    char *low, *high;
    frond__stack_bounds(g, &low, &high);
    size_t used = frond_stack_used(g), size = (size_t)(high - low);
    frond__registry_lock();
    row *r = row_of(g->run);
    r->n++;
    if (r->most <= used) {
        r->most = used;
        r->size = size;
    }
    frond__registry_unlock();
}

void frond__stack_use_note(const frond_greenlet *g) {
    if (g->slab && g->run && !(g->traits & FROND__HUB))
        note(g);
}

static void note_living(frond_greenlet *g, void *arg) {
    (void)arg;
    if (g->state != FROND_DEAD && g->state != FROND_NEW)
        frond__stack_use_note(g);
}

static void print_row(frond__page *p, const row *r) {
    char name[160] = "others";
    if (r->run)
        frond__symbol((const void *)(uintptr_t)r->run, false, name, sizeof name);
    frond__print(p, "%9zu of %9zu in %8llu greenlets: %s\n", r->most, r->size,
                 (unsigned long long)r->n, name);
}

static void at_exit(void) {
    frond__page p = {0};
    if (frond__self && frond__self->stack_use)
        frond__stacks_each(frond__self->stacks, note_living, NULL);
    frond__print(&p, "frond: most stack used, in bytes, by what greenlets began with:\n");
    frond__registry_lock();
    qsort(rows, ROWS + 1, sizeof *rows, by_use);
    for (size_t i = 0; i <= ROWS; i++)
        if (rows[i].n)
            print_row(&p, &rows[i]);
    frond__registry_unlock();
    frond__page_write(&p, 2);
}

int frond__stack_use_begin(frond_hub *h) {
    static atomic_flag registered = ATOMIC_FLAG_INIT;
    uint64_t wanted;
    frond_config_number(FROND_SETTING_STACK_REPORT, &wanted);
    h->stack_use = wanted != 0;
    if (!h->stack_use)
        return 0;
    frond__stacks_exact(h->stacks);
    if (!atomic_flag_test_and_set(&registered))
        (void)atexit(at_exit);
    return frond__trace_need(h);
}
