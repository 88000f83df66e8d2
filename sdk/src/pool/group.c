/* SPDX-License-Identifier: MIT */
/* Groups: a list of members, each an observer of its greenlet, so that leaving needs no search. */
#include "core.h"
#include "pool/group.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waitable.h>

typedef struct member {
    frond__observer observer;
    struct member *next, *prev;
    frond_group *group;
    frond_greenlet *greenlet; /* counted */
} member;

struct frond_group {
    member *first, *last;
    size_t count;
    frond_home home;
    frond_waitlist joiners;
    const frond__gate *gate; /* NULL: any number may enter */
    void *pool;
    bool freed;
    unsigned inside; /* calls in flight keep the memory */
};

static const frond_wait_kind join_kind = {"group to be empty", NULL, NULL};

frond_group *frond_group_new(void) {
    frond_group *group = frond_calloc(1, sizeof *group);
    if (!group || frond_home_enter(&group->home) < 0) {
        frond_free(group);
        frond_fail_set(FROND_ENOMEM, "group new");
        return NULL;
    }
    frond_waitlist_own(&group->joiners);
    return group;
}

void frond__group_bound(frond_group *group, const frond__gate *gate, void *pool) {
    group->gate = gate;
    group->pool = pool;
}

static void unlink_member(member *m) {
    frond_group *group = m->group;
    if (m->prev)
        m->prev->next = m->next;
    else
        group->first = m->next;
    if (m->next)
        m->next->prev = m->prev;
    else
        group->last = m->prev;
    group->count--;
    frond__greenlet_unref(m->greenlet);
    frond_free(m);
    if (group->gate)
        group->gate->give(group->pool);
    if (group->count == 0)
        frond_wake_all(&group->joiners, 0);
}

static void member_ended(frond__observer *o, frond_greenlet *g) {
    (void)g;
    unlink_member(FROND_CONTAINER_OF(o, member, observer));
}

int frond__group_check(frond_group *group, const char *doing) {
    if (!group)
        return frond_fail_set(FROND_EINVAL, doing);
    if (group->freed)
        return frond_fail_set(FROND_ECLOSED, doing);
    return frond_waitlist_own(&group->joiners);
}

static void enlist(frond_group *group, member *m, frond_greenlet *g) {
    *m = (member){
        .observer = {.ended = member_ended, .deaf = true}, .group = group, .greenlet = g};
    m->prev = group->last;
    if (m->prev)
        m->prev->next = m;
    else
        group->first = m;
    group->last = m;
    group->count++;
    frond__observe(g, &m->observer);
}

int frond__group_spawn_at(frond_group *group, const frond_spawn_options *o, frond_fn run,
                          void *arg, void *site, frond_greenlet **spawned) {
    static const frond_spawn_options none;
    int rc = frond__group_check(group, "group spawn");
    if (rc < 0)
        return rc;
    member *m = frond_alloc(sizeof *m);
    if (!m)
        return frond_fail_set(FROND_ENOMEM, "group spawn");
    frond_greenlet *g = frond__spawn_at(o ? o : &none, run, arg, site);
    if (!g) {
        frond_free(m);
        return frond_error_code();
    }
    enlist(group, m, g);
    if (spawned)
        *spawned = g;
    return 0;
}

int frond__group_start(frond_group *group, frond_fn run, void *arg, void *site,
                       frond_greenlet **g, const char *doing, frond_deadline d) {
    int rc = frond__group_check(group, doing);
    if (rc < 0)
        return rc;
    const frond__gate *gate = group->gate;
    if (gate && (rc = gate->take(group->pool, d, doing)) < 0)
        return rc;
    rc = frond__group_spawn_at(group, NULL, run, arg, site, g);
    if (rc < 0 && gate)
        gate->give(group->pool);
    return rc;
}

int frond__group_try_start(frond_group *group, frond_fn run, void *arg, void *site,
                           frond_greenlet **g, const char *doing) {
    int rc = frond__group_check(group, doing);
    if (rc < 0)
        return rc;
    const frond__gate *gate = group->gate;
    if (gate && !gate->try_take(group->pool))
        return 0;
    rc = frond__group_spawn_at(group, NULL, run, arg, site, g);
    if (rc < 0 && gate)
        gate->give(group->pool);
    return rc < 0 ? rc : 1;
}

FROND_NOINLINE int frond_group_spawn(frond_group *group, frond_fn run, void *arg) {
    return frond__group_spawn_at(group, NULL, run, arg, FROND_RETURN_ADDRESS(), NULL);
}

FROND_NOINLINE int frond_group_spawn_with(frond_group *group,
                                          const frond_spawn_options *o, frond_fn run,
                                          void *arg) {
    return frond__group_spawn_at(group, o, run, arg, FROND_RETURN_ADDRESS(), NULL);
}

static member *find(const frond_group *group, const frond_greenlet *g) {
    member *m = group->first;
    while (m && m->greenlet != g)
        m = m->next;
    return m;
}

