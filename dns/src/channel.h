/* SPDX-License-Identifier: MIT */
/* A c-ares channel on the hub's loop: its sockets and its timer. */
#ifndef FROND_DNS_CHANNEL_H
#define FROND_DNS_CHANNEL_H

#include "compat.h"
#include <frond/resolver.h>
#include <stdbool.h>

typedef struct frond__channel frond__channel;

/* What is asked.  done is called once, on the hub or by who asks: with 0 or an error, and the answer as it came
 * (NULL, 0: none), valid until it returns.  It must only store and wake. */
typedef struct frond__question {
    void (*done)(struct frond__question *q, int code, const void *answer, size_t n);
    void *lookup;
    int type;
    frond__channel *channel; /* c-ares's part */
} frond__question;

/* What the system's files say of names, and the options instead; counted. */
typedef struct {
    unsigned refs;
    int ndots;
    bool hosts_first, hosts_last, servers; /* where to look, and in which order */
    size_t n_domains;
    char **domains;
} frond__settings;

void frond__settings_unref(frond__settings *s);

/* 0 with *c and *s, or an error recorded. */
int frond__channel_new(const frond_resolver_options *o, frond__channel **c,
                       frond__settings **s);

void frond__channel_ask(frond__channel *c, const char *name, int type,
                        frond__question *q);

/* No more questions: it goes when the last is answered, and is on *list until then. */
void frond__channel_retire(frond__channel *c, frond__channel **list);

/* Ends all questions (done with FROND_ECLOSED) and goes.  Never from within a done.  loop_gone: the
 * hub was closed, and with it the handles. */
void frond__channel_free(frond__channel *c, bool loop_gone);

/* One query as it goes over the wire, for who carries it himself: *query is freed by frond__query_free. */
int frond__query_make(const char *name, int type, int edns_size, unsigned char **query,
                      size_t *n);
void frond__query_free(unsigned char *query);

#endif
