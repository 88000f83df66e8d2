/* SPDX-License-Identifier: MIT */
/* Streaming decoder of content codings (RFC 9110 section 8.4): gzip, x-gzip, deflate
 * (zlib-wrapped, or raw as some servers send it, told apart by the first two bytes),
 * identity, and up to four of them on top of each other.  Several gzip members make one
 * body (RFC 1952 2.2); any other byte after the end is an error.  Nothing here suspends;
 * a decoder belongs to one greenlet at a time.
 *
 * A bomb is stopped by two limits: an absolute one on output, and the ratio of output to
 * input once more than a floor came out.  The ratio holds for every layer, so that one
 * cannot inflate endless input for the next.  Deflate can do 1032 : 1; text and markup
 * rarely reach 30 : 1, and very repetitive tables 100 : 1, so the default is 200 : 1
 * beyond the first MiB.  It is looked at after each step: whether a body that is over it
 * only here and there is refused may depend on how it arrives. */
#ifndef FROND_HTTP_CONTENT_H
#define FROND_HTTP_CONTENT_H

#include <stddef.h>
#include <stdint.h>

enum { FROND__HTTP_CONTENT_LAYERS = 4 };

typedef struct {
    uint64_t max_output; /* bytes; 0: no limit */
    uint32_t max_ratio;  /* output / input; 0: 200; UINT32_MAX: no limit */
    uint64_t floor;      /* bytes of output from which on the ratio counts; 0: 1 MiB */
} frond__http_content_limits;

typedef struct frond__http_content frond__http_content;

/* Makes a decoder for a Content-Encoding value ("gzip", "deflate, gzip", ""); several
 * fields of that name are joined with commas by the caller.  limits may be NULL.  Returns
 * 0, or
 *   FROND_ENOTSUP          a coding that is not known      FROND_ENOMEM
 *   FROND_EHTTP_ENCODING   more than four layers
 * with *reason (which may be NULL) saying what, a literal.  *out is owned by the
 * caller. */
int frond__http_content_new(frond__http_content **out, const char *codings, size_t len,
                            const frond__http_content_limits *limits,
                            const char **reason);

/* Does it change anything at all?  0 when every coding was identity. */
int frond__http_content_layers(const frond__http_content *c);

/* Decodes from in[0 .. in_len) to out[0 .. cap); *used and *made say how much of each was
 * done, also on failure.  When *made < cap, all input was used and nothing more can be
 * made of it; when *made == cap, call again, with the rest of the input, which may be
 * empty.  Returns 0, or
 *   FROND_EHTTP_ENCODING    corrupt         FROND_EHTTP_RATIO  beyond the ratio
 *   FROND_EHTTP_BODY_SIZE   beyond max_output                  FROND_ENOMEM
 * and the same again when called again. */
int frond__http_content_decode(frond__http_content *c, const char *in, size_t in_len,
                               size_t *used, char *out, size_t cap, size_t *made);

/* The input is at its end, and decode has made all of it.  Returns 0,
 * FROND_EHTTP_TRUNCATED when the coded data goes on, or the failure of before.  A body of
 * no bytes at all is whole. */
int frond__http_content_finish(frond__http_content *c);

/* What was wrong at the last failure, a literal. */
const char *frond__http_content_reason(const frond__http_content *c);

/* Frees c; NULL is allowed. */
void frond__http_content_free(frond__http_content *c);

#endif
