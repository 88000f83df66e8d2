/* SPDX-License-Identifier: MIT */
/* Lookups by the system's getaddrinfo and getnameinfo, which block: on the hub's threads for that.  A job cannot be
 * stopped, so its argument is its own; nothing of the resolver is touched from there. */
#include "compat.h"
#include "inside.h"

#include "socket.h"
#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/memory.h>
#include <frond/threadpool.h>
#include <string.h>

typedef struct {
    int kind, status;
    struct addrinfo *found;
    struct sockaddr_storage address; /* whose names are wanted */
    socklen_t address_length;
    char name[FROND__NAME_CAP];
    char full[NI_MAXHOST]; /* found for an address */
} job;

typedef struct {
    frond__task task;
    frond__lookup *lookup; /* NULL: answered */
    job *job;              /* NULL: the pool's */
} ask;

static int run(void *arg) {
    job *j = arg;
    struct addrinfo hints;
    if (j->kind == FROND__NAMES) {
        j->status = getnameinfo((struct sockaddr *)&j->address, j->address_length,
                                j->full, sizeof j->full, NULL, 0, NI_NAMEREQD);
        return 0;
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_family = j->kind == -'4' ? AF_INET : j->kind == -'6' ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_CANONNAME;
    j->status = getaddrinfo(j->name, NULL, &hints, &j->found);
    return 0;
}

static void drop(void *arg) {
    job *j = arg;
    if (j->found)
        freeaddrinfo(j->found);
    frond_free(j);
}

static job *job_new(const frond__key *key) {
    frond_addr a;
    job *j = frond_calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->kind = key->kind;
    if (j->kind == FROND__NAMES && frond_addr_parse(&a, key->name, 0) == 0)
        j->address_length = (socklen_t)frond_addr_to_system(&a, &j->address);
    memcpy(j->name, key->name, strlen(key->name) + 1);
    return j;
}

/* Not a switch: some of these are one number on some systems. */
static int code_of(int status) {
    if (status == 0)
        return 0;
    if (status == EAI_NONAME)
        return FROND_EDNS_NOTFOUND;
    if (status == FROND__EAI_NODATA || status == FROND__EAI_ADDRFAMILY)
        return FROND_EDNS_NODATA;
    if (status == EAI_AGAIN)
        return FROND_EDNS_NOSERVER;
    if (status == EAI_MEMORY)
        return FROND_ENOMEM;
    return FROND_EDNS_SERVFAIL;
}

static int fill(frond__answer *a, const job *j) {
    const char *full = j->found ? j->found->ai_canonname : j->full;
    if (full && !(a->canonical = frond_strndup(full, strlen(full))))
        return FROND_ENOMEM;
    if (j->kind == FROND__NAMES)
        return 0;
    for (const struct addrinfo *i = j->found; i; i = i->ai_next) {
        frond_addr one;
        if (frond_addr_from_system(&one, i->ai_addr, (unsigned)i->ai_addrlen) < 0)
            continue;
        if (frond__answer_add(a, &one) < 0)
            return FROND_ENOMEM;
    }
    return a->n ? 0 : FROND_EDNS_NODATA;
}

static int take(const job *j, frond__answer **out) {
    int rc = code_of(j->status);
    if (rc < 0)
        return rc;
    frond__answer *a = frond__answer_new(0);
    rc = a ? fill(a, j) : FROND_ENOMEM;
    if (rc < 0) {
        frond__answer_unref(a);
        return rc;
    }
    *out = a;
    return 0;
}

int frond__system_now(const frond__key *key, frond__answer **a) {
    job *j = job_new(key);
    if (!j)
        return FROND_ENOMEM;
    run(j);
    int rc = take(j, a);
    drop(j);
    return rc;
}

static void tell(ask *k, int code, frond__answer *a) {
    frond__lookup *l = k->lookup;
    k->lookup = NULL;
    if (l)
        frond__lookup_found(l, code, a);
    else
        frond__answer_unref(a);
}

static void work(frond__task *t) {
    ask *k = (ask *)t;
    job *j = k->job;
    int ran = 0;
    frond__answer *a = NULL;
    k->job = NULL;
    int rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_DNS), run, j, drop,
                                  &ran, FROND_NEVER);
    if (ran) {
        rc = take(j, &a);
        drop(j);
    }
    tell(k, rc == FROND_ECANCELED ? FROND_ECLOSED : rc, a);
}

static void give_up(frond__task *t) {
    tell((ask *)t, FROND_ECLOSED, NULL);
}

static void close_ask(frond__task *t) {
    ask *k = (ask *)t;
    if (k->job)
        drop(k->job);
    frond_free(k);
}

void frond__system_ask(frond_resolver *r, const frond__key *key, frond__lookup *l) {
    ask *k = frond_calloc(1, sizeof *k);
    if (!k || !(k->job = job_new(key)))
        goto failed;
    k->lookup = l;
    k->task = (frond__task){.work = work, .give_up = give_up, .close = close_ask};
    if (frond__task_start(r, &k->task) == 0)
        return;
    drop(k->job);

failed:
    frond_free(k);
    frond__lookup_found(l, FROND_ENOMEM, NULL);
}
