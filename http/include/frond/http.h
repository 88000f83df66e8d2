/* SPDX-License-Identifier: MIT */
/* HTTP/1.1: a client with a pool of kept connections, and a small server.  Clients, responses and
 * servers belong to the thread that made them (FROND_ETHREAD elsewhere); any number of its greenlets
 * may use one client.  What suspends has a deadline, which covers all of the call. */
#ifndef FROND_HTTP_H
#define FROND_HTTP_H

#include <frond/about.h>
#include <frond/addr.h>
#include <frond/api.h>
#include <frond/deadline.h>
#include <frond/dns.h>
#include <frond/server.h>
#include <frond/stream.h>
#include <frond/tls.h>
#include <frond/url.h>

FROND_BEGIN

/* ---- client ---- */

typedef struct frond_http_client frond_http_client;
typedef struct frond_http_response frond_http_response;

/* All zero is the default. */
typedef struct {
    frond_tls_context *tls; /* NULL: the system's trust */
    frond_resolver
        *resolver;    /* NULL: this hub's own; borrowed until the client is freed */
    size_t per_host;  /* requests to one host at a time, whatever the port; 0: 16 */
    size_t max_idle;  /* kept connections in all; 0: 256 */
    uint64_t idle_ms; /* how long one is kept; 0: 30 s */
    uint64_t
        connect_ms;    /* for name, connect and TLS handshake together; 0: the deadline */
    int max_redirects; /* 0: 10; -1: none is followed */
    const char *user_agent; /* copied; NULL: "frond/VERSION" */
    size_t max_head;        /* bytes of a response head; 0: 64 KiB */
    uint64_t max_body;      /* bytes of a body, decoded; 0: no limit */
    uint32_t max_ratio;     /* of decompression beyond 1 MiB; 0: 200 */
    int raw;                /* 1: no compression is asked for, none is undone */
    uintptr_t reserved[8];  /* zero */
} frond_http_options;

typedef struct {
    const char *method; /* NULL: "GET" */
    const char *url;
    const char *const *headers; /* "Name: value" each, NULL at the end; NULL: none */
    const void *body;
    size_t body_len;
    uintptr_t reserved[4]; /* zero */
} frond_http_request;

/* How long the parts took, in nanoseconds; -1: there was no such part. */
typedef struct {
    int64_t dns_ns, connect_ns, tls_ns;
    int64_t first_byte_ns; /* from sending the request to the response's first byte */
    int reused;            /* the connection was kept from before */
    int redirects;         /* that were followed */
    frond_addr remote;
    uintptr_t reserved[4];
} frond_http_timing;

/* Makes a client (o may be NULL).  Does not suspend.  Returns 0 with *c owned by the caller
 * (frond_http_client_free), or FROND_EINVAL, FROND_ENOMEM.  Options are copied.  Since 0.1. */
FROND_API int frond_http_client_new(const frond_http_options *o, frond_http_client **c);

/* Frees a client and its idle connections; requests under way and responses still open go on.  NULL is allowed.  Does
 * not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_http_client_free(frond_http_client *c);

/* Sends a request and waits for the head of the final response, following redirects; the body is
 * read with frond_http_read.  c NULL: this hub's default client.  Suspends.  Returns 0, whatever the
 * status, with *r owned by the caller (frond_http_response_free), or
 *   FROND_EHTTP_URL        FROND_EHTTP_SCHEME     FROND_EHTTP_REDIRECTS   FROND_EHTTP_PROTOCOL
 *   FROND_EHTTP_HEAD_SIZE  FROND_EHTTP_TRUNCATED  FROND_EHTTP_ENCODING    FROND_EINVAL (headers)
 *   FROND_ETIMEDOUT  d passed                     FROND_ECANCELED  this greenlet was killed
 *   FROND_ETHREAD    c is of another thread       FROND_ENOMEM     no memory
 *   FROND_ENOSUSPEND called in a hub callback
 * or the errors of connecting and of TLS, such as FROND_ECONNREFUSED, FROND_EDNS_NOTFOUND,
 * FROND_ETLS_EXPIRED.  The request is borrowed until it returns.  Since 0.1. */
FROND_API int frond_http_open(frond_http_client *c, const frond_http_request *q,
                              frond_http_response **r, frond_deadline d);

/* The same, and reads the whole body into memory.  Suspends.  Returns as frond_http_open does, 0 with
 * *r owned by the caller, or also FROND_EHTTP_BODY_SIZE, FROND_EHTTP_RATIO, FROND_EHTTP_TRUNCATED,
 * FROND_EHTTP_ENCODING, FROND_ETIMEDOUT, FROND_ECANCELED and the errors of frond_read.  Since 0.1. */
