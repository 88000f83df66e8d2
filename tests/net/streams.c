/* SPDX-License-Identifier: MIT */
#include "streams.h"

#include <stdio.h>

enum { NARROW = 50000 };

static const stream_kind *kind;

void streams_open(frond_stream **a, frond_stream **b) {
    kind->open(0, a, b);
}

void streams_open_narrow(frond_stream **a, frond_stream **b) {
    kind->open(NARROW, a, b);
}

void streams_narrow(frond_stream *s, int room) {
    intptr_t fd;
    CHECK_INT(frond_stream_fd(s, &fd), 0);
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_SEND_BUFFER, room), 0);
    CHECK_INT(frond_sockopt_set(fd, FROND_SO_RECEIVE_BUFFER, room), 0);
}

int streams_main(const char *suite, const test_case *tests, int argc, char **argv) {
    int status = 0;
    test_around(streams_begin, streams_end);
    for (kind = stream_kinds; kind->name && status != 2; kind++) {
        char name[100];
        snprintf(name, sizeof name, "%s over %s", suite, kind->name);
        int one = test_main(name, tests, argc, argv);
        status = one > status ? one : status;
    }
    return status;
}
