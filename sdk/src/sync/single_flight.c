/* SPDX-License-Identifier: MIT */
/* Single flight: a table of the runs that are on, by key.
 *
 * A flight is in the table while calls may join it: until it has ended or its last call has left.  It
 * lives until both have happened; the run's own reference to the value is kept until the last call has
 * its own, so that none frees it before the others have run.  The run's end is observed, so that it is
 * noticed however the run ends. */
#include <frond/single_flight.h>

#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BUCKETS = 16, KEY_SHOWN = 60 };

typedef struct flight {
    struct flight *next; /* in its bucket */
    frond_single_flight *of;
    frond__observer observer;
    frond_greenlet *runner; /* counted, until it has ended */
    frond_waitlist waiters;
    int (*fn)(void *arg, void **value);
    void *arg;
    void (*drop)(void *arg);
    void *value;
    char *text; /* owned; of the error */
    int rc;
    bool listed, returned, ended;
    bool owns;    /* the run's reference to the value */
    bool shared;  /* more than one call had a part */
    size_t calls; /* that wait, or have not run since */
    uint64_t hash;
    size_t key_size;
    unsigned char key[];
} flight;

struct frond_single_flight {
    frond_home home;
    frond_single_flight_options options;
    flight **buckets;
    size_t n_buckets; /* a power of two */
    size_t listed;
    size_t inside; /* flights, and calls that give way: they keep the memory */
    bool freed;
};

static void describe(const void *object, char *out, size_t cap) {
    const flight *f = object;
    size_t n = f->key_size < KEY_SHOWN ? f->key_size : KEY_SHOWN;
    for (size_t i = 0; i < n; i++)
        if (f->key[i] < ' ' || f->key[i] > '~')
            n = i;
    snprintf(out, cap, "\"%.*s\"", (int)n, (const char *)f->key);
}

static frond_greenlet *runner_of(const void *object) {
    return ((const flight *)object)->runner;
}

static const frond_wait_kind kind = {"single flight", describe, runner_of};
static const char doing[] = "single flight";

frond_single_flight *frond_single_flight_new(const frond_single_flight_options *o) {
    static const frond_single_flight_options none;
    o = o ? o : &none;
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i]) {
            frond_fail_set(FROND_EINVAL, "single flight new");
            return NULL;
        }
    frond_single_flight *sf = frond_calloc(1, sizeof *sf);
    flight **buckets = frond_calloc(FIRST_BUCKETS, sizeof *buckets);
    if (!sf || !buckets || frond_home_enter(&sf->home) < 0) {
        frond_free(sf);
        frond_free(buckets);
        frond_fail_set(FROND_ENOMEM, "single flight new");
        return NULL;
    }
    sf->options = *o;
    sf->buckets = buckets;
    sf->n_buckets = FIRST_BUCKETS;
    return sf;
}

/* ---- the table ---- */

static uint64_t hash_of(const unsigned char *key, size_t size) { /* FNV-1a */
    uint64_t h = 14695981039346656037U;
    for (size_t i = 0; i < size; i++)
        h = (h ^ key[i]) * 1099511628211U;
    return h ^ h >> 32;
}

static flight **bucket_of(const frond_single_flight *sf, uint64_t hash) {
    return &sf->buckets[hash & (sf->n_buckets - 1)];
}

static flight *find(const frond_single_flight *sf, const void *key, size_t size) {
    uint64_t hash = hash_of(key, size);
    flight *f = *bucket_of(sf, hash);
    while (f &&
           (f->hash != hash || f->key_size != size || memcmp(f->key, key, size) != 0))
        f = f->next;
    return f;
}

static void put(frond_single_flight *sf, flight *f) {
    flight **bucket = bucket_of(sf, f->hash);
    f->next = *bucket;
    *bucket = f;
}

/* For want of memory it stays as it is, and is slower. */
static void grow(frond_single_flight *sf) {
    flight **old = sf->buckets, *next;
    size_t n = sf->n_buckets;
    flight **buckets = frond_calloc(n * 2, sizeof *buckets);
    if (!buckets)
        return;
    sf->buckets = buckets;
    sf->n_buckets = n * 2;
    for (size_t i = 0; i < n; i++)
        for (flight *f = old[i]; f; f = next) {
            next = f->next;
            put(sf, f);
        }
    frond_free(old);
}

static void list(frond_single_flight *sf, flight *f) {
    if (sf->listed >= sf->n_buckets)
        grow(sf);
    put(sf, f);
    f->listed = true;
    sf->listed++;
}

static void unlist(flight *f) {
    if (!f->listed)
        return;
    flight **link = bucket_of(f->of, f->hash);
    while (*link != f)
        link = &(*link)->next;
    *link = f->next;
    f->listed = false;
    f->of->listed--;
}

/* ---- a flight ---- */

static void leave(frond_single_flight *sf) {
    if (sf->inside || !sf->freed)
        return;
    frond_home home = sf->home;
    frond_free(sf->buckets);
    frond_free(sf);
    frond_home_leave(&home);
}

static void flight_leave(flight *f) {
    frond_single_flight *sf = f->of;
    if (f->calls || !f->ended)
        return;
    if (f->owns && f->value && sf->options.drop)
        sf->options.drop(f->value);
    frond_free(f->text);
    frond_free(f);
    sf->inside--;
    leave(sf);
}

static void *run(void *arg) {
    flight *f = arg;
    f->rc = f->fn(f->arg, &f->value);
    f->returned = true;
    if (f->rc < 0 && frond_error_code() == f->rc)
        f->text = frond_strndup(frond_error_text(), strlen(frond_error_text()));
    return NULL;
}

