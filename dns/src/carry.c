/* SPDX-License-Identifier: MIT */
/* Questions carried by a transport of the program's.  Each exchange has a greenlet, a part of the time and a try
 * or several, as c-ares would have it. */
#include "inside.h"

#include "wire.h"
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { ANSWER = 65535, TIMEOUT_MS = 2000, TRIES = 3 };

struct frond__carrier {
    unsigned refs;
    frond_dns_transport transport;
};

typedef struct {
    frond__task task;
    frond__carrier *carrier;
    frond__question *question; /* NULL: answered */
    unsigned char *query;
    size_t n;
    uint64_t timeout_ms;
    int tries;
} exchange;

int frond__carrier_new(const frond_dns_transport *t, frond__carrier **c) {
    if (!(*c = frond_calloc(1, sizeof **c)))
        return FROND_ENOMEM;
    **c = (frond__carrier){1, *t};
    return 0;
}

void frond__carrier_unref(frond__carrier *c) {
    if (!c || --c->refs)
        return;
    if (c->transport.drop)
        c->transport.drop(c->transport.arg);
    frond_free(c);
}

static void answer(exchange *e, int code, const void *data, size_t n) {
    frond__question *q = e->question;
    e->question = NULL;
    if (q)
        q->done(q, code, data, n);
}

static bool is_lookup_error(int rc) {
    return rc == FROND_ENOMEM || (rc <= FROND_EDNS_NOTFOUND && rc >= FROND_EDNS_SERVICE);
}

/* What the transport's own errors mean to who looks up: no server answered. */
static int code_of(const exchange *e, int rc, const uint8_t *data, size_t n) {
    frond__header h;
    frond__wire w;
    if (rc == FROND_ECANCELED)
        return FROND_ECLOSED;
    if (rc < 0)
        return is_lookup_error(rc) ? rc : FROND_EDNS_NOSERVER;
    if (!frond__wire_answers(e->query, e->n, data, n) ||
        !frond__wire_begin(&w, data, n, &h))
        return FROND_EDNS_BADRESP;
    return frond__wire_code(&h);
}

static void work(frond__task *t) {
    exchange *e = (exchange *)t;
    frond_dns_transport *by = &e->carrier->transport;
    uint8_t *data = frond_alloc(ANSWER);
    int rc = data ? FROND_ETIMEDOUT : FROND_ENOMEM;
    size_t n = 0;
    for (int i = 0; i < e->tries && rc == FROND_ETIMEDOUT; i++) {
        uint64_t ms = e->timeout_ms << (i < 8 ? i : 8);
        rc = by->exchange(by->arg, e->query, e->n, data, ANSWER, &n, frond_in(ms));
        if (rc >= 0 && n > ANSWER)
            rc = FROND_EDNS_BADRESP;
    }
    int code = code_of(e, rc, data, n);
    answer(e, code, rc < 0 ? NULL : data, rc < 0 ? 0 : n);
    frond_free(data);
}

static void give_up(frond__task *t) {
    answer((exchange *)t, FROND_ECLOSED, NULL, 0);
}

static void close_exchange(frond__task *t) {
    exchange *e = (exchange *)t;
    frond__carrier_unref(e->carrier);
    frond__query_free(e->query);
    frond_free(e);
}

void frond__carrier_ask(frond_resolver *r, const char *name, int type,
                        frond__question *q) {
    exchange *e = frond_calloc(1, sizeof *e);
    int rc = FROND_ENOMEM;
    if (!e)
        goto failed;
    e->task = (frond__task){.work = work, .give_up = give_up, .close = close_exchange};
    e->timeout_ms = r->options.timeout_ms ? r->options.timeout_ms : TIMEOUT_MS;
    e->tries = r->options.tries ? r->options.tries : TRIES;
    rc = frond__query_make(name, type, r->options.edns_size, &e->query, &e->n);
    if (rc < 0)
        goto free_exchange;
    e->carrier = r->carrier;
    e->question = q;
    if ((rc = frond__task_start(r, &e->task)) < 0)
        goto free_query;
    e->carrier->refs++;
    return;

free_query:
    frond__query_free(e->query);
free_exchange:
    frond_free(e);
failed:
    q->done(q, rc, NULL, 0);
}
