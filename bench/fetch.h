/* SPDX-License-Identifier: MIT */
/* What the two clients share, so that they differ in nothing but the library: their arguments, and
 * how they end.
 *
 *   fetch_X WORKLOAD BASE COUNT CONCURRENCY [CA_FILE]
 *
 * gets BASE/1 to BASE/COUNT, CONCURRENCY at a time over kept connections, and checks that each
 * answers 200 with a body of 1024 bytes. */
#ifndef FETCH_H
#define FETCH_H

#include <stddef.h>

typedef struct {
    const char *workload, *subject;
    const char *base;
    long count, concurrency;
    const char *ca_file; /* NULL: none */
    long next;           /* of the URLs handed out */
    long ok;
} fetch;

void fetch_begin(fetch *f, const char *subject, int argc, char **argv);

/* Writes the next URL.  Returns 0 when there is none left. */
int fetch_next(fetch *f, char *url, size_t cap);

/* Takes an answer; one that is not as it must be ends the program. */
void fetch_answer(fetch *f, long status, size_t bytes);

/* Prints the samples.  Returns the exit status. */
int fetch_end(const fetch *f);

#endif
