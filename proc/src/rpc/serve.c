/* SPDX-License-Identifier: MIT */
/* Calls that are served, each by a greenlet, which also sends the answer.  One that ends in another way than by
 * returning has its error sent by a second greenlet. */
#include "rpc/rpc.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/timeout.h>
#include <string.h>

struct frond_rpc_request {
    frond_rpc_request *next;
    frond_rpc *rpc;
    uint64_t id;
    char *question; /* owned */
    size_t len;
    frond_deadline deadline;
    void *answer; /* owned */
    size_t answer_len;
    int refused; /* a code: it is not served at all */
    bool replied, cancelled;
    frond_greenlet *greenlet;
};

const void *frond_rpc_question(const frond_rpc_request *r, size_t *len) {
    if (len)
        *len = r->len;
    return r->question;
}

frond_deadline frond_rpc_deadline(const frond_rpc_request *r) {
    return r->deadline;
}

int frond_rpc_answer(frond_rpc_request *r, const void *data, size_t len) {
    if (!r || (!data && len))
        return frond_fail_set(FROND_EINVAL, "answer");
    if (len > r->rpc->most)
        return frond_fail_set(FROND_EMSGSIZE, "answer");
    void *copy = frond_alloc(len + 1);
    if (!copy)
        return frond_fail_set(FROND_ENOMEM, "answer");
    if (len)
        memcpy(copy, data, len);
    frond_free(r->answer);
    r->answer = copy;
    r->answer_len = len;
    return 0;
}

/* ---- the list ---- */

static void join_list(frond_rpc_request *r) {
    frond_rpc_request **head = &r->rpc->serving[r->id % FROND__RPC_BUCKETS];
    r->next = *head;
    *head = r;
    r->rpc->n_serving++;
}

static void leave_list(frond_rpc_request *r) {
    frond_rpc_request **at = &r->rpc->serving[r->id % FROND__RPC_BUCKETS];
    while (*at && *at != r)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = r->next;
    if (--r->rpc->n_serving == 0 && r->rpc->ended)
        frond_event_set(&r->rpc->over);
}

static void request_free(void *arg) {
    frond_rpc_request *r = arg;
    leave_list(r);
    frond_release(r->greenlet);
    frond_free(r->question);
    frond_free(r->answer);
    frond__rpc_unref(r->rpc);
    frond_free(r);
}

static void cancel(frond_rpc_request *r) {
    r->cancelled = true;
    if (r->greenlet)
        frond_kill(r->greenlet, FROND_EXIT, FROND_NOW);
}

void frond__rpc_cancel(frond_rpc *rpc, uint64_t id) {
    for (frond_rpc_request *r = rpc->serving[id % FROND__RPC_BUCKETS]; r; r = r->next)
        if (r->id == id)
            cancel(r);
}

/* Who is killed before he ran leaves the list at once. */
void frond__rpc_cancel_all(frond_rpc *rpc) {
    for (size_t i = 0; i < FROND__RPC_BUCKETS; i++)
        for (frond_rpc_request *r = rpc->serving[i], *next; r; r = next) {
            next = r->next;
            cancel(r);
        }
}

/* ---- serving ---- */

static void reply(frond_rpc_request *r, int code, const char *text) {
    bool well = code >= 0;
    frond__rpc_head head = {
        .kind = well ? FROND__ANSWER : FROND__ERROR, .code = code, .id = r->id};
    r->replied = true;
    if (!r->cancelled)
        (void)frond__rpc_send(r->rpc, &head, well ? r->answer : text,
                              well ? r->answer_len : strlen(text), r->deadline);
}

static void *reply_late(void *arg) {
    frond_rpc_request *r = arg;
    reply(r, r->refused, frond_error_message(r->refused));
    return NULL;
}

/* It has failed by frond_fail, was killed by somebody here, or could not begin. */
static void request_end(void *arg) {
    static const frond_spawn_options how = {.name = "rpc reply", .drop = request_free};
    frond_rpc_request *r = arg;
    int code = frond_fail_pending();
    frond_greenlet *g = NULL;
    if (!r->refused)
        r->refused = code < 0 && code != FROND_EXIT ? code : FROND_ECANCELED;
    if (!r->replied && !r->cancelled && !r->rpc->freed && !r->rpc->ended)
        g = frond_spawn_with(&how, reply_late, r);
    if (!g) {
        request_free(r);
        return;
    }
    frond_release(r->greenlet);
    r->greenlet = g;
}

static void *run(void *arg) {
    frond_rpc_request *r = arg;
    frond_timeout limit;
    int rc = frond_timeout_start_at(&limit, r->deadline);
    if (rc == 0) {
        rc = r->rpc->o.serve(r, r->rpc->o.arg);
        frond_timeout_stop(&limit);
    }
    if (rc >= 0)
        reply(r, 0, NULL);
    else
        reply(r, rc,
              frond_error_code() == rc ? frond_error_text() : frond_error_message(rc));
    return NULL;
}

static int refusal(const frond_rpc *rpc) {
    if (!rpc->o.serve)
        return FROND_ENOTSUP;
    return rpc->n_serving >= rpc->o.max_serving ? FROND_ELIMIT : 0;
}

void frond__rpc_serve(frond_rpc *rpc, const frond__rpc_head *head, char *data,
                      size_t len) {
    static const frond_spawn_options how = {.name = "rpc call", .drop = request_end};
    frond_rpc_request *r = frond_calloc(1, sizeof *r);
    if (!r) { /* the caller learns it from his deadline */
        frond_free(data);
        return;
    }
    *r = (frond_rpc_request){.rpc = rpc,
                             .id = head->id,
                             .question = data,
                             .len = len,
                             .refused = refusal(rpc)};
    r->deadline = head->left_ns == INT64_MAX
                      ? FROND_NEVER
                      : (frond_deadline){frond_now() + head->left_ns};
    rpc->refs++;
    join_list(r);
    r->greenlet = frond_spawn_with(&how, r->refused ? reply_late : run, r);
    if (!r->greenlet) {
        r->refused = FROND_ENOMEM;
        request_free(r);
    }
}
