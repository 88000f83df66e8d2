/* SPDX-License-Identifier: MIT */
/* Incremental parser of request heads, response heads and trailer sections (RFC 9112
 * sections 2 to 5).  It is given all bytes of the head so far, each time from the first
 * one, and remembers how far it has looked: fed a byte at a time it still looks at each
 * byte once.  What it finds it keeps as offsets, so the buffer may move between
 * calls.  Nothing here suspends; a head belongs to one greenlet at a time.
 *
 * Refused, because peers disagree on what it means (request smuggling): a line that ends
 * in LF alone, CR anywhere else, NUL and other control characters, folded lines, a space
 * before ':' or before the first field, versions other than 1.0 and 1.1, an HTTP/1.1
 * request without exactly one Host. */
#ifndef FROND_HTTP_HEAD_H
#define FROND_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the buffer. */
typedef struct {
    uint32_t at, len;
} frond__http_span;

typedef struct {
    frond__http_span name, value; /* value without white space around it */
} frond__http_field;

typedef struct {
    size_t max_bytes; /* of the head with its last empty line; 0: 64 KiB; at most 1 GiB */
    size_t max_fields; /* 0: 256 */
} frond__http_head_limits;

enum frond__http_head_kind {
    FROND__HTTP_REQUEST,
    FROND__HTTP_RESPONSE,
    FROND__HTTP_TRAILER /* fields alone */
};

enum frond__http_target {
    FROND__HTTP_TARGET_PATH,      /* "/a?b" */
    FROND__HTTP_TARGET_URL,       /* "http://h/a", sent to proxies */
    FROND__HTTP_TARGET_AUTHORITY, /* "h:443", of CONNECT */
    FROND__HTTP_TARGET_SERVER     /* "*", of OPTIONS */
};

typedef struct {
    int kind;                       /* frond__http_head_kind */
    int minor;                      /* version 1.minor */
    int status;                     /* response: 100 .. 999 */
    int form;                       /* request: frond__http_target */
    frond__http_span method;        /* request */
    frond__http_span target;        /* request */
    frond__http_span reason_phrase; /* response; may be empty */
    frond__http_field *fields;      /* n_fields of them, in order; owned */
    size_t n_fields;
    const char *reason; /* after a failure: what was wrong, a literal */
    size_t at;          /* after a failure: at which byte */
    /* private */
    frond__http_head_limits limits;
    size_t cap_fields;
    size_t scanned; /* bytes known to hold no line end beyond line */
    size_t line;    /* where the current line begins */
    int64_t result; /* final answer, 0 while there is none */
    int started;    /* the start line was read */
    int skipped;    /* the one empty line before a request was skipped */
} frond__http_head;

/* Cannot fail.  limits may be NULL.  Free it with frond__http_head_free. */
void frond__http_head_init(frond__http_head *h, int kind,
                           const frond__http_head_limits *limits);

/* For the next head on the same connection: as after init, but keeps its memory. */
void frond__http_head_reset(frond__http_head *h);

/* Looks at buf[0 .. len), which begins with the bytes given before.  Returns the length
 * of the head once it is whole (and again whenever asked), 0 when more is needed, or
 *   FROND_EHTTP_PROTOCOL   malformed: h->reason and h->at say what and where
 *   FROND_EHTTP_HEAD_SIZE  over a limit                  FROND_ENOMEM
 * after which it answers the same again. */
int64_t frond__http_head_feed(frond__http_head *h, const char *buf, size_t len);

/* The next field of this name (any case) from index from on; -1 when there is none. */
int frond__http_head_find(const frond__http_head *h, const char *buf, const char *name,
                          size_t from);

/* How many fields have this name. */
size_t frond__http_head_count(const frond__http_head *h, const char *buf,
                              const char *name);

/* Is token (any case) an element of the comma-separated list that all fields of this name
 * make?  Parameters after ';' do not count as part of an element. */
int frond__http_head_has_token(const frond__http_head *h, const char *buf,
                               const char *name, const char *token);

/* Steps through a comma-separated list: *at is 0 at first.  Answers 1 with the next
 * element that is not empty in *item (white space trimmed), or 0 at the end.  Commas in
 * quoted strings are not separators. */
int frond__http_list_next(const char *text, size_t len, size_t *at,
                          frond__http_span *item);

/* Frees what h holds; h may then be used after another init only. */
void frond__http_head_free(frond__http_head *h);

#endif
