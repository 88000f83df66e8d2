/* SPDX-License-Identifier: MIT */
/* Calls over a pipe, inside proc.  Each is a message: a head, and a question, an answer or an error's text. */
#ifndef FROND_SRC_RPC_H
#define FROND_SRC_RPC_H

#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/impl/home.h>
#include <frond/rpc.h>
#include <stdbool.h>

typedef enum {
    FROND__CALL = 1,
    FROND__ANSWER,
    FROND__ERROR,
    FROND__CANCEL
} frond__rpc_kind;

typedef struct {
    uint32_t kind;
    int32_t code;    /* of an error */
    uint64_t id;     /* given by who calls */
    int64_t left_ns; /* of a call, when it was sent; INT64_MAX: no limit */
} frond__rpc_head;

/* A call that was made and waits for its answer; it lies in its caller's frame. */
typedef struct frond__rpc_call {
    struct frond__rpc_call *next, *prev;
    uint64_t id;
    frond_event done;
    int code;   /* what it came to: 0, or an error */
    char *data; /* owned: the answer, or the error's text, behind a head */
    size_t len; /* without that */
} frond__rpc_call;

enum { FROND__RPC_BUCKETS = 64 /* of calls, by their number */ };

struct frond_rpc {
    frond_home home;
    frond_pipe *pipe; /* borrowed until it is freed */
    uint64_t most;    /* bytes of a question or an answer */
    frond_rpc_options o;
    size_t refs; /* the owner, the reader, calls and requests */
    bool freed;
    int ended; /* why nothing comes any more; 0: it does */
    uint64_t last_id;
    size_t n_calls, n_serving;
    frond__rpc_call calls[FROND__RPC_BUCKETS];      /* heads of rings */
    frond_rpc_request *serving[FROND__RPC_BUCKETS]; /* lists */
    frond_greenlet *reader;
    frond_event over; /* ended, and nothing is served */
};

void frond__rpc_unref(frond_rpc *rpc);
/* 0, or an error with its text set. */
int frond__rpc_check(const frond_rpc *rpc, const char *doing);

/* Sends one message.  Suspends. */
int frond__rpc_send(frond_rpc *rpc, const frond__rpc_head *head, const void *data,
                    size_t len, frond_deadline d);

/* What has come for a call that was made: data is taken over. */
void frond__rpc_answered(frond_rpc *rpc, const frond__rpc_head *head, char *data,
                         size_t len);
/* All of them fail. */
void frond__rpc_fail_calls(frond_rpc *rpc, int code);

/* A call has come: data is taken over. */
void frond__rpc_serve(frond_rpc *rpc, const frond__rpc_head *head, char *data,
                      size_t len);
void frond__rpc_cancel(frond_rpc *rpc, uint64_t id);
void frond__rpc_cancel_all(frond_rpc *rpc);

#endif
