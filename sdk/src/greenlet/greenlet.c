/* SPDX-License-Identifier: MIT */
/* Raw greenlets: making, switching, throwing, and how one ends.  Python's greenlet is the model: a
 * finished greenlet's value goes to its parent, an error climbs, a dead target stands for its first
 * live ancestor. */
#include "ensure.h"
#include "core.h"
#include "report/failure.h"
#include "hub/fork.h"
#include "stack/guards.h"
#include "greenlet/local.h"
#include "hub/loop.h"
#include "monitor/assert.h"
#include "stack/stack.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/trace.h>
#include <string.h>

static void begin(void *arg) {
    frond_greenlet *g = arg;
    frond__san_enter(&g->san);
    if (!(g->attention & FROND__KILLED))
        g->value = g->run(g->arg);
    if (FROND_UNLIKELY(g->scopes != NULL))
        frond__scopes_forget(g);
    if (FROND_UNLIKELY(g->traits & FROND__FORKED) &&
        g->hub->generation != frond_generation())
        frond__fork_leave(g);
    frond__greenlet_finish(g->hub, g);
}

frond_greenlet *frond__greenlet_make(frond_hub *h, const frond_spawn_options *o,
                                     frond_fn run, void *arg, unsigned traits,
                                     void *site) {
    char *low;
    size_t size = o && o->stack_size ? o->stack_size : FROND_STACK_SIZE;
    frond_greenlet *g = o && o->stack ? frond__stack_given(h->stacks, o, &low)
                                      : frond__stack_take(h->stacks, size, &low);
    if (!g)
        return NULL;
    char *high = (char *)g;
    frond__san_make(&g->san, low, high); /* before anything is written to the stack */
    frond__context_make(&g->context, low, high, begin, g);
    if (!g->context.sp) {
        frond__san_drop(&g->san);
        frond__stack_untake(g);
        frond_fail_set(FROND_ENOMEM, "spawn");
        return NULL;
    }
    g->hub = h;
    g->traits = (uint8_t)traits;
    g->run = run;
    g->arg = arg;
    g->refs = 1;
    g->observers_tail = &g->observers;
    g->spawned_at = site;
    g->id = h->next_id++;
    g->spawner = h->current->id;
    if (FROND_UNLIKELY(h->current->heirlooms != NULL) && !(traits & FROND__HUB))
        frond__inherit(g, h->current);
    if (!(traits & FROND__HUB))
        h->live++;
    return g;
}

/* ---- references ---- */

void frond__greenlet_strip(frond_greenlet *g) {
    frond__san_drop(&g->san);
    if (FROND_LIKELY(!g->name && !g->failed_text && !g->failure && !g->scopes &&
                     !g->defers))
        return;
    frond_free(g->name);
    frond_free(g->failed_text);
    g->name = g->failed_text = NULL;
    frond__failure_free(g);
    frond__scopes_drop(g);
    while (g->defers) {
        frond__defer *d = g->defers;
        g->defers = d->next;
        frond_free(d);
    }
}

static void block_free(frond_greenlet *g) {
    frond_greenlet *parent = g->parent;
    frond__greenlet_strip(g);
    frond__stack_give(g);
    if (parent)
        frond__greenlet_unref(parent);
}

/* Nobody can switch to it any more: it is thrown out of its last switch, and comes back here when
 * it ends, whoever its parent is.  From a callback that has to wait for its turn. */
static void expel(frond_greenlet *g) {
    frond_greenlet *self = g->hub->current, *parent = g->parent;
    g->attention |= FROND__KILLED;
    g->kill_error = FROND_EXIT;
    if (self->attention & FROND__CALLBACK) {
        g->gate = NULL;
        frond__answer(g, FROND_EXIT, "switch");
        frond__ready_push(g->hub, g);
        return;
    }
    g->refs++; /* for as long as it runs; its end drops it */
    g->parent = frond_ref(self);
    frond_throw(g, FROND_EXIT, NULL);
    g->parent = parent;
    frond__greenlet_unref(self);
    frond__greenlet_unref(g);
}

/* One that has not ended has `left` references left, one of which may be its own. */
static FROND_NOINLINE void few_left(frond_greenlet *g, int32_t left) {
    if (g->traits & FROND__MAIN)
        return;
    if (left == 0 && g->state == FROND_NEW)
        frond__greenlet_end_unstarted(g->hub, g); /* frees it, unless a link keeps it */
    else if (left == 0)
        block_free(g);
    else if (left == 1 && g->gate && (g->traits & FROND__RAW) &&
             !(g->attention & FROND__KILLED))
        expel(g);
    else if (left == 1 && frond__delay_is_endless(g))
        frond__kill_mark(g->hub, g, FROND_EXIT); /* nobody can start it any more */
}

void frond__greenlet_unref(frond_greenlet *g) {
    int32_t left =
        --g->refs + atomic_load_explicit(&g->foreign_refs, memory_order_acquire);
    if (FROND_LIKELY(g->state == FROND_DEAD)) {
        if (left == 0)
            block_free(g);
    } else if (left <= 1) {
        few_left(g, left);
    }
}