int frond__group_takes(frond_group *group, frond_greenlet *g) {
    int rc = frond__group_check(group, "group add");
    if (rc < 0)
        return rc;
    if (!g || (g->traits & (FROND__MAIN | FROND__HUB)))
        return frond_fail_set(FROND_EINVAL, "group add");
    if (g->hub != frond__self)
        return frond__fail_thread(g->hub->owner_id, "group add");
    return g->state != FROND_DEAD && !find(group, g);
}

int frond_group_add(frond_group *group, frond_greenlet *g) {
    int rc = frond__group_takes(group, g);
    if (rc <= 0)
        return rc;
    member *m = frond_alloc(sizeof *m);
    if (!m)
        return frond_fail_set(FROND_ENOMEM, "group add");
    enlist(group, m, frond_ref(g));
    return 0;
}

int frond_group_discard(frond_group *group, frond_greenlet *g) {
    int rc = frond__group_check(group, "group discard");
    if (rc < 0)
        return rc;
    member *m = g ? find(group, g) : NULL;
    if (!m)
        return 0;
    frond__unobserve(g, &m->observer);
    unlink_member(m);
    return 1;
}

int frond_group_contains(const frond_group *group, const frond_greenlet *g) {
    return group && g && find(group, g);
}

size_t frond_group_count(const frond_group *group) {
    return group ? group->count : 0;
}

void frond__group_hold(frond_group *group) {
    group->inside++;
}

void frond__group_leave(frond_group *group) {
    if (--group->inside || !group->freed)
        return;
    frond_home home = group->home;
    frond_free(group);
    frond_home_leave(&home);
}

int frond__group_enter(frond_group *group, const char *doing, frond_deadline d) {
    bool held = group && frond_home_check(&group->home) == 0;
    if (held)
        frond__group_hold(group);
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = frond__group_check(group, doing);
    if (held)
        frond__group_leave(group);
    return rc;
}

int frond_group_join(frond_group *group, frond_deadline d) {
    int rc = frond__group_enter(group, "group join", d);
    if (rc < 0)
        return rc == FROND_ECLOSED ? 0 : rc; /* freed: it is empty */
    if (find(group, frond__self->current))
        return frond_fail_set(FROND_EINVAL, "group join: by one of its own");
    frond__group_hold(group);
    while (rc == 0 && group->count) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &group->joiners, &join_kind, group, d);
    }
    frond__group_leave(group);
    return rc < 0 ? frond_fail_set(rc, "group join") : 0;
}

int frond_group_kill(frond_group *group, int error, frond_deadline d) {
    int rc = frond__group_check(group, "group kill");
    if (rc < 0)
        return rc;
    if (error >= 0)
        return frond_fail_set(FROND_EINVAL, "group kill");
    if (d.ns > 0 && (rc = frond__group_enter(group, "group kill", d)) < 0)
        return rc == FROND_ECLOSED ? 0 : rc; /* freed: it is empty */
    for (member *m = group->first, *next; m; m = next) {
        next = m->next;
        if (m->greenlet != frond__self->current)
            frond__kill_mark(frond__self, m->greenlet, error);
    }
    return d.ns > 0 ? frond_group_join(group, d) : 0;
}

void frond__group_each(frond_group *group, void (*fn)(frond_greenlet *, void *),
                       void *arg) {
    for (member *m = group->first, *next; m; m = next) {
        next = m->next;
        fn(m->greenlet, arg);
    }
}

int frond_group_killone(frond_group *group, frond_greenlet *g, int error,
                        frond_deadline d) {
    int rc = frond__group_check(group, "group killone");
    if (rc == 0 && error >= 0)
        rc = frond_fail_set(FROND_EINVAL, "group killone");
    if (rc < 0 || !frond_group_contains(group, g))
        return rc;
    rc = frond_kill(g, error, d);
    return rc < 0 ? rc : 1;
}

frond_home *frond__group_home(frond_group *group) {
    return &group->home;
}

static void free_here(void *arg) {
    frond_group *group = arg;
    group->gate = NULL;
    while (group->first) {
        frond__unobserve(group->first->greenlet, &group->first->observer);
        unlink_member(group->first);
    }
    frond_wake_all(&group->joiners, 0);
    group->freed = true;
    frond__group_hold(group);
    frond__group_leave(group);
}

void frond_group_free(frond_group *group) {
    if (group)
        frond_home_send(&group->home, free_here, group);
}

static int empty_ready(void *group) {
    int rc = frond__group_check(group, "wait: for a group");
    return rc < 0 ? rc : ((frond_group *)group)->count == 0;
}

static void empty_watch(void *group, frond_watch *w) {
    frond_watch_begin(&w->waiter, &((frond_group *)group)->joiners, &join_kind, group);
}

static const frond_waitable_ops empty_ops = {empty_ready, empty_watch, NULL};

frond_waitable frond_group_waitable(frond_group *group) {
    return (frond_waitable){&empty_ops, group, {0}};
}
