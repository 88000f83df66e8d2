/* SPDX-License-Identifier: MIT */
/* nc [-l] ADDRESS: connects to ADDRESS, or with -l waits there for one who connects, sends what standard input
 * gives and writes what comes to standard output, until both have ended. */
#include <frond/frond.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    frond_stream *from, *to;
} direction;

static void *copy(void *arg) {
    direction *d = arg;
    char buffer[16384];
    int64_t n;
    while ((n = frond_read(d->from, buffer, sizeof buffer, FROND_NEVER)) > 0)
        if (frond_write(d->to, buffer, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    frond_shutdown(d->to,
                   FROND_NEVER); /* "that was all"; standard output has no such thing */
    return NULL;
}

static int connect_or_wait(const char *where, int listens, frond_stream **s) {
    frond_addr at;
    frond_listener *listener;
    char text[FROND_ADDR_TEXT];
    if (!listens)
        return frond_dial(where, NULL, s, frond_in(30000));
    int rc = frond_listen(where, NULL, &listener, frond_in(30000));
    if (rc < 0)
        return rc;
    frond_listener_addr(listener, &at);
    fprintf(stderr, "listening at %s\n", frond_addr_format(&at, text, sizeof text));
    rc = frond_accept(listener, s, FROND_NEVER);
    frond_listener_free(listener);
    return rc;
}

int main(int argc, char **argv) {
    frond_stream *s, *in, *out;
    int listens = argc > 2 && strcmp(argv[1], "-l") == 0;
    if (argc < 2 + listens) {
        fprintf(stderr, "usage: nc [-l] ADDRESS\n");
        return 2;
    }
    if (connect_or_wait(argv[1 + listens], listens, &s) < 0 ||
        frond_stdio_open(FROND_STDIN, &in) < 0 ||
        frond_stdio_open(FROND_STDOUT, &out) < 0) {
        fprintf(stderr, "nc: %s\n", frond_error_text());
        return 1;
    }
    direction there = {in, s}, back = {s, out};
    frond_greenlet *sender = frond_spawn(copy, &there);
    copy(&back);
    frond_join(sender, FROND_NEVER);
    frond_release(sender);
    frond_stream_free(in);
    frond_stream_free(out);
    frond_stream_free(s);
    return 0;
}