frond_greenlet *frond_ref(frond_greenlet *g) {
    if (g->hub == frond__self)
        g->refs++;
    else
        atomic_fetch_add(&g->foreign_refs, 1);
    return g;
}

static void unref_posted(void *g) {
    frond__greenlet_unref(g);
}

static FROND_NOINLINE int release_foreign(frond_greenlet *g) {
    frond_hub *h = g->hub;
    while (!atomic_load(&h->closed)) {
        int rc = h->loop ? frond_post(h, unref_posted, g) : FROND_ECLOSED;
        if (rc == 0)
            return 0;
        if (rc == FROND_ENOMEM) {
            atomic_fetch_sub(&g->foreign_refs,
                             1); /* its owner's next release finds the sum */
            return 0;
        }
    }
    if (atomic_fetch_sub(&g->foreign_refs, 1) - 1 + g->refs == 0) {
        frond__greenlet_strip(g);
        frond__hub_unref(h);
    }
    return 0;
}

int frond_release(frond_greenlet *g) {
    if (FROND_UNLIKELY(g && g->hub != frond__self))
        return release_foreign(g);
    if (g)
        frond__greenlet_unref(g);
    return 0;
}

/* ---- making and parents ---- */

/* name: owned by the greenlet, if there is one. */
static frond_greenlet *new_raw(const frond_spawn_options *o, char *name, frond_fn run,
                               frond_greenlet *parent, void *site) {
    frond_hub *h = frond__hub();
    if (!h)
        return NULL;
    if (!run) {
        frond_fail_set(FROND_EINVAL, "greenlet new");
        return NULL;
    }
    if (!parent)
        parent = h->current;
    if (parent->hub != h) {
        frond__fail_thread(parent->hub->owner_id, "greenlet new: parent");
        return NULL;
    }
    frond_greenlet *g = frond__greenlet_make(h, o, run, NULL, FROND__RAW, site);
    if (!g)
        return NULL;
    g->parent = frond_ref(parent);
    g->name = name;
    frond__spawned(h, g);
    return g;
}

FROND_NOINLINE frond_greenlet *frond_greenlet_new(frond_fn run, frond_greenlet *parent) {
    return new_raw(NULL, NULL, run, parent, FROND_RETURN_ADDRESS());
}

FROND_NOINLINE frond_greenlet *frond_greenlet_new_with(const frond_spawn_options *o,
                                                       frond_fn run,
                                                       frond_greenlet *parent) {
    if (o && (!frond__spawn_options_valid(o) || o->drop || o->delay_ms)) {
        frond_fail_set(FROND_EINVAL, "greenlet new: options");
        return NULL;
    }
    char *name = o && o->name ? frond_strndup(o->name, strnlen(o->name, 255)) : NULL;
    if (o && o->name && !name) {
        frond_fail_set(FROND_ENOMEM, "greenlet new");
        return NULL;
    }
    frond_greenlet *g = new_raw(o, name, run, parent, FROND_RETURN_ADDRESS());
    if (!g)
        frond_free(name);
    return g;
}

frond_greenlet *frond_parent(const frond_greenlet *g) {
    if (!g || (g->traits & FROND__MAIN))
        return NULL;
    if (g->parent)
        return g->parent;
    return g->traits & FROND__HUB ? &g->hub->main : g->hub->loop_greenlet;
}

int frond_parent_set(frond_greenlet *g, frond_greenlet *parent) {
    if (!g || !parent || !(g->traits & FROND__RAW))
        return frond_fail_set(FROND_EINVAL, "parent set");
    if (g->hub != frond__self || parent->hub != frond__self)
        return frond__fail_thread((g->hub != frond__self ? g : parent)->hub->owner_id,
                                  "parent set");
    for (const frond_greenlet *p = parent; p; p = frond_parent(p))
        if (p == g)
            return frond_fail_set(FROND_EINVAL, "parent set: it would close a cycle");
    frond_greenlet *old = g->parent;
    g->parent = frond_ref(parent);
    frond__greenlet_unref(old);
    return 0;
}

/* ---- switching ---- */

static frond_greenlet *first_live(frond_greenlet *g) {
    while (g->state == FROND_DEAD)
        g = g->parent ? g->parent : &g->hub->main;
    return g;
}

static void first_run(frond_greenlet *g) {
    g->traits |= FROND__STARTED;
    g->refs++; /* its own, until it ends */
}

int frond__switch_traced(frond_hub *h, frond_greenlet *from, frond_greenlet *to) {
    int answer = to->answer;
    frond__trace_event(h, answer < 0 ? FROND_TRACE_THROW : FROND_TRACE_SWITCH, from, to);
    return frond__switch_to(h, from, to, answer);
}

/* To one suspended in a switch. */
static inline void give(frond_greenlet *to, void *value) {
    if (to->result)
        *to->result = value;
}

