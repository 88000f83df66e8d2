/* SPDX-License-Identifier: MIT */
/* A message pipe with both ends in one process. */
#ifndef FROND_TESTS_ENDS_H
#define FROND_TESTS_ENDS_H

#include "support.h"
#include <frond/proc.h>
#include <string.h>

static frond_pipe *a, *b;

static inline void open_pipe(uint64_t max) {
    frond_pipe_options o = {.max_message = max};
    CHECK_INT(frond_pipe_pair(&o, &a, &b), 0);
}

static inline void close_pipe(void) {
    frond_pipe_free(a);
    frond_pipe_free(b);
}

/* The next message is this text. */
static inline void expect(frond_pipe *p, const char *text) {
    void *msg = NULL;
    int64_t n = frond_pipe_receive(p, &msg, frond_in(20000));
    CHECK_INT(n, strlen(text));
    if (n >= 0)
        CHECK_TEXT(msg, text);
    frond_free(msg);
}

#endif
