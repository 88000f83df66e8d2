/* SPDX-License-Identifier: MIT */
/* A response inside http. */
#ifndef FROND_HTTP_RESPONSE_H
#define FROND_HTTP_RESPONSE_H

#include "client.h"

struct frond_http_response {
    frond__http_conn *conn; /* NULL once the body has ended, or failed */
    frond__http_head head;
    char *head_text; /* owned: its fields' names and values, each with a NUL */
    frond__http_body_in body;
    frond__http_content *content; /* NULL: nothing to decode */
    const char *raw; /* body bytes not decoded yet, in the connection's buffer */
    size_t raw_len;
    uint64_t max_body, total;
    uint32_t max_ratio;
    bool decodes, began, reusable, reading;
    int failed; /* the body cannot be read any more */
    int64_t first_byte;
    char *url;    /* owned */
    char *loaded; /* owned: the whole body */
    size_t loaded_len;
    frond_http_timing timing;
};

frond_http_response *frond__http_response_new(const frond_http_options *o);

/* Reads heads from r->conn until a final one.  Suspends. */
int frond__http_response_head(frond_http_response *r, const char *method, size_t max_head,
                              frond_deadline d);
/* Sets up the reading of the body. */
int frond__http_response_begin(frond_http_response *r);
/* Reads and drops a small body, so that the connection can be kept.  Suspends. */
void frond__http_response_skip(frond_http_response *r, frond_deadline d);
/* For the next response: without a connection. */
void frond__http_response_reset(frond_http_response *r);
/* Reads all of the body into memory.  Suspends. */
int frond__http_response_load(frond_http_response *r, frond_deadline d);

#endif