static void answer_value(frond_greenlet *to, void *value) {
    to->answer = 0;
    give(to, value);
}

/* What frond_switch and frond_throw check; 0 or the error. */
static int may_switch(frond_hub *h, const frond_greenlet *to, const char *doing) {
    if (!h)
        return frond__no_hub();
    if (!to)
        return frond_fail_set(FROND_EINVAL, doing);
    if (to->hub != h)
        return frond__fail_thread(to->hub->owner_id, doing);
    if (h->current->attention & FROND__CALLBACK)
        return frond__suspend_refused(h->current, doing);
    return 0;
}

static inline int go_to(frond_hub *h, frond_greenlet *to, void **result) {
    frond_greenlet *self = h->current;
    self->gate = h;
    self->result = result;
    to->gate = NULL;
    return frond__switch(h, self, to);
}

static bool is_switchable(const frond_greenlet *g) {
    if (g->traits & FROND__HUB)
        return false;
    return g->gate || (g->state == FROND_NEW && (g->traits & FROND__RAW));
}

static FROND_NOINLINE int switch_slowly(frond_greenlet *to, void *value, void **result) {
    frond_hub *h = frond__hub();
    int rc = may_switch(h, to, "switch");
    if (rc < 0)
        return rc;
    to = first_live(to);
    if (to == h->current) {
        if (result)
            *result = value;
        return 0;
    }
    if (!is_switchable(to))
        return frond_fail_set(FROND_EINVALSWITCH, "switch");
    if (to->state == FROND_NEW) {
        to->arg = value;
        first_run(to);
    } else {
        answer_value(to, value);
    }
    return go_to(h, to, result);
}

int frond_switch(frond_greenlet *to, void *value, void **result) {
    frond_hub *h = frond__pass;
    if (FROND_UNLIKELY(!to || to->gate != h))
        return switch_slowly(to, value, result);
    give(to, value);
    frond_greenlet *self = h->current;
    self->gate = h;
    self->result = result;
    to->gate = NULL;
    return frond__switch_through(h, self, to, 0);
}

/* Who an error thrown into g reaches: the dead, and those that never ran, have no place for it. */
static frond_greenlet *whom_it_reaches(frond_greenlet *g) {
    while (g->state == FROND_DEAD || (g->state == FROND_NEW && (g->traits & FROND__RAW)))
        g = g->parent ? g->parent : &g->hub->main;
    return g;
}

/* Those on the way who never ran end here and now; who the error reaches. */
static frond_greenlet *throw_unstarted(frond_hub *h, frond_greenlet *g, int error) {
    frond_greenlet *target = whom_it_reaches(g);
    while (g != target) {
        frond_greenlet *parent = g->parent ? g->parent : &h->main;
        if (g->state == FROND_NEW)
            frond__kill_mark(h, g, error);
        g = parent;
    }
    return target;
}

static bool can_take(const frond_hub *h, const frond_greenlet *target) {
    return target == h->current || is_switchable(target);
}

int frond_throw(frond_greenlet *to, int error, void **result) {
    frond_hub *h = frond__hub();
    int rc = may_switch(h, to, "throw");
    if (rc < 0)
        return rc;
    if (error >= 0)
        return frond_fail_set(FROND_EINVAL, "throw");
    bool exits =
        error == FROND_EXIT && (to->state == FROND_NEW || to->state == FROND_DEAD);
    frond_greenlet *target = whom_it_reaches(to);
    if (!can_take(h, target))
        return frond_fail_set(FROND_EINVALSWITCH, "throw");
    throw_unstarted(h, to, error);
    if (!can_take(h, target)) /* a raw link of those who ended has killed it */
        return frond_fail_set(FROND_EINVALSWITCH, "throw");
    if (target == h->current) {
        if (exits && result)
            *result = NULL;
        return exits ? 0 : frond_fail_set(error, "switch");
    }
    if (exits)
        answer_value(target, NULL);
    else
        frond__answer(target, error, "switch");
    return go_to(h, target, result);
}

void frond__raw_leave(frond_hub *h, frond_greenlet *g) {
    int error = g->error == FROND_EXIT ? 0 : g->error;
    void *value = g->value;
    frond_greenlet *to = first_live(g->parent);
    if (error)
        to = throw_unstarted(h, to, error);
    if (!is_switchable(to)) {
        to = frond__next(h); /* parked: the value is dropped */
    } else if (to->state == FROND_NEW) {
        to->arg = value;
        first_run(to);
    } else {
        if (error)
            frond__answer(to, error, "switch");
        else
            answer_value(to, value);
    }
    frond__san_end(&g->san);
    to->gate = NULL;
    to->state =
        FROND_RUNNING; /* g may hold the last reference to it: it is not to be expelled */
    frond__greenlet_unref(g);
    frond__switch(h, g, to);
    FROND_UNREACHABLE("a dead greenlet ran");
}