static void run_ended(frond__observer *o, frond_greenlet *g) {
    flight *f = FROND_CONTAINER_OF(o, flight, observer);
    unlist(f);
    if (!f->returned) {
        f->rc = g->error && g->error != FROND_EXIT ? g->error : FROND_ECANCELED;
        if (g->failed_text)
            f->text = frond_strndup(g->failed_text, strlen(g->failed_text));
    }
    f->ended = true;
    f->owns = f->returned && f->rc >= 0;
    if (f->drop)
        f->drop(f->arg);
    frond_wake_all(&f->waiters, 0);
    f->runner = NULL;
    frond__greenlet_unref(g);
    flight_leave(f);
}

static void cancel(flight *f) {
    unlist(f);
    if (!f->ended)
        frond__kill_mark(frond__self, f->runner, FROND_EXIT);
}

/* What a call takes of the outcome. */
static int take(flight *f, void **value) {
    const frond_single_flight_options *o = &f->of->options;
    if (f->rc < 0)
        return frond_fail_text(f->rc, "%s",
                               f->text ? f->text : frond_error_message(f->rc));
    if (!value)
        return f->rc;
    *value = f->value;
    if (!f->calls || !o->keep)
        f->owns = false;
    else if (f->value)
        o->keep(f->value);
    return f->rc;
}

static int wait_for(flight *f, void **value, int *shared, frond_deadline d) {
    frond_waiter w = {0};
    f->shared = f->shared || f->calls;
    f->calls++;
    int rc = frond_wait(&w, &f->waiters, &kind, f, d);
    f->calls--;
    if (shared)
        *shared = f->shared;
    if (rc == 0)
        rc = take(f, value);
    else
        frond_fail_set(rc, doing);
    if (!f->calls)
        cancel(f);
    flight_leave(f);
    return rc;
}

/* ---- a call ---- */

static int check(const frond_single_flight *sf, bool valid) {
    int rc = sf && valid ? frond_home_check(&sf->home) : FROND_EINVAL;
    if (rc == 0 && sf->freed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

/* What is called many times in a row gives way to others here, who may free sf. */
static int enter(frond_single_flight *sf, bool valid, frond_deadline d) {
    bool held = sf && frond_home_check(&sf->home) == 0;
    if (held)
        sf->inside++;
    int rc = frond_wait_enter(d);
    if (rc == 0)
        rc = check(sf, valid);
    if (held) {
        sf->inside--;
        leave(sf);
    }
    return rc;
}

static flight *flight_new(frond_single_flight *sf, const void *key, size_t key_size,
                          void *site) {
    static const frond_spawn_options none;
    flight *f = key_size < SIZE_MAX / 2 ? frond_calloc(1, sizeof *f + key_size) : NULL;
    if (!f) {
        frond_fail_set(FROND_ENOMEM, doing);
        return NULL;
    }
    f->runner = frond__spawn_at(&none, run, f, site);
    if (!f->runner) {
        frond_free(f);
        return NULL;
    }
    f->observer.ended = run_ended;
    frond__observe(f->runner, &f->observer);
    frond_waitlist_own(&f->waiters);
    f->of = sf;
    f->key_size = key_size;
    memcpy(f->key, key, key_size);
    f->hash = hash_of(key, key_size);
    list(sf, f);
    sf->inside++;
    return f;
}

/* The flight for the key, if one is on: 0, or why a call may not have part in it. */
static int board(frond_single_flight *sf, const void *key, size_t key_size, bool valid,
                 frond_deadline d, flight **f) {
    int rc = enter(sf, valid, d);
    if (rc < 0)
        return rc;
    *f = find(sf, key, key_size);
    if (*f && (*f)->runner == frond__self->current)
        return frond_fail_set(FROND_EDEADLK, "single flight: from inside it");
    return d.ns <= 0 ? frond_fail_set(FROND_ETIMEDOUT, doing) : 0;
}

FROND_NOINLINE int frond_single_flight_do(frond_single_flight *sf, const void *key,
                                          size_t key_size, int (*fn)(void *, void **),
                                          void *arg, void (*drop)(void *), void **value,
                                          int *shared, frond_deadline d) {
    flight *f = NULL, *begun = NULL;
    if (shared)
        *shared = 0;
    int rc = board(sf, key, key_size, fn && key, d, &f);
    if (rc == 0 && !f) {
        f = begun = flight_new(sf, key, key_size, FROND_RETURN_ADDRESS());
        rc = f ? 0 : FROND_ENOMEM;
    }
    if (begun) {
        begun->fn = fn;
        begun->arg = arg;
        begun->drop = drop;
    } else if (drop) {
        drop(arg);
    }
    return rc < 0 ? rc : wait_for(f, value, shared, d);
}

size_t frond_single_flight_count(const frond_single_flight *sf) {
    return sf ? sf->listed : 0;
}

static void free_here(void *arg) {
    frond_single_flight *sf = arg;
    sf->freed = true;
    for (size_t i = 0; i < sf->n_buckets; i++)
        for (flight *f; (f = sf->buckets[i]) != NULL;) {
            frond_wake_all(&f->waiters, FROND_ECLOSED);
            cancel(f);
        }
    leave(sf);
}

void frond_single_flight_free(frond_single_flight *sf) {
    if (sf)
        frond_home_send(&sf->home, free_here, sf);
}
