/* SPDX-License-Identifier: MIT */
/* What the two that look names up share, so that they differ in nothing but the library: their arguments, and how
 * they end.
 *
 *   lookup_X PORT COUNT CONCURRENCY
 *
 * asks the name server at 127.0.0.1:PORT (lookup_server) for COUNT names, each another, CONCURRENCY at a time, and
 * checks every answer. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *subject;
    int port;
    long count, concurrency;
    long next; /* of the names handed out */
    long ok;
    uint64_t cpu; /* at the start */
} lookups;

void lookups_begin(lookups *l, const char *subject, int argc, char **argv);

/* Writes the next name.  Returns 0 when there is none left. */
int lookups_next(lookups *l, char *name, size_t cap);

/* Takes an answer, four bytes; one that is not as it must be ends the program. */
void lookups_answer(lookups *l, const void *ip, size_t n);

/* Prints the sample.  Returns the exit status. */
int lookups_end(const lookups *l);

#endif
