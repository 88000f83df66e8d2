/* SPDX-License-Identifier: MIT */
/* Maps and applies that nobody waits for, and those whose end is told to a function, which runs in a
 * greenlet of its own: it may wait, and its failure is its own. */
#include "core.h"
#include "pool/map.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>

typedef struct {
    frond_done_fn done;
    void *arg;
    int error;
    void *value;
} news;

static void *tell(void *arg) {
    news *n = arg;
    n->done(n->error, n->value, n->arg);
    return NULL;
}

/* Takes n, which may be NULL for want of memory. */
static void send_news(news *n, void *site) {
    frond_spawn_options o = {.drop = frond_free};
    frond_greenlet *g = n ? frond__spawn_at(&o, tell, n, site) : NULL;
    if (g) {
        frond__greenlet_unref(g);
        return;
    }
    fprintf(stderr, "frond: the end of an apply or a map was not told: %s\n",
            frond_error_message(FROND_ENOMEM));
    frond_free(n);
}

/* ---- told of a greenlet's end ---- */

typedef struct {
    frond__observer observer;
    news *news; /* owned */
    void **out; /* of a map: its value */
    void *site;
} follower;

static void followed_ended(frond__observer *o, frond_greenlet *g) {
    follower *f = FROND_CONTAINER_OF(o, follower, observer);
    f->news->error = g->error == FROND_EXIT ? FROND_ECANCELED : g->error;
    f->news->value = f->out ? f->out : g->value;
    send_news(f->news, f->site);
    frond_free(f);
}

/* Made before what it follows, so that it cannot fail afterwards; NULL when out of memory. */
static follower *follower_new(frond_done_fn done, void *arg, void **out, void *site) {
    follower *f = frond_calloc(1, sizeof *f);
    news *n = f ? frond_calloc(1, sizeof *n) : NULL;
    if (!n) {
        frond_free(f);
        return NULL;
    }
    *n = (news){.done = done, .arg = arg};
    *f =
        (follower){.observer.ended = followed_ended, .news = n, .out = out, .site = site};
    return f;
}

static void follower_free(follower *f) {
    if (f)
        frond_free(f->news);
    frond_free(f);
}

/* ---- in a greenlet outside of the group ---- */

typedef struct {
    frond_group *group; /* held */
    frond_fn run;
    void *arg; /* of an apply; of a map: */
    void *const *in;
    size_t n;
    void **out;
    int *errors;
    bool one;
    void *site;
} errand;

static void errand_drop(void *arg) {
    errand *e = arg;
    frond__group_leave(e->group);
    frond_free(e);
}

static void *run_errand(void *arg) {
    errand *e = arg;
    void *value = NULL;
    int rc = e->one ? frond__apply(e->group, e->run, e->arg, &value, e->site, FROND_NEVER)
                    : frond__map(e->group, e->run, e->in, e->n, e->out, e->errors,
                                 e->site, FROND_NEVER);
    return rc < 0 ? frond_failed(rc, NULL) : value;
}

/* NULL when out of memory. */
static frond_greenlet *send_errand(const errand *what) {
    errand *e = frond_alloc(sizeof *e);
    if (!e)
        return NULL;
    *e = *what;
    frond__group_hold(e->group);
    frond_spawn_options o = {.drop = errand_drop};
    frond_greenlet *g = frond__spawn_at(&o, run_errand, e, e->site);
    if (!g)
        errand_drop(e);
    return g;
}

/* ---- the verbs ---- */

/* g: a reference, NULL for want of memory.  It is followed by f (NULL: nobody), and given to *handle. */
static int hand_out(frond_greenlet *g, follower *f, frond_greenlet **handle) {
    if (!g) {
        follower_free(f);
        return frond_fail_set(FROND_ENOMEM, "apply or map");
    }
    if (f)
        frond__observe(g, &f->observer);
    if (handle)
        *handle = g;
    else
        frond__greenlet_unref(g);
    return 0;
}

static int check(frond_group *group, bool valid, const char *doing) {
    return group && valid ? frond__group_check(group, doing)
                          : frond_fail_set(FROND_EINVAL, doing);
}

static int apply_async(frond_group *group, frond_fn run, void *arg, frond_done_fn done,
                       void *done_arg, void *site, frond_greenlet **handle) {
    int rc = check(group, run != NULL, "apply");
    if (rc < 0)
        return rc;
    follower *f = done ? follower_new(done, done_arg, NULL, site) : NULL;
    if (done && !f)
        return frond_fail_set(FROND_ENOMEM, "apply");
    frond_greenlet *g = NULL;
    rc = frond__group_try_start(group, run, arg, site, &g, "apply");
    if (rc < 0) {
        follower_free(f);
        return rc;
    }
    errand outside = {.group = group, .run = run, .arg = arg, .one = true, .site = site};
    return hand_out(g ? frond_ref(g) : send_errand(&outside), f, handle);
}

