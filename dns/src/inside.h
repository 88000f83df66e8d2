/* SPDX-License-Identifier: MIT */
/* The inside of a resolver. */
#ifndef FROND_DNS_INSIDE_H
#define FROND_DNS_INSIDE_H

#include "cache.h"
#include "channel.h"
#include "hosts.h"
#include "name.h"
#include "watch.h"

#include <frond/greenlet.h>
#include <frond/impl/home.h>

enum { FROND__LOOKUP_BUCKETS = 256 };

typedef struct frond__lookup frond__lookup;
typedef struct frond__carrier frond__carrier;

/* Work that waits, in a greenlet of the resolver's.  It is part of a larger block, which close frees once the
 * greenlet has ended or will not run. */
typedef struct frond__task {
    struct frond__task *next, **link; /* of the resolver's; link NULL: let go */
    frond_greenlet *greenlet;
    void (*work)(struct frond__task *t);
    void (*give_up)(
        struct frond__task *t); /* the resolver goes: answer now, it will be killed */
    void (*close)(struct frond__task *t);
} frond__task;

struct frond_resolver {
    frond_home home;
    frond_resolver_options options; /* its strings are own */
    char *servers, *search, *hosts_path;
    frond__channel *channel;
    frond__channel
        *retired; /* of settings before, until their last questions are answered */
    frond__settings *settings;
    frond__hosts *hosts;
    frond__watch *watch; /* NULL: nothing is watched */
    bool outdated;       /* what is watched has changed, and could not be loaded */
    bool freed;
    unsigned entering; /* greenlets that gave way before they look up */
    frond__cache *cache;
    frond__carrier *carrier; /* NULL: c-ares carries */
    frond__task *tasks;
    int64_t most_ttl_ns, negative_ns, stale_ns;
    uint64_t random;
    frond_dns_stats stats;
    frond__lookup *lookups[FROND__LOOKUP_BUCKETS]; /* not answered */
};

/* ---- task.c ---- */

/* 0, or FROND_ENOMEM and nothing has happened. */
int frond__task_start(frond_resolver *r, frond__task *t);
void frond__tasks_end(frond_resolver *r);

/* ---- lookup.c, which has the rest in lookup.h ---- */

/* The answer if it is kept: 1 with *a the caller's, 0, or the error that is kept.  The name is not checked yet. */
int frond__look_here(frond_resolver *r, const frond__name *name, int kind,
                     frond__answer **a);

/* The answer, found here, joined or asked for: 0 with *a the caller's, or the lookup's error. */
int frond__look_up(frond_resolver *r, const frond__name *name, int kind,
                   frond__answer **a, frond_deadline d);

/* What another way than by questions has found (a with the caller's reference, or NULL with an error). */
void frond__lookup_found(frond__lookup *l, int code, frond__answer *a);

uint64_t frond__random(frond_resolver *r);

/* ---- carry.c ---- */

int frond__carrier_new(const frond_dns_transport *t, frond__carrier **c);
void frond__carrier_unref(frond__carrier *c);
void frond__carrier_ask(frond_resolver *r, const char *name, int type,
                        frond__question *q);

/* ---- system.c ---- */

/* Has the system look up, on a thread; tells frond__lookup_found. */
void frond__system_ask(frond_resolver *r, const frond__key *key, frond__lookup *l);

/* The same here and now: 0 with *a the caller's, or an error. */
int frond__system_now(const frond__key *key, frond__answer **a);

/* ---- resolver.c ---- */

/* frond_wait_enter for a call on r (may be NULL), which somebody may free meanwhile: FROND_ECLOSED. */
int frond__enter(frond_resolver *r, frond_deadline d);

/* What every verb begins with: r, or this hub's own, which may be used here, with its settings as they are now. */
int frond__resolver_enter(frond_resolver **r);

/* The addresses of a name, or of an address: 0 with *a the caller's, or an error recorded.  *numeric (may be
 * NULL) says which it was. */
int frond__resolve(frond_resolver *r, const char *host, frond_family family,
                   frond__answer **a, frond_deadline d);

/* Records the error of a lookup. */
int frond__lookup_failed(int code, const char *host);

/* ---- environment.c ---- */

/* What the settings say, while there is a hub; o borrows from them and from room. */
void frond__environment(frond_resolver_options *o, char *room, size_t cap);

#endif