FROND_API int frond_http_do(frond_http_client *c, const frond_http_request *q,
                            frond_http_response **r, frond_deadline d);

/* frond_http_do of a GET with the default client.  Suspends.  Returns as frond_http_do does: 0 with *r
 * owned by the caller, FROND_EHTTP_URL, FROND_ETIMEDOUT, FROND_ECANCELED and so on.  Since 0.1. */
FROND_API int frond_http_get(const char *url, frond_http_response **r, frond_deadline d);

/* Reads 1 .. cap bytes of the body, decoded.  Suspends.  Returns the number of bytes, 0 at its end, or
 *   FROND_EHTTP_TRUNCATED  it ended early         FROND_EHTTP_BODY_SIZE  over max_body
 *   FROND_EHTTP_RATIO      over max_ratio         FROND_EHTTP_ENCODING   corrupt
 *   FROND_EHTTP_PROTOCOL   bad chunks             FROND_ETIMEDOUT  call again at will
 *   FROND_ECANCELED  this greenlet was killed     FROND_EINVAL  NULL
 *   FROND_ENOMEM  FROND_ENOSUSPEND  FROND_EBUSY   and the errors of frond_read
 * buf is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_http_read(frond_http_response *r, void *buf, size_t cap,
                                  frond_deadline d);

/* Does not suspend.  Cannot fail.  Returns the status, 100 .. 999; 0 for NULL.  r is borrowed.
 * Since 0.1. */
FROND_API int frond_http_status(const frond_http_response *r);

/* The body that frond_http_do has read.  Does not suspend.  Cannot fail.  Returns its length; *data
 * (data may be NULL) is borrowed from r and has a NUL behind it.  Since 0.1. */
FROND_API size_t frond_http_body(const frond_http_response *r, const void **data);

/* The first header field of this name (any case).  Does not suspend.  Cannot fail.  Returns its value,
 * borrowed from r, or NULL.  Since 0.1. */
FROND_API const char *frond_http_header(const frond_http_response *r, const char *name);

/* Does not suspend.  Cannot fail.  Returns the URL that answered, after redirects, borrowed from r.
 * Since 0.1. */
FROND_API const char *frond_http_url(const frond_http_response *r);

/* How long the response asks to wait before the next request (Retry-After: seconds or a date).  Does not
 * suspend.  Cannot fail.  Returns milliseconds; 0 when it does not say.  r is borrowed.  Since 0.1. */
FROND_API uint64_t frond_http_retry_after(const frond_http_response *r);

/* Does not suspend.  Cannot fail.  Returns the Content-Length announced, or -1; r is borrowed.
 * Since 0.1. */
FROND_API int64_t frond_http_length(const frond_http_response *r);

/* Does not suspend.  Cannot fail.  Fills *t, which the caller owns.  Since 0.1. */
FROND_API void frond_http_timing_get(const frond_http_response *r, frond_http_timing *t);

/* Frees a response; one whose body was not read to its end costs its connection.  No call on it may be under way.
 * NULL is allowed.  Does not suspend.  The caller's ownership ends.  Since 0.1. */
FROND_API void frond_http_response_free(frond_http_response *r);

/* ---- server ---- */

typedef struct frond_http_exchange frond_http_exchange; /* one request and its response */
typedef struct frond_http_server frond_http_server;

/* Answers one request.  What it leaves unread is skipped, and what it leaves unanswered is 500. */
typedef void (*frond_http_handler)(frond_http_exchange *x, void *arg);

typedef struct {
    frond_tls_context *tls; /* HTTPS; NULL: plain */
    size_t max_connections; /* 0: 10000 */
    uint64_t head_ms;  /* for a request's head, once its first byte is there; 0: 30 s */
    uint64_t idle_ms;  /* between two requests; 0: 60 s */
    uint64_t io_ms;    /* for each read or write of a body; 0: 60 s */
    size_t max_head;   /* 0: 64 KiB */
    uint64_t max_body; /* 0: 64 MiB */
    int shared;        /* 1: other processes or hubs accept at the same socket */
    uintptr_t reserved[8]; /* zero */
} frond_http_server_options;

/* Serves HTTP at a listener (o may be NULL).  Does not suspend.  Returns 0 with *s owned by the caller
 * (frond_http_server_free), or FROND_EINVAL, FROND_ENOMEM, FROND_ETHREAD.  The listener becomes the
 * server's on success; arg is borrowed until it is freed.  Since 0.1. */
