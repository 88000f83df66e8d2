/* SPDX-License-Identifier: MIT */
/* Whole files, each by one job. */
#include "fs/fs.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

static int grow(frond__fs_op *op, size_t *room) {
    size_t more = *room * 2;
    char *data = more > *room ? frond_realloc(op->data, more + 1) : NULL;
    if (!data)
        return FROND_ENOMEM;
    op->data = data;
    *room = more;
    return 0;
}

/* Until its end, and not by its size: files of /proc have none, and others grow meanwhile. */
static int read_all(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_fstat(NULL, &request, op->fd, NULL);
    uint64_t size = request.statbuf.st_size;
    int rc = frond__fs_result(&request);
    size_t room = size && size < SIZE_MAX / 4 ? (size_t)size + 1 : PIECE;
    if (op->limit && room > op->limit)
        room = op->limit + 1; /* one more tells that there is more */
    if (rc == 0 && !(op->data = frond_alloc(room + 1)))
        rc = FROND_ENOMEM;
    while (rc == 0) {
        if (op->limit && op->size > op->limit)
            return FROND_ELIMIT;
        if (op->size == room && (rc = grow(op, &room)) < 0)
            return rc;
        rc = frond__fs_read(op->fd, op->data + op->size, room - op->size, -1);
        if (rc == 0)
            break;
        op->size += rc > 0 ? (size_t)rc : 0;
        rc = rc < 0 ? rc : 0;
    }
    if (rc == 0)
        op->data[op->size] = '\0';
    return rc;
}

/* What was opened is closed, and that has its say where it was written. */
static int closed(frond__fs_op *op, int rc) {
    int closing = frond__fs_close(op->fd);
    op->fd = -1;
    return rc < 0 ? rc : closing;
}

static int call_read_file(frond__fs_op *op) {
    int rc = frond__fs_open(op->path, FROND_FILE_READ, 0, &op->fd);
    return rc < 0 ? rc : closed(op, read_all(op));
}

int frond_fs_read_file(const char *path, size_t limit, void **data, size_t *n,
                       frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call_read_file, "read", data ? path : NULL, NULL);
    if (!op)
        return frond_error_code();
    op->limit = limit;
    int rc = frond__fs_run(&op, d);
    if (rc == 0) {
        *data = op->data;
        if (n)
            *n = op->size;
        op->data = NULL;
    }
    frond__fs_free(op);
    return rc;
}

static int write_to(frond__fs_op *op, const char *path, int flags, bool sync) {
    int rc = frond__fs_open(path, flags, 0666, &op->fd);
    if (rc < 0)
        return rc;
    rc = frond__fs_write(op->fd, op->data, op->size, -1, &op->done);
    if (rc == 0 && sync) {
        uv_fs_t request;
        uv_fs_fsync(NULL, &request, op->fd, NULL);
        rc = frond__fs_result(&request);
    }
    return closed(op, rc);
}

static int call_write_file(frond__fs_op *op) {
    return write_to(op, op->path,
                    FROND_FILE_WRITE | FROND_FILE_CREATE | FROND_FILE_TRUNCATE, false);
}

static int call_replace_file(frond__fs_op *op) {
    uv_fs_t request;
    int rc = write_to(op, op->to, FROND_FILE_WRITE | FROND_FILE_NEW, true);
    if (rc == FROND_EEXIST)
        return rc; /* it is not ours */
    if (rc == 0) {
        uv_fs_rename(NULL, &request, op->to, op->path, NULL);
        rc = frond__fs_result(&request);
    }
    if (rc < 0) {
        uv_fs_unlink(NULL, &request, op->to, NULL);
        uv_fs_req_cleanup(&request);
    }
    return rc;
}

/* A name beside path that nobody else takes; NULL when out of memory. */
static char *name_beside(const char *path) {
    static _Atomic unsigned counter;
    size_t n = strlen(path) + 48;
    char *name = frond_alloc(n);
    if (name)
        snprintf(name, n, "%s.%lld-%u.new", path, (long long)uv_os_getpid(),
                 atomic_fetch_add(&counter, 1));
    return name;
}

int frond_fs_write_file(const char *path, const void *data, size_t n, int atomic,
                        frond_deadline d) {
    bool valid = path && (data || n == 0);
    char *beside = valid && atomic ? name_beside(path) : NULL;
    if (valid && atomic && !beside)
        return frond_fail_set(FROND_ENOMEM, "write");
    frond__fs_op *op = frond__fs_new(atomic ? call_replace_file : call_write_file,
                                     "write", valid ? path : NULL, beside);
    frond_free(beside);
    if (op && !(op->data = frond_alloc(n + 1))) {
        frond__fs_free(op);
        return frond_fail_set(FROND_ENOMEM, "write");
    }
    if (op && n)
        memcpy(op->data, data, n);
    if (op)
        op->size = n;
    return frond__fs_do(op, d);
}
