/* SPDX-License-Identifier: MIT */
/* Files, by libuv's own calls: names are UTF-8 on every system.  They block; all but disk_each answer 0 or
 * more, or a FROND_E* code. */
#ifndef FROND_CLI_DISK_H
#define FROND_CLI_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    bool folder;
    uint64_t number; /* the same for two names of one file */
} disk_entry;

int disk_look(const char *path, bool follow, disk_entry *e);
int disk_make_folder(const char *path);
int disk_may_write(const char *folder);

int disk_open(const char *path);             /* to read: a descriptor */
int disk_create(const char *path, int mode); /* that must not exist: a descriptor */
int disk_write(int fd, const void *data, size_t n); /* all of it */
int disk_close(int fd);

int disk_rename(const char *from, const char *to);
int disk_remove(const char *path);

/* Calls fn with each name in a folder, if it can be read. */
void disk_each(const char *folder, void (*fn)(const char *name, void *arg), void *arg);

#endif
