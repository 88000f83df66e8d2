/* SPDX-License-Identifier: MIT */
/* Whether files of the system, or its settings, have changed.  By watch_*.c of each system: without a thread,
 * and without keeping the hub; where the system tells nothing the files are looked at, once a second at most. */
#ifndef FROND_DNS_WATCH_H
#define FROND_DNS_WATCH_H

#include <stdbool.h>
#include <stddef.h>

typedef struct frond__watch frond__watch;

enum { FROND__WATCH_MOST = 3, FROND__WATCH_PATH = 512 };

/* NULL: no memory.  Paths are copied. */
frond__watch *frond__watch_new(const char *const *paths, size_t n);

/* Since it was made, or last said so. */
bool frond__watch_changed(frond__watch *w);

/* loop_gone: the hub was closed, and with it the handles.  NULL is allowed. */
void frond__watch_free(frond__watch *w, bool loop_gone);

/* ---- what they share: the stamps of the files ---- */

typedef struct {
    char paths[FROND__WATCH_MOST][FROND__WATCH_PATH];
    unsigned long long stamps[FROND__WATCH_MOST];
    size_t n;
    unsigned long long looked_ms; /* by the loop's clock */
} frond__stamps;

void frond__stamps_take(frond__stamps *s, const char *const *paths, size_t n);

/* now: look, however short ago one did. */
bool frond__stamps_changed(frond__stamps *s, bool now);

#endif
