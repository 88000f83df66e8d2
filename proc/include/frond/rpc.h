/* SPDX-License-Identifier: MIT */
/* Remote procedure calls over a message pipe: a question, and an answer or an error by a deadline that goes along.
 * Both ends may call and serve, any number of calls at a time, which are answered in any order.  Each call is served
 * by a greenlet of its own; who gives one up, or whose deadline passes, has it killed over there.  When the other end
 * is gone all calls under way fail.
 *
 * All that comes over the pipe is read here: no other greenlet may receive from it.  An object belongs to the thread
 * that made it (FROND_ETHREAD elsewhere).  What suspends has a deadline. */
#ifndef FROND_RPC_H
#define FROND_RPC_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/pipe.h>

FROND_BEGIN

typedef struct frond_rpc frond_rpc;
typedef struct frond_rpc_request frond_rpc_request;

/* Serves one call, in a greenlet of its own.  Its waits end with the call's deadline (FROND_ETIMEDOUT), and with
 * FROND_ECANCELED when the caller has given the call up, is gone, or the frond_rpc is freed.
 * What it returns: 0 for the answer that frond_rpc_answer was given, which is empty if it was not, or a FROND_E*,
 * which the caller gets with the text of frond_error_text. */
typedef int (*frond_rpc_fn)(frond_rpc_request *r, void *arg);

typedef struct {
    frond_rpc_fn serve; /* NULL: calls are answered with FROND_ENOTSUP */
    void *
        arg; /* of serve; borrowed until the frond_rpc is freed and its calls have ended */
    size_t
        max_serving; /* calls served at a time, more are answered with FROND_ELIMIT; 0: 1024 */
    uintptr_t reserved[4]; /* zero */
} frond_rpc_options;

/* Begins to call and to serve over an end of a pipe (o may be NULL), whose other end another frond_rpc has.  Does not
 * suspend.  Returns 0 with *rpc owned by the caller (frond_rpc_free), or FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD,
 * FROND_EWRONGPROC, FROND_ECLOSED.  p stays the caller's, to be freed after *rpc; its codec is not used.
 * Since 0.1. */
FROND_API int frond_rpc_new(frond_pipe *p, const frond_rpc_options *o, frond_rpc **rpc);

/* Asks the other end, and waits for the answer.  Suspends.  Returns the answer's length, with *answer (never NULL)
 * owned by the caller (frond_free) and a NUL behind it, or
 *   FROND_ETIMEDOUT  d passed; the other end is told   FROND_ECANCELED  this greenlet was killed; it is told
 *   FROND_ECONNRESET the other end is gone             FROND_ECLOSED    this one was closed or freed
 *   FROND_EMSGSIZE   longer than the pipe's limit      FROND_ENOTSUP    nobody serves calls there
 *   FROND_ELIMIT     too many are served there         FROND_EPROTO     what comes is no answer
 *   FROND_ENOMEM     no memory, here or there          FROND_EINVAL     NULL
 *   FROND_ETHREAD    FROND_EWRONGPROC                  FROND_ENOSUSPEND called in a hub callback
 *   FROND_EDEADLK    nothing can end the wait          or what the serving function has answered
 * question is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_call(frond_rpc *rpc, const void *question, size_t len,
                             void **answer, frond_deadline d);

/* Waits until the other end is gone, and the calls that were served for it have ended: what a worker does that only
 * serves.  Suspends.  Returns 0, also when it is so already, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ECLOSED (rpc
 * was freed), FROND_EINVAL, FROND_ETHREAD, FROND_EWRONGPROC, FROND_EDEADLK, FROND_ENOSUSPEND, or what has ended it:
 * FROND_EPROTO, FROND_ENOMEM.  rpc stays the caller's.  Since 0.1. */
FROND_API int frond_rpc_wait(frond_rpc *rpc, frond_deadline d);

/* Calls under way, made and served.  Does not suspend.  Cannot fail.  Returns how many.  rpc is borrowed.  Since
 * 0.1. */
FROND_API size_t frond_rpc_calls(const frond_rpc *rpc);

/* Ends it: calls that were made answer FROND_ECLOSED, those that are served are killed.  The pipe stays open, and may
 * be freed at once.  NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_rpc_free(frond_rpc *rpc);

/* ---- in the serving function ---- */

/* Does not suspend.  Cannot fail.  Returns the question, *len (may be NULL) bytes and a NUL, borrowed from the request.
 * Since 0.1. */
FROND_API const void *frond_rpc_question(const frond_rpc_request *r, size_t *len);

/* The caller's deadline, less what it took to get here: for calls of one's own.  Does not suspend.  Cannot fail.
 * Returns a value.  r stays owned by frond.  Since 0.1. */
FROND_API frond_deadline frond_rpc_deadline(const frond_rpc_request *r);

/* Gives the answer, which is sent once the function returns 0; the last one counts.  Does not suspend.  Returns 0,
 * FROND_EINVAL, FROND_EMSGSIZE, FROND_ENOMEM.  data is copied.  Since 0.1. */
FROND_API int frond_rpc_answer(frond_rpc_request *r, const void *data, size_t len);

FROND_END

#endif
