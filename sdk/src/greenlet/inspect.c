/* SPDX-License-Identifier: MIT */
/* What can be asked of a greenlet. */
#include "core.h"
#include "trace/record.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

frond_greenlet *frond_current(void) {
    frond_hub *h = frond__hub();
    return h ? h->current : NULL;
}

frond_state frond_greenlet_state(const frond_greenlet *g) {
    if (!g)
        return FROND_DEAD;
    return g->gate ? FROND_SUSPENDED : (frond_state)g->state;
}

int frond_dead(const frond_greenlet *g) {
    return !g || g->state == FROND_DEAD;
}

int frond_successful(const frond_greenlet *g) {
    return g && g->state == FROND_DEAD && (g->error == 0 || g->error == FROND_EXIT);
}

int frond_exited(const frond_greenlet *g) {
    return g && g->state == FROND_DEAD && g->error == FROND_EXIT;
}

int frond_greenlet_error(const frond_greenlet *g) {
    return g && g->state == FROND_DEAD ? g->error : 0;
}

const char *frond_name(const frond_greenlet *g) {
    return g && g->name ? g->name : "";
}

int frond_name_set(frond_greenlet *g, const char *name) {
    if (!g || !name)
        return frond_fail_set(FROND_EINVAL, "name");
    if (g->hub != frond__self)
        return frond__fail_thread(g->hub->owner_id, "name");
    char *copy = frond_strndup(name, strnlen(name, 255));
    if (!copy)
        return frond_fail_set(FROND_ENOMEM, "name");
    char *before = g->name;
    g->name = copy; /* first: somebody may look on from a signal handler */
    frond_free(before);
    frond__record_name(g);
    return 0;
}

uint64_t frond_id(const frond_greenlet *g) {
    return g ? g->id : 0;
}
