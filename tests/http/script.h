/* SPDX-License-Identifier: MIT */
/* A server that says what a script tells it, for tests of the client. */
#ifndef FROND_TESTS_HTTP_SCRIPT_H
#define FROND_TESTS_HTTP_SCRIPT_H

#include <frond/net.h>
#include <frond/sdk.h>

/* One step answers one request: it is read (head, and body if it has a Content-Length) and text is
 * sent.  In text, "@" is the server's own "127.0.0.1:port". */
typedef struct {
    const char *text;  /* NULL: end of the script */
    size_t len;        /* 0: strlen */
    int close;         /* 1: close after it; 2: before it, without reading */
    uint64_t delay_ms; /* before the answer */
    uint64_t pause_ms; /* after each byte of it */
} step;

typedef struct {
    frond_listener *listener;
    frond_greenlet *greenlet;
    int port;
    const step *steps; /* the next one; connections take them in turn */
    int connections, requests, open, most_open;
    char heads[8][2048]; /* of the requests, in their order, with their bodies */
} script;

void script_start(script *s, const step *steps);
void script_stop(script *s);

/* "http://127.0.0.1:port/path"; static, for a few calls. */
const char *script_url(const script *s, const char *path);

#endif
