/* SPDX-License-Identifier: MIT */
/* One request and its response, inside http. */
#ifndef FROND_HTTP_EXCHANGE_H
#define FROND_HTTP_EXCHANGE_H

#include "connection.h"
#include "head_write.h"
#include <frond/http.h>

struct frond_http_exchange {
    frond__http_input *input;
    const frond_http_server_options *options;
    frond__http_head head;
    char *head_text; /* owned; method, target and values each with a NUL */
    frond__http_body_in body;
    uint64_t body_read;
    bool expects_continue; /* the client waits to be told to send the body */
    bool keep_alive;       /* after this exchange */
    bool answered, chunked, head_only, broken;
    bool until_close; /* of no announced length, and not chunked */
    uint64_t left;    /* of an announced body that is not chunked */
    frond__http_out out;
};

/* Reads the next request: 1, 0 when the connection has ended, or an error that was answered where
 * that is possible.  Suspends. */
int frond__http_exchange_begin(frond_http_exchange *x);
/* Completes the response and skips what is left of the request; whether the connection goes on. */
bool frond__http_exchange_end(frond_http_exchange *x);
void frond__http_exchange_free(frond_http_exchange *x);

#endif
