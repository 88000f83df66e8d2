/* SPDX-License-Identifier: MIT */
/* The client inside http: its options with the defaults filled in, and its pool of connections. */
#ifndef FROND_HTTP_CLIENT_H
#define FROND_HTTP_CLIENT_H

#include "connection.h"
#include <frond/impl/home.h>
#include <frond/http.h>
#include <frond/semaphore.h>

typedef struct frond__http_origin frond__http_origin;
typedef struct frond__http_host frond__http_host;

/* A connection of the client: in use, or idle in two lists (of its origin, and of all by age). */
typedef struct frond__http_conn {
    frond__http_input input;
    frond__http_origin *origin;
    frond__http_host *host;
    struct frond__http_conn *next;          /* idle ones of the origin, latest first */
    struct frond__http_conn *older, *newer; /* idle ones of the client */
    int64_t idle_since;
    frond_http_timing timing; /* of its making; then of the request under way */
} frond__http_conn;

struct frond__http_origin { /* "https://host:port" */
    frond__http_origin *next;
    frond_http_client *client;
    frond__http_conn *idle;
    size_t users; /* requests on it */
    char key[];
};

/* A host, whatever its ports and schemes: so many requests at a time. */
struct frond__http_host {
    frond__http_host *next; /* in the client's table */
    frond_semaphore room;
    size_t users; /* requests that hold or wait for room */
    char name[];
};

enum { FROND__HTTP_BUCKETS = 256 };

struct frond_http_client {
    frond_http_options options;
    char *user_agent; /* owned */
    frond_home home;
    size_t refs; /* its owner, each request under way, each connection in use */
    size_t idle;
    bool freed;
    frond__http_conn *oldest, *newest;
    frond__http_origin *origins[FROND__HTTP_BUCKETS];
    frond__http_host *hosts[FROND__HTTP_BUCKETS];
};

/* A connection to the URL's origin, a kept one if fresh is false and there is one; waits for room.
 * Suspends. */
int frond__http_checkout(frond_http_client *c, const frond_url *url, bool fresh,
                         frond__http_conn **conn, frond_deadline d);

/* Gives it back: kept when reusable, else closed. */
void frond__http_checkin(frond__http_conn *conn, bool reusable);

void frond__http_pool_close(frond_http_client *c);
void frond__http_client_unref(frond_http_client *c);

#endif
