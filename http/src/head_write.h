/* SPDX-License-Identifier: MIT */
/* Builds request and response heads.  Nothing can be smuggled in: names and methods must
 * be tokens, values may hold no control character but HTAB.  The first failure stays, and
 * nothing is added after it, so that one check at the end is enough.  Nothing here
 * suspends; a head under construction belongs to one greenlet at a time. */
#ifndef FROND_HTTP_HEAD_WRITE_H
#define FROND_HTTP_HEAD_WRITE_H

#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. */
typedef struct {
    char *data; /* owned; not NUL-terminated; NULL while empty */
    size_t len, cap;
    int result;         /* first failure, or 0 */
    const char *reason; /* of it, a literal */
} frond__http_out;

/* Each returns 0, FROND_EINVAL (out->reason says why), FROND_ENOMEM, or the failure of
 * before. */

/* "METHOD target HTTP/1.1"; the target is any run of visible ASCII without '#'. */
int frond__http_out_request(frond__http_out *out, const char *method, const char *target);

/* "HTTP/1.minor status phrase"; phrase NULL: the usual one. */
int frond__http_out_status(frond__http_out *out, int minor, int status,
                           const char *phrase);

/* "name: value", without the white space around value. */
int frond__http_out_field(frond__http_out *out, const char *name, const char *value);
int frond__http_out_field_n(frond__http_out *out, const char *name, size_t name_len,
                            const char *value, size_t len);
int frond__http_out_number(frond__http_out *out, const char *name, uint64_t value);

/* "name: value" as one text, the way a user writes it ("X-Token: a b"). */
int frond__http_out_line(frond__http_out *out, const char *line);

/* The empty line. */
int frond__http_out_end(frond__http_out *out);

/* The usual phrase of a status, "" when there is none. */
const char *frond__http_phrase(int status);

/* Empty again, memory kept; and memory freed. */
void frond__http_out_reset(frond__http_out *out);
void frond__http_out_free(frond__http_out *out);

#endif
