/* SPDX-License-Identifier: MIT */
/* Incremental decoder of the chunked transfer coding (RFC 9112 section 7.1).  Data comes
 * out as views of the input, nothing is copied; a trailer section is read with the head
 * parser's rules and kept.  Refused: a bare LF, sizes that are not plain hexadecimal or
 * beyond INT64_MAX, white space around a size, control characters in extensions, data
 * that runs past its chunk.  Nothing here suspends. */
#ifndef FROND_HTTP_CHUNKED_H
#define FROND_HTTP_CHUNKED_H

#include "head.h"

typedef struct {
    size_t max_line;      /* of one chunk-size line; 0: 4096 bytes */
    size_t max_extension; /* of all extensions together; 0: 16 KiB */
    size_t max_trailer;   /* of the trailer section; 0: 16 KiB */
    size_t max_fields;    /* of the trailer section; 0: 64 */
} frond__http_chunked_limits;

enum {
    FROND__HTTP_CHUNKED_MORE = 0,
    FROND__HTTP_CHUNKED_DATA = 1,
    FROND__HTTP_CHUNKED_END = 2
};

typedef struct {
    uint64_t left;  /* bytes of the current chunk still to come; 0 between chunks */
    uint64_t total; /* bytes of data handed out */
    frond__http_head
        trailer;        /* its fields, into trailer_text, once the end was reached */
    char *trailer_text; /* owned; NULL when there is no trailer section */
    const char *reason; /* after a failure: what was wrong, a literal */
    /* private */
    frond__http_chunked_limits limits;
    size_t trailer_len, trailer_cap, line, extension;
    int state, result;
} frond__http_chunked;

/* Cannot fail.  limits may be NULL.  Free it with frond__http_chunked_free. */
void frond__http_chunked_init(frond__http_chunked *c,
                              const frond__http_chunked_limits *limits);

/* Decodes from in[0 .. len); *used says how many bytes are done with.  Returns
 *   FROND__HTTP_CHUNKED_DATA  *data and *size (> 0) are the next data, a view of in; call
 *                             again with what is left of the input
 *   FROND__HTTP_CHUNKED_MORE  all input is used and more is needed
 *   FROND__HTTP_CHUNKED_END   the body is whole; in + *used is the next message
 *   FROND_EHTTP_PROTOCOL      malformed: c->reason says what
 *   FROND_EHTTP_HEAD_SIZE     over a limit          FROND_ENOMEM
 * The end and failures are answered again when asked again. */
int frond__http_chunked_next(frond__http_chunked *c, const char *in, size_t len,
                             size_t *used, const char **data, size_t *size);

/* Frees what c holds; c may then be used after another init only. */
void frond__http_chunked_free(frond__http_chunked *c);

#endif