FROND_NOINLINE int frond_pool_apply_async(frond_pool *pool, frond_fn run, void *arg,
                                          frond_done_fn done, void *done_arg,
                                          frond_greenlet **handle) {
    return apply_async(frond__pool_group(pool), run, arg, done, done_arg,
                       FROND_RETURN_ADDRESS(), handle);
}

FROND_NOINLINE int frond_group_apply_async(frond_group *group, frond_fn run, void *arg,
                                           frond_done_fn done, void *done_arg,
                                           frond_greenlet **handle) {
    return apply_async(group, run, arg, done, done_arg, FROND_RETURN_ADDRESS(), handle);
}

static int map_async(const errand *e, frond_done_fn done, void *done_arg,
                     frond_greenlet **handle) {
    int rc = check(e->group, e->run && (e->in || !e->n), "map");
    if (rc < 0)
        return rc;
    follower *f = done ? follower_new(done, done_arg, e->out, e->site) : NULL;
    if (done && !f)
        return frond_fail_set(FROND_ENOMEM, "map");
    return hand_out(send_errand(e), f, handle);
}

FROND_NOINLINE int frond_pool_map_async(frond_pool *pool, frond_fn run, void *const *in,
                                        size_t n, void **out, int *errors,
                                        frond_done_fn done, void *done_arg,
                                        frond_greenlet **handle) {
    errand e = {.group = frond__pool_group(pool),
                .run = run,
                .in = in,
                .n = n,
                .out = out,
                .errors = errors,
                .site = FROND_RETURN_ADDRESS()};
    return map_async(&e, done, done_arg, handle);
}

FROND_NOINLINE int frond_group_map_async(frond_group *group, frond_fn run,
                                         void *const *in, size_t n, void **out,
                                         int *errors, frond_done_fn done, void *done_arg,
                                         frond_greenlet **handle) {
    errand e = {.group = group,
                .run = run,
                .in = in,
                .n = n,
                .out = out,
                .errors = errors,
                .site = FROND_RETURN_ADDRESS()};
    return map_async(&e, done, done_arg, handle);
}

/* ---- waited for, and told as well ---- */

static int tell_of(int rc, void *value, frond_done_fn done, void *done_arg, void *site) {
    if (!done)
        return rc;
    news *n = frond_alloc(sizeof *n);
    if (n)
        *n = (news){.done = done, .arg = done_arg, .error = rc, .value = value};
    send_news(n, site);
    return rc;
}

static int apply_cb(frond_group *group, frond_fn run, void *arg, frond_done_fn done,
                    void *done_arg, void **value, void *site, frond_deadline d) {
    void *own = NULL;
    if (!group || !run)
        return frond_fail_set(FROND_EINVAL, "apply");
    int rc = frond__apply(group, run, arg, &own, site, d);
    if (value)
        *value = own;
    return tell_of(rc, own, done, done_arg, site);
}

FROND_NOINLINE int frond_pool_apply_cb(frond_pool *pool, frond_fn run, void *arg,
                                       frond_done_fn done, void *done_arg, void **value,
                                       frond_deadline d) {
    return apply_cb(frond__pool_group(pool), run, arg, done, done_arg, value,
                    FROND_RETURN_ADDRESS(), d);
}

FROND_NOINLINE int frond_group_apply_cb(frond_group *group, frond_fn run, void *arg,
                                        frond_done_fn done, void *done_arg, void **value,
                                        frond_deadline d) {
    return apply_cb(group, run, arg, done, done_arg, value, FROND_RETURN_ADDRESS(), d);
}

static int map_cb(const errand *e, frond_done_fn done, void *done_arg, frond_deadline d) {
    if (!e->group || !e->run || (!e->in && e->n))
        return frond_fail_set(FROND_EINVAL, "map");
    int rc = frond__map(e->group, e->run, e->in, e->n, e->out, e->errors, e->site, d);
    return tell_of(rc, e->out, done, done_arg, e->site);
}

FROND_NOINLINE int frond_pool_map_cb(frond_pool *pool, frond_fn run, void *const *in,
                                     size_t n, void **out, int *errors,
                                     frond_done_fn done, void *done_arg,
                                     frond_deadline d) {
    errand e = {.group = frond__pool_group(pool),
                .run = run,
                .in = in,
                .n = n,
                .out = out,
                .errors = errors,
                .site = FROND_RETURN_ADDRESS()};
    return map_cb(&e, done, done_arg, d);
}

FROND_NOINLINE int frond_group_map_cb(frond_group *group, frond_fn run, void *const *in,
                                      size_t n, void **out, int *errors,
                                      frond_done_fn done, void *done_arg,
                                      frond_deadline d) {
    errand e = {.group = group,
                .run = run,
                .in = in,
                .n = n,
                .out = out,
                .errors = errors,
                .site = FROND_RETURN_ADDRESS()};
    return map_cb(&e, done, done_arg, d);
}
