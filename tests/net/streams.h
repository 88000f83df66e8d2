/* SPDX-License-Identifier: MIT */
/* What every kind of stream has to pass.  A program of such tests is linked with one table of kinds, that of
 * net/streams_plain.c or that of tls/streams_tls.c, and runs all of its tests over each. */
#ifndef FROND_TESTS_STREAMS_H
#define FROND_TESTS_STREAMS_H

#include "net.h"

typedef struct {
    const char *name;
    /* Two connected ends; room: bytes that what is beneath may hold each way, 0: as many as usual. */
    void (*open)(int room, frond_stream **a, frond_stream **b);
} stream_kind;

extern const stream_kind stream_kinds[]; /* ends with {0} */

/* Before the first of them is opened, and after the last is closed. */
void streams_begin(void);
void streams_end(void);

/* Of the kind whose turn it is. */
void streams_open(frond_stream **a, frond_stream **b);
void streams_open_narrow(frond_stream **a, frond_stream **b);

/* Socket buffers of about that size, for a kind's open. */
void streams_narrow(frond_stream *s, int room);

/* As test_main, once for each kind. */
int streams_main(const char *suite, const test_case *tests, int argc, char **argv);

#endif
