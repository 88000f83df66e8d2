/* SPDX-License-Identifier: MIT */
/* Failures that nobody watches, and who is told of them: the program's own function, in a greenlet of its own, or
 * standard error.  The latter also when that function fails itself, or cannot be called. */
#include "core.h"
#include "report/report.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

typedef struct {
    frond_greenlet *failed; /* counted */
    frond_error_fn fn;
    void *arg;
    bool told;
} news;

static void *tell(void *arg) {
    news *n = arg;
    n->told = true;
    n->fn(n->failed, n->arg);
    return NULL;
}

/* It has ended, however, or has never run. */
static void drop(void *arg) {
    news *n = arg;
    if (!n->told)
        frond__report_failed(n->failed);
    frond__greenlet_unref(n->failed);
    frond_free(n);
}

static bool tell_program(frond_hub *h, frond_greenlet *g) {
    static const frond_spawn_options own = {.name = "on error", .drop = drop};
    news *n = frond_alloc(sizeof *n);
    if (!n)
        return false;
    *n = (news){g, h->on_error, h->on_error_arg, false};
    g->refs++;
    frond_greenlet *teller = frond_spawn_with(&own, tell, n);
    if (teller) {
        frond_release(teller);
        return true;
    }
    g->refs--;
    frond_free(n);
    return false;
}

void frond__failed_unseen(frond_hub *h, frond_greenlet *g) {
    if (!h->on_error || g->run == tell || !tell_program(h, g))
        frond__report_failed(g);
}

int frond_on_error(frond_error_fn fn, void *arg) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    h->on_error = fn;
    h->on_error_arg = arg;
    return 0;
}
