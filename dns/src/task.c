/* SPDX-License-Identifier: MIT */
/* Greenlets of a resolver's own, for what cannot be done by a callback.  None outlives its resolver's interest:
 * when that goes they are told, and killed. */
#include "inside.h"

#include <frond/error.h>

static void *run(void *task) {
    frond__task *t = task;
    t->work(t);
    return NULL;
}

static void leave(frond__task *t) {
    if (!t->link)
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    t->link = NULL;
}

static void drop(void *task) {
    frond__task *t = task;
    if (t->link)
        t->give_up(t); /* harmless when it has answered */
    leave(t);
    frond_release(t->greenlet);
    t->close(t);
}

int frond__task_start(frond_resolver *r, frond__task *t) {
    frond_spawn_options o = {.name = "dns", .drop = drop};
    t->greenlet = frond_spawn_with(&o, run, t);
    if (!t->greenlet)
        return FROND_ENOMEM;
    t->next = r->tasks;
    t->link = &r->tasks;
    if (t->next)
        t->next->link = &t->next;
    r->tasks = t;
    return 0;
}

void frond__tasks_end(frond_resolver *r) {
    while (r->tasks) {
        frond__task *t = r->tasks;
        t->give_up(t);
        leave(t);
        frond_kill(t->greenlet, FROND_EXIT, FROND_NOW);
    }
}