FROND_API int frond_http_server_start(frond_listener *l, frond_http_handler handle,
                                      void *arg, const frond_http_server_options *o,
                                      frond_http_server **s);

/* Stops: accepts no more, tells kept connections to close, lets requests finish until d, then kills.
 * Suspends.  Returns 0, or FROND_ETIMEDOUT when some were killed, FROND_ECANCELED, FROND_ETHREAD,
 * FROND_EINVAL, FROND_EDEADLK, FROND_ENOSUSPEND.  The caller still owns it.  Since 0.1. */
FROND_API int frond_http_server_stop(frond_http_server *s, frond_deadline d);

/* Does not suspend.  Returns 0 with its address in *a, or FROND_EINVAL.  It is borrowed.  Since 0.1. */
FROND_API int frond_http_server_addr(const frond_http_server *s, frond_addr *a);

/* The stream server beneath it: for the phases of the end, a signal that stops it, what was counted.  Does not
 * suspend.  Cannot fail.  Returns it, borrowed from s; NULL for NULL.  Since 0.1. */
FROND_API frond_server *frond_http_server_base(frond_http_server *s);

/* Frees a server, killing what still runs.  NULL is allowed.  Does not suspend.  The caller's
 * ownership ends.  Since 0.1. */
FROND_API void frond_http_server_free(frond_http_server *s);

/* Does not suspend.  Cannot fail.  Returns the method, borrowed from x.  Since 0.1. */
FROND_API const char *frond_http_method(const frond_http_exchange *x);

/* Does not suspend.  Cannot fail.  Returns the request target ("/a?b"), borrowed from x.  Since 0.1. */
FROND_API const char *frond_http_target(const frond_http_exchange *x);

/* The first request field of this name.  Does not suspend.  Cannot fail.  Returns its value, borrowed
 * from x, or NULL.  Since 0.1. */
FROND_API const char *frond_http_request_header(const frond_http_exchange *x,
                                                const char *name);

/* Reads 1 .. cap bytes of the request's body.  Suspends.  Returns bytes, 0 at its end, or
 * FROND_EHTTP_TRUNCATED, FROND_EHTTP_PROTOCOL, FROND_EHTTP_BODY_SIZE, FROND_ETIMEDOUT, FROND_ECANCELED,
 * FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND and the errors of frond_read.  buf is borrowed until it
 * returns.  Since 0.1. */
FROND_API int64_t frond_http_request_read(frond_http_exchange *x, void *buf, size_t cap,
                                          frond_deadline d);

/* Answers with a whole body; headers as in frond_http_request (Content-Length and Date are added).
 * Suspends.  Returns 0, or FROND_EBUSY when x is answered already, FROND_EINVAL (a bad header),
 * FROND_ENOMEM, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND and the errors of frond_write.
 * Everything is borrowed until it returns.  Since 0.1. */
FROND_API int frond_http_respond(frond_http_exchange *x, int status,
                                 const char *const *headers, const void *body, size_t len,
                                 frond_deadline d);

/* Begins an answer whose body is written piece by piece: length bytes of it, or, with -1, as many as
 * come (chunked).  Suspends.  Returns 0, FROND_EBUSY, FROND_EINVAL, FROND_ENOMEM, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_ENOSUSPEND and the errors of frond_write.  Since 0.1.
 * What is passed is borrowed until it returns. */
FROND_API int frond_http_respond_begin(frond_http_exchange *x, int status,
                                       const char *const *headers, int64_t length,
                                       frond_deadline d);

/* Writes a piece.  The handler's return ends the body.  Suspends.  Returns 0, FROND_EINVAL when it was
 * not begun or is more than announced, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND and the
 * errors of frond_write.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int frond_http_respond_write(frond_http_exchange *x, const void *buf,
                                       size_t len, frond_deadline d);

/* Answers a GET or HEAD with a file below root that the request's path names (index.html for a
 * folder), or 404, 405, 403; nothing outside root is ever served.  Suspends.  Returns 0 (404 too),
 * FROND_EBUSY, FROND_EINVAL, FROND_ENOMEM, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_ENOSUSPEND and the
 * errors of frond_write.  root is borrowed until it returns.  Since 0.1. */
FROND_API int frond_http_respond_file(frond_http_exchange *x, const char *root,
                                      frond_deadline d);

/* Calls fact with what http stands on: zlib.  Any thread.  Does not suspend.  Cannot fail.  arg is
 * borrowed until it returns.  Since 0.1. */
FROND_API void frond_http_about(frond_fact_fn fact, void *arg);

FROND_END

#endif
