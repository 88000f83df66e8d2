/* SPDX-License-Identifier: MIT */
/* How long the body of a message is (RFC 9112 section 6), and whether the connection
 * lives on.  Two readers that disagree here disagree on where the next message begins, so
 * everything that is not plain is refused: both lengths at once, lengths that differ or
 * are not decimal digits, any Transfer-Encoding but "chunked", and any at all in
 * HTTP/1.0.  Nothing here suspends. */
#ifndef FROND_HTTP_FRAMING_H
#define FROND_HTTP_FRAMING_H

#include "head.h"

enum frond__http_body {
    FROND__HTTP_BODY_NONE,
    FROND__HTTP_BODY_LENGTH, /* exactly length bytes, which may be 0 */
    FROND__HTTP_BODY_CHUNKED,
    FROND__HTTP_BODY_CLOSE, /* all until the connection ends */
    FROND__HTTP_BODY_TUNNEL /* no message: 2xx to CONNECT, or 101; the rest is not HTTP */
};

typedef struct {
    int body;           /* frond__http_body */
    int keep_alive;     /* both sides want another message after this one */
    uint64_t length;    /* of BODY_LENGTH; at most INT64_MAX */
    const char *reason; /* after a failure: what was wrong, a literal */
} frond__http_framing;

/* Of a response to a request with this method.  h is a whole head, buf its buffer.
 * Returns 0, or FROND_EHTTP_PROTOCOL with f->reason set. */
int frond__http_framing_response(frond__http_framing *f, const frond__http_head *h,
                                 const char *buf, const char *method);

/* Of a request.  A request without a length has no body; BODY_CLOSE and TUNNEL do not
 * occur. */
int frond__http_framing_request(frond__http_framing *f, const frond__http_head *h,
                                const char *buf);

#endif
