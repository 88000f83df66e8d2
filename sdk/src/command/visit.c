/* SPDX-License-Identifier: MIT */
/* A visit's state belongs to the asker until the post is made, then to whoever is last: an asker that does not wait
 * any longer leaves it to the answer's way back. */
#include "command/visit.h"

#include "ensure.h"
#include "hub/registry.h"
#include <frond/event.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { PATIENCE_MS = 1000 /* with a hub that does not turn */ };

typedef struct {
    frond_hub *asker; /* a reference: a door that the answer comes by */
    frond_event answered;
    bool abandoned; /* touched by the asker's thread only */
    frond__visit_fn fn;
    uint64_t question[FROND__QUESTION / sizeof(uint64_t)];
    frond__page page;
    uint64_t answer[FROND__ANSWER / sizeof(uint64_t)];
} visit;

static void visit_free(visit *v) {
    frond_hub_free(v->asker);
    frond_free(v->page.text);
    frond_free(v);
}

static void come_back(void *arg) {
    visit *v = arg;
    if (v->abandoned)
        visit_free(v);
    else
        frond_event_set(&v->answered);
}

static void look(visit *v, frond_hub *h) {
    v->fn(&(frond__visit){h, v->question, &v->page, v->answer});
}

/* On the visited hub's thread.  An asker whose hub has ended has left it all to this. */
static void look_there(void *arg) {
    visit *v = arg;
    look(v, frond__self);
    if (frond_post(v->asker, come_back, v) < 0)
        visit_free(v);
}

static visit *visit_new(frond_hub *asker, frond__visit_fn fn, const void *question,
                        size_t n) {
    visit *v = frond_calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->asker = frond_hub_ref(asker);
    v->fn = fn;
    FROND_ASSERT(n <= sizeof v->question);
    if (n)
        memcpy(v->question, question, n);
    return v;
}

/* The hub cannot end between here and the post.  FROND_ECLOSED: it has, or has no loop. */
static int post_to(uint64_t id, visit *v) {
    uint64_t found, thread;
    frond__registry_lock();
    frond_hub *h = frond__registry_next(id - 1, &found, &thread);
    int rc = h && found == id && atomic_load(&h->watch.reachable)
                 ? frond_post(h, look_there, v)
                 : FROND_ECLOSED;
    frond__registry_unlock();
    return rc;
}

/* Once posted, a visit that does not come back in time is not ours any more. */
static int await(visit *v, frond_deadline d) {
    frond_deadline patience = frond_in(PATIENCE_MS);
    int rc = frond_event_wait(&v->answered, d.ns < patience.ns ? d : patience);
    if (rc < 0)
        v->abandoned = true;
    return rc;
}

typedef struct {
    frond__page *page;
    frond__visited_fn visited;
    void *arg;
} asker;

/* 0, or why nobody else is to be asked. */
static int visit_one(const asker *a, visit *v, uint64_t id, uint64_t thread,
                     frond_deadline d) {
    frond_hub *self = frond__self;
    int rc = id == self->owner_id ? 0 : post_to(id, v);
    if (rc < 0) {
        visit_free(v);
        return rc == FROND_ECLOSED ? 0 : rc;
    }
    if (id == self->owner_id)
        look(v, self);
    else
        rc = await(v, d);
    if (rc < 0) {
        frond__print(a->page, "hub %llu of thread %llu does not answer\n",
                     (unsigned long long)id, (unsigned long long)thread);
        if (a->visited)
            a->visited(id, thread, NULL, a->arg);
        return rc == FROND_ETIMEDOUT && frond_remaining(d) > 0 ? 0 : rc;
    }
    if (v->page.used)
        frond__print(a->page, "%s", v->page.text);
    if (v->page.failed)
        a->page->failed = true;
    if (a->visited)
        a->visited(id, thread, v->answer, a->arg);
    visit_free(v);
    return 0;
}

int frond__visit_all(frond__visit_fn fn, const void *question, size_t n,
                     frond__page *page, frond__visited_fn visited, void *arg,
                     frond_deadline d) {
    const asker a = {page, visited, arg};
    uint64_t id = 0, thread;
    if (!frond_hub_current()) /* with a loop, for answers to come by */
        return frond__no_hub();
    for (int rc = 0; rc == 0;) {
        frond__registry_lock();
        frond_hub *h = frond__registry_next(id, &id, &thread);
        frond__registry_unlock();
        if (!h)
            return 0;
        visit *v = visit_new(frond__self, fn, question, n);
        rc = v ? visit_one(&a, v, id, thread, d) : FROND_ENOMEM;
        if (rc < 0)
            return rc;
    }
    return 0;
}
