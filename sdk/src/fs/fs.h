/* SPDX-License-Identifier: MIT */
/* An operation on files: a block of its own that a thread works on, with copies of what it needs.  Whoever
 * has it last frees it: the caller, or, when that has given up, the thread pool. */
#ifndef FROND_SRC_FS_H
#define FROND_SRC_FS_H

#include "compat.h"
#include <frond/fs.h>
#include <stdbool.h>
#include <uv.h>

typedef struct frond__fs_op frond__fs_op;

struct frond__fs_op {
    int (*call)(frond__fs_op *op); /* on a thread; 0 or more, or a FROND_E* code */
    const char *doing;
    char *path, *to; /* owned, as the system takes them; NULL: it has none */
    int flags, mode;
    int64_t offset; /* -1: wherever the descriptor is */
    int64_t accessed_ns, modified_ns;
    char *data; /* owned: to write, or what was read, or a text */
    size_t size, done;
    size_t limit;
    uv_file fd;       /* owned if no file is there; -1: none */
    frond_file *file; /* counted; NULL: none */
    bool has_turn;    /* of that file, and gives it back */
    frond_file_info info;
};

/* A new one; NULL with FROND_EINVAL or FROND_ENOMEM.  path and to are copied. */
FROND_INTERNAL frond__fs_op *frond__fs_new(int (*call)(frond__fs_op *), const char *doing,
                                           const char *path, const char *to);
FROND_INTERNAL void frond__fs_free(void *op);

/* Has it run.  Suspends.  What call has answered, with *op the caller's again; or why that is not known, with
 * *op NULL. */
FROND_INTERNAL int frond__fs_run(frond__fs_op **op, frond_deadline d);

/* The same, and frees it; NULL answers the last failure. */
FROND_INTERNAL int frond__fs_do(frond__fs_op *op, frond_deadline d);

/* What a call of libuv's has answered. */
FROND_INTERNAL int frond__fs_result(uv_fs_t *request);

/* The last part of a path, which may be empty; borrowed from it. */
FROND_INTERNAL const char *frond__path_name(const char *path);

/* What a stat has found; one that has failed has found nothing, and leaves *info alone. */
FROND_INTERNAL void frond__fs_info(const uv_fs_t *request, frond_file_info *info);

/* On a thread: opens, or closes what it has opened. */
FROND_INTERNAL int frond__fs_open(const char *path, int flags, int mode, uv_file *fd);
FROND_INTERNAL int frond__fs_close(uv_file fd);

/* On a thread: reads once, or writes all. */
FROND_INTERNAL int frond__fs_read(uv_file fd, char *to, size_t n, int64_t offset);
FROND_INTERNAL int frond__fs_write(uv_file fd, const char *from, size_t n, int64_t offset,
                                   size_t *done);

/* The operation leaves its file. */
FROND_INTERNAL void frond__file_leave(frond_file *file, bool has_turn);

#endif
