/* SPDX-License-Identifier: MIT */
/* The hosts file, read once; whoever has it reads it anew when it has changed. */
#ifndef FROND_DNS_HOSTS_H
#define FROND_DNS_HOSTS_H

#include "answer.h"
#include <stdbool.h>

typedef struct frond__hosts frond__hosts;

/* A file that is not there is an empty one.  0 or FROND_ENOMEM. */
int frond__hosts_read(const char *path, frond__hosts **hosts);

/* Adds a name's addresses of both families to a, in the file's order, and its full name.  1 when the file has
 * the name, 0 when not, or FROND_ENOMEM.  name is in lower case. */
int frond__hosts_find(const frond__hosts *h, const char *name, frond__answer *a);

/* Whether the file has the name at all. */
bool frond__hosts_has(const frond__hosts *h, const char *name);

/* The names of an address: the i-th of its first line, NULL beyond the end. */
const char *frond__hosts_name(const frond__hosts *h, const frond_addr *addr, size_t i);

void frond__hosts_free(frond__hosts *h);

#endif
