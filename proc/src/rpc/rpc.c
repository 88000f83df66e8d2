/* SPDX-License-Identifier: MIT */
/* The two ends of calls: a greenlet reads all that comes, and hands it to who waits or serves.  It never sends, so two
 * ends that are both full cannot wait for each other. */
#include "rpc/rpc.h"

#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { MAX_SERVING = 1024 };

static void drop_ref(void *rpc) {
    frond__rpc_unref(rpc);
}

void frond__rpc_unref(frond_rpc *rpc) {
    if (--rpc->refs)
        return;
    frond_release(rpc->reader);
    frond_home home = rpc->home;
    frond_free(rpc);
    frond_home_leave(&home);
}

int frond__rpc_check(const frond_rpc *rpc, const char *doing) {
    int rc = rpc ? frond_home_check(&rpc->home) : FROND_EINVAL;
    if (rc == 0 && rpc->freed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond__rpc_send(frond_rpc *rpc, const frond__rpc_head *head, const void *data,
                    size_t len, frond_deadline d) {
    if (rpc->freed)
        return frond_fail_set(FROND_ECLOSED, "call");
    return frond__pipe_send_headed(rpc->pipe, head, sizeof *head, data, len, d);
}

/* ---- what comes ---- */

static int dispatch(frond_rpc *rpc, char *data, size_t len) {
    frond__rpc_head head;
    if (len < sizeof head) {
        frond_free(data);
        return FROND_EPROTO;
    }
    memcpy(&head, data, sizeof head);
    len -= sizeof head;
    memmove(data, data + sizeof head, len + 1); /* and the NUL */
    switch ((frond__rpc_kind)head.kind) {
    case FROND__CALL:
        frond__rpc_serve(rpc, &head, data, len);
        return 0;
    case FROND__ANSWER:
    case FROND__ERROR:
        frond__rpc_answered(rpc, &head, data, len);
        return 0;
    case FROND__CANCEL:
        frond__rpc_cancel(rpc, head.id);
        frond_free(data);
        return 0;
    }
    frond_free(data);
    return FROND_EPROTO;
}

/* Two ends of one pipe have one limit: what is too long for it comes from nobody who knows it. */
static int code_of(int rc) {
    if (rc == FROND_EPIPE || rc == FROND_EOF)
        return FROND_ECONNRESET;
    return rc == FROND_EMSGSIZE || rc == FROND_ECONNABORTED ? FROND_EPROTO : rc;
}

static void *read_all(void *arg) {
    frond_rpc *rpc = arg;
    int64_t rc = 0;
    while (rc >= 0 && !rpc->freed) {
        frond_pipe_message m = {.flags = FROND_PIPE_RAW};
        rc = frond_pipe_receive_message(rpc->pipe, &m, FROND_NEVER);
        if (rc >= 0 && rpc->freed)
            frond_free(m.data);
        else if (rc >= 0)
            rc = dispatch(rpc, m.data, m.len);
    }
    rpc->ended = rpc->freed || rc >= 0 ? FROND_ECLOSED : code_of((int)rc);
    frond__rpc_fail_calls(rpc, rpc->ended);
    frond__rpc_cancel_all(rpc);
    if (rpc->n_serving == 0)
        frond_event_set(&rpc->over);
    return NULL;
}

/* ---- beginning and end ---- */

static bool options_valid(const frond_rpc_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return false;
    return true;
}

static int start_reader(frond_rpc *rpc) {
    static const frond_spawn_options how = {.name = "rpc reader", .drop = drop_ref};
    rpc->refs++;
    if ((rpc->reader = frond_spawn_with(&how, read_all, rpc)))
        return 0;
    rpc->refs--;
    return frond_error_code();
}

int frond_rpc_new(frond_pipe *p, const frond_rpc_options *o, frond_rpc **out) {
    static const frond_rpc_options none;
    o = o ? o : &none;
    int rc = p && out && options_valid(o) ? frond_home_check(&p->home) : FROND_EINVAL;
    if (rc == 0 && p->stream->closed)
        rc = FROND_ECLOSED;
    if (rc < 0)
        return frond_fail_set(rc, "rpc new");
    frond_rpc *rpc = frond_calloc(1, sizeof *rpc);
    if (!rpc || frond_home_enter(&rpc->home) < 0) {
        frond_free(rpc);
        return frond_fail_set(FROND_ENOMEM, "rpc new");
    }
    rpc->pipe = p;
    rpc->most = p->max > sizeof(frond__rpc_head) ? p->max - sizeof(frond__rpc_head) : 0;
    rpc->o = *o;
    rpc->o.max_serving = o->max_serving ? o->max_serving : MAX_SERVING;
    rpc->refs = 1;
    for (size_t i = 0; i < FROND__RPC_BUCKETS; i++)
        rpc->calls[i].next = rpc->calls[i].prev = &rpc->calls[i];
    if ((rc = start_reader(rpc)) < 0) {
        frond__rpc_unref(rpc);
        return rc;
    }
    *out = rpc;
    return 0;
}

int frond_rpc_wait(frond_rpc *rpc, frond_deadline d) {
    int rc = frond__rpc_check(rpc, "rpc wait");
    if (rc < 0)
        return rc;
    rpc->refs++;
    rc = frond_event_wait(&rpc->over, d);
    if (rc == 0 && rpc->ended != FROND_ECONNRESET)
        rc = rpc->ended;
    frond__rpc_unref(rpc);
    return rc < 0 ? frond_fail_set(rc, "rpc wait") : 0;
}

size_t frond_rpc_calls(const frond_rpc *rpc) {
    return rpc ? rpc->n_calls + rpc->n_serving : 0;
}

/* The reader may be in the pipe, which keeps its own memory then, and comes back to this. */
static void free_here(void *arg) {
    frond_rpc *rpc = arg;
    rpc->freed = true;
    if (!rpc->ended)
        rpc->ended = FROND_ECLOSED;
    frond__rpc_fail_calls(rpc, FROND_ECLOSED);
    frond__rpc_cancel_all(rpc);
    frond_kill(rpc->reader, FROND_EXIT, FROND_NOW);
    frond__rpc_unref(rpc);
}

void frond_rpc_free(frond_rpc *rpc) {
    if (rpc && !rpc->freed)
        frond_home_send(&rpc->home, free_here, rpc);
}
