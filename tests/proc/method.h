/* SPDX-License-Identifier: MIT */
/* What tests of worker processes have in common that are run by both methods: BOTH makes two of a function, and
 * ROWS their rows of the table. */
#ifndef FROND_TESTS_METHOD_H
#define FROND_TESTS_METHOD_H

#include "support.h"
#include <frond/proc.h>
#include <stdio.h>
#include <string.h>

static frond_method method;

#define BOTH(name)                                                                       \
    static void name##_spawned(void) {                                                   \
        method = FROND_SPAWN;                                                            \
        name();                                                                          \
    }                                                                                    \
    static void name##_forked(void) {                                                    \
        method = FROND_FORK;                                                             \
        if (system_forks())                                                              \
            name();                                                                      \
    }

#define ROWS(name, text)                                                                 \
    {text ", spawned", name##_spawned}, {                                                \
        text ", forked", name##_forked                                                   \
    }

/* Starts an entry with what o says more; NULL is a failure of the test. */
static inline frond_process *start_with(const char *entry, frond_process_options o) {
    frond_process *p = NULL;
    o.method = method;
    int rc = frond_process_start(entry, &o, &p, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
    return p;
}

static inline frond_process *start_pipes(const char *entry, frond_pipe **pipes,
                                         size_t n) {
    return start_with(entry, (frond_process_options){.pipes = pipes, .n_pipes = n});
}

/* The exit status, and the object is freed. */
static inline int join_it(frond_process *p) {
    int status = -999;
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    frond_process_free(p);
    return status;
}

/* For children, too, which make no checks. */
static inline bool says(frond_pipe *p, const char *text) {
    return frond_pipe_send(p, text, strlen(text), frond_in(20000)) == 0;
}

static inline void send_text(frond_pipe *p, const char *text) {
    CHECK_INT(says(p, text), 1);
}

/* Whether the next message is this text. */
static inline bool next_is(frond_pipe *p, const char *text) {
    void *msg = NULL;
    int64_t n = frond_pipe_receive(p, &msg, frond_in(20000));
    bool is = n == (int64_t)strlen(text) && strcmp(msg, text) == 0;
    if (n >= 0)
        frond_free(msg);
    return is;
}

#endif
