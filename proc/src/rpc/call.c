/* SPDX-License-Identifier: MIT */
/* Calls that are made. */
#include "rpc/rpc.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

enum { CANCEL_MS = 5000 /* in which the other end is told, or not at all */ };

static void begin(frond_rpc *rpc, frond__rpc_call *call) {
    call->id = ++rpc->last_id;
    frond__rpc_call *ring = &rpc->calls[call->id % FROND__RPC_BUCKETS];
    call->next = ring;
    call->prev = ring->prev;
    ring->prev->next = call;
    ring->prev = call;
    rpc->n_calls++;
    rpc->refs++;
}

/* Nothing will be written to it any more. */
static void leave_ring(frond_rpc *rpc, frond__rpc_call *call) {
    if (!call->next)
        return;
    call->next->prev = call->prev;
    call->prev->next = call->next;
    call->next = call->prev = NULL;
    rpc->n_calls--;
}

static frond__rpc_call *find(frond_rpc *rpc, uint64_t id) {
    frond__rpc_call *ring = &rpc->calls[id % FROND__RPC_BUCKETS];
    for (frond__rpc_call *c = ring->next; c != ring; c = c->next)
        if (c->id == id)
            return c;
    return NULL;
}

void frond__rpc_answered(frond_rpc *rpc, const frond__rpc_head *head, char *data,
                         size_t len) {
    frond__rpc_call *call = find(rpc, head->id);
    if (!call) { /* it was given up */
        frond_free(data);
        return;
    }
    leave_ring(rpc, call);
    call->data = data;
    call->len = len;
    call->code = head->kind == FROND__ANSWER ? 0
                 : head->code < 0            ? head->code
                                             : FROND_EPROTO;
    frond_event_set(&call->done);
}

void frond__rpc_fail_calls(frond_rpc *rpc, int code) {
    for (size_t i = 0; i < FROND__RPC_BUCKETS; i++)
        for (frond__rpc_call *c; (c = rpc->calls[i].next) != &rpc->calls[i];) {
            leave_ring(rpc, c);
            c->code = code;
            frond_event_set(&c->done);
        }
}

/* ---- giving up ---- */

typedef struct {
    frond_rpc *rpc;
    uint64_t id;
} cancellation;

static void cancellation_free(void *arg) {
    cancellation *c = arg;
    frond__rpc_unref(c->rpc);
    frond_free(c);
}

static void *tell_other_end(void *arg) {
    cancellation *c = arg;
    frond__rpc_head head = {.kind = FROND__CANCEL, .id = c->id};
    (void)frond__rpc_send(c->rpc, &head, NULL, 0, frond_in(CANCEL_MS));
    return NULL;
}

/* By another greenlet: this one may have been killed, and has no time left.  Without memory the other end learns
 * it from the deadline. */
static void give_up(frond_rpc *rpc, uint64_t id) {
    static const frond_spawn_options how = {.name = "rpc cancel",
                                            .drop = cancellation_free};
    cancellation *c = rpc->freed || rpc->ended ? NULL : frond_alloc(sizeof *c);
    if (!c)
        return;
    *c = (cancellation){rpc, id};
    rpc->refs++;
    frond_greenlet *g = frond_spawn_with(&how, tell_other_end, c);
    if (g)
        frond_release(g);
    else
        cancellation_free(c);
}

/* ---- the call ---- */

static int64_t result(frond__rpc_call *call, void **answer) {
    if (call->code == 0) {
        *answer = call->data;
        return (int64_t)call->len;
    }
    int rc = call->data ? frond_fail_text(call->code, "call: %s", call->data)
                        : frond_fail_set(call->code, "call");
    frond_free(call->data);
    return rc;
}

int64_t frond_call(frond_rpc *rpc, const void *question, size_t len, void **answer,
                   frond_deadline d) {
    frond__rpc_call call = {.done = FROND_EVENT_INIT};
    int rc = frond__rpc_check(rpc, "call");
    if (rc < 0)
        return rc;
    if (!answer || (!question && len))
        return frond_fail_set(FROND_EINVAL, "call");
    if (rpc->ended)
        return frond_fail_set(rpc->ended, "call");
    begin(rpc, &call);
    frond__rpc_head head = {.kind = FROND__CALL,
                            .id = call.id,
                            .left_ns =
                                d.ns == INT64_MAX ? INT64_MAX : frond_remaining(d)};
    rc = frond__rpc_send(rpc, &head, question, len, d);
    bool sent = rc == 0;
    if (rc == FROND_EPIPE)
        rc = frond_fail_set(FROND_ECONNRESET, "call");
    if (sent && (rc = frond_event_wait(&call.done, d)) < 0) {
        frond_fail_set(rc, "call");
        if (call.next)
            give_up(rpc, call.id);
    }
    leave_ring(rpc, &call);
    frond__rpc_unref(rpc);
    if (rc == 0)
        return result(&call, answer);
    frond_free(call.data); /* it came too late */
    return rc;
}
