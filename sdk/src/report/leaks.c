/* SPDX-License-Identifier: MIT */
/* What a thread has made and not freed: objects, by their homes, and greenlets.  Objects may be freed on any
 * thread, so the list of a hub is the registry's lock's.
 *
 * The main thread need not close its hub: with FROND_LEAKS that is done when the process exits, since nothing is
 * left over before. */
#include "report/leaks.h"

#include "hub/registry.h"
#include "os/os.h"
#include "report/backtrace.h"
#include "report/lines.h"
#include "report/report.h"
#include "stack/stack.h"
#include <frond/debug.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/settings.h>
#include <stdlib.h>

enum { FRAMES = 16, OWN = 2 /* frames: of this file, and the home's */, CLOSE_MS = 1000 };

struct frond__origin {
    frond__origin *next, *prev;
    uint64_t greenlet; /* that made it */
    int n;
    void *frames[FRAMES];
};

static void at_exit(void) {
    const frond_hub *h = frond__self;
    static const char elsewhere[] =
        "frond: leaks are not known: exit() was called outside the main greenlet\n";
    if (!h || !h->leaks)
        return;
    if (h->current == &h->main)
        frond_hub_close(frond_in(CLOSE_MS));
    else
        (void)frond__os_write(2, elsewhere, sizeof elsewhere - 1);
}

void frond__leaks_begin(frond_hub *h) {
    static atomic_flag registered = ATOMIC_FLAG_INIT;
    uint64_t wanted;
    frond_config_number(FROND_SETTING_LEAKS, &wanted);
    h->leaks = wanted != 0;
    if (h->leaks && !atomic_flag_test_and_set(&registered))
        (void)atexit(at_exit);
}

FROND_NOINLINE frond__origin *frond__origin_note(frond_hub *h) {
    frond__origin *o = frond_calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->greenlet = h->current->id;
    o->n = frond__unwind(o->frames, FRAMES, 1 + OWN);
    frond__registry_lock();
    o->next = h->origins;
    if (o->next)
        o->next->prev = o;
    h->origins = o;
    frond__registry_unlock();
    return o;
}

static void unlink_origin(frond_hub *h, frond__origin *o) {
    if (o->prev)
        o->prev->next = o->next;
    else
        h->origins = o->next;
    if (o->next)
        o->next->prev = o->prev;
}

void frond__origin_drop(frond_hub *h, frond__origin *o) {
    frond__registry_lock();
    unlink_origin(h, o);
    frond__registry_unlock();
    frond_free(o);
}

typedef struct {
    frond__page *page; /* NULL: they are only counted */
    const frond_greenlet *but;
    size_t n;
} listing;

static void list_greenlet(frond_greenlet *g, void *arg) {
    listing *l = arg;
    bool kept = g->state != FROND_DEAD || g->refs + atomic_load(&g->foreign_refs) > 0;
    if (!kept || g == l->but || (g->traits & FROND__HUB))
        return;
    l->n++;
    if (!l->page)
        return;
    frond__line_title(l->page, g);
    frond__print(l->page,
                 g->state == FROND_DEAD ? ": was not released\n" : ": has not ended\n");
    frond__lines_spawn(l->page, g);
}

/* Both lists, the latest made first. */
static void list_all(frond_hub *h, listing *l) {
    frond__stacks_each(h->stacks, list_greenlet, l);
    frond__registry_lock();
    for (const frond__origin *o = h->origins; o; o = o->next) {
        l->n++;
        if (!l->page)
            continue;
        frond__print(l->page, "an object made by greenlet %llu was not freed\n",
                     (unsigned long long)o->greenlet);
        frond__lines_frames(l->page, o->frames, o->n);
    }
    frond__registry_unlock();
}

int64_t frond_leaks(int fd) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    if (!h->leaks)
        return frond_fail_text(FROND_EINVAL, "leaks: FROND_LEAKS is not set");
    frond__page p = {0};
    listing l = {fd >= 0 ? &p : NULL, h->current, 0};
    list_all(h, &l);
    int rc = fd >= 0 ? frond__page_write(&p, fd) : 0;
    return rc < 0 ? frond_fail_set(rc, "leaks") : (int64_t)l.n;
}

void frond__leaks_end(frond_hub *h) {
    frond__page p = {0};
    listing counted = {0}, told = {.page = &p};
    if (h->leaks)
        list_all(h, &counted);
    if (counted.n == 0)
        return;
    frond__print(&p, "frond: thread %llu has ended its hub and left %zu behind:\n",
                 (unsigned long long)frond__os_thread_id(), counted.n);
    list_all(h, &told);
    frond__report(&p, (frond_notice){.kind = FROND_NOTICE_LEAKS,
                                     .thread = frond__os_thread_id(),
                                     .amount = counted.n});
}
