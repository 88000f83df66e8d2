/* SPDX-License-Identifier: MIT */
/* Open files.  Each call is an operation that counts its file, and works on a buffer of its own.  The
 * position is the file's, not the descriptor's, and moves once the caller has what it stands for; so a
 * call that was given up has moved nothing.  Calls at the position take turns; one that was given up keeps
 * its turn until its thread has ended it, so that a write which is repeated comes after it.
 *
 * The descriptor is closed when no operation is under way, for a number that is closed may be another
 * file's at once. */
#include "core.h"
#include "fs/fs.h"
#include <frond/impl/fail.h>
#include <frond/impl/file.h>
#include <frond/impl/home.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/semaphore.h>
#include <string.h>

enum { PIECE = 256 * 1024 }; /* bytes a job reads or writes */

struct frond_file {
    frond_home home;
    _Atomic int refs; /* the caller's, and one for each operation and call under way */
    uv_file fd;       /* -1: closed */
    bool positions;   /* it is a regular file */
    bool appends;
    bool closed;
    int64_t position;
    frond_semaphore turn;
    size_t under_way; /* operations; touched by the hub's thread only */
    frond_waitlist closer;
    char *path; /* owned */
};

static const frond_wait_kind close_kind = {"calls on a file to end", NULL, NULL};

static void unref(frond_file *f) {
    if (atomic_fetch_sub(&f->refs, 1) != 1)
        return;
    if (f->fd >= 0)
        frond__fs_close(f->fd);
    frond_home home = f->home;
    frond_free(f->path);
    frond_free(f);
    frond_home_leave(&home);
}

/* On the hub's thread, or, once that has ended, on the operation's: then nobody waits. */
void frond__file_leave(frond_file *f, bool has_turn) {
    if (frond__self == f->home.hub) {
        f->under_way--;
        if (has_turn)
            frond_semaphore_release(&f->turn);
        if (f->under_way == 0 && !frond_wake_one(&f->closer, 0) && f->closed &&
            f->fd >= 0) {
            frond__fs_close(f->fd);
            f->fd = -1;
        }
    }
    unref(f);
}

int frond_file_descriptor(const frond_file *f, int *fd) {
    int rc = frond_home_check(&f->home);
    if (rc == 0 && (f->closed || f->fd < 0))
        rc = FROND_ECLOSED;
    *fd = f->fd;
    return rc;
}

/* ---- opening ---- */

static int call_open(frond__fs_op *op) {
    uv_fs_t request;
    int rc = frond__fs_open(op->path, op->flags, op->mode, &op->fd);
    if (rc < 0)
        return rc;
    uv_fs_fstat(NULL, &request, op->fd, NULL);
    frond__fs_info(&request, &op->info);
    return frond__fs_result(&request);
}

static frond_file *file_new(const char *path, const char *doing) {
    frond_file *f = frond_calloc(1, sizeof *f);
    if (!f || frond_home_enter(&f->home) < 0)
        goto free_file;
    f->refs = 1;
    f->fd = -1;
    f->turn.count = 1;
    frond_waitlist_own(&f->turn.waiters);
    frond_waitlist_own(&f->closer);
    if (!(f->path = frond_strndup(path, strlen(path))))
        goto leave_home;
    return f;

leave_home:
    frond_home_leave(&f->home);
free_file:
    frond_free(f);
    frond_fail_set(FROND_ENOMEM, doing);
    return NULL;
}

int frond_file_open(const char *path, int flags, int mode, frond_file **file,
                    frond_deadline d) {
    bool valid = path && file &&
                 (flags & (FROND_FILE_READ | FROND_FILE_WRITE | FROND_FILE_APPEND)) &&
                 !(flags & ~63);
    frond__fs_op *op = frond__fs_new(call_open, "open", valid ? path : NULL, NULL);
    frond_file *f = op ? file_new(path, "open") : NULL;
    if (!f) {
        frond__fs_free(op);
        return frond_error_code();
    }
    op->flags = flags;
    op->mode = mode;
    int rc = frond__fs_run(&op, d);
    if (rc == 0) {
        f->fd = op->fd;
        f->positions = op->info.kind == FROND_FILE_REGULAR;
        f->appends = (flags & FROND_FILE_APPEND) != 0;
        op->fd = -1;
        *file = f;
    } else {
        unref(f);
    }
    frond__fs_free(op);
    return rc;
}

/* ---- open files from elsewhere ---- */

int frond_file_handle(const frond_file *f, intptr_t *handle, int *flags,
                      int64_t *position) {
    int fd, rc = frond_file_descriptor(f, &fd);
    if (rc < 0)
        return rc;
    *handle = (intptr_t)uv_get_osfhandle(fd);
    *flags = f->appends ? FROND_FILE_APPEND : 0;
    *position = f->position;
    return 0;
}

int frond_file_adopt(intptr_t handle, int flags, int64_t position, frond_file **file) {
    uv_fs_t request;
    frond_file_info info;
    int fd = uv_open_osfhandle((uv_os_fd_t)handle);
    frond_file *f = fd < 0 ? NULL : file_new("adopted", "adopt file");
    if (!f)
        return fd < 0 ? frond_fail_set(FROND_EBADF, "adopt file") : FROND_ENOMEM;
    uv_fs_fstat(NULL, &request, fd, NULL);
    frond__fs_info(&request, &info);
    int rc = frond__fs_result(&request);
    if (rc < 0) {
        unref(f);
        return frond_fail_set(rc, "adopt file");
    }
    f->fd = fd;
    f->positions = info.kind == FROND_FILE_REGULAR;
    f->appends = (flags & FROND_FILE_APPEND) != 0;
    f->position = position;
    frond_descriptor_opened(fd);
    *file = f;
    return 0;
}

/* ---- calls ---- */

static int check(frond_file *f, const char *doing) {
    int rc = f ? frond_home_check(&f->home) : FROND_EINVAL;
    if (rc == 0 && f->closed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

/* NULL when out of memory. */
static frond__fs_op *op_new(frond_file *f, int (*call)(frond__fs_op *), const char *doing,
                            size_t size) {
    frond__fs_op *op = frond__fs_new(call, doing, f->path, NULL);
    if (op && size && !(op->data = frond_alloc(size))) {
        frond__fs_free(op);
        frond_fail_set(FROND_ENOMEM, doing);
        return NULL;
    }
    if (!op)
        return NULL;
    atomic_fetch_add(&f->refs, 1);
    f->under_way++;
    op->file = f;
    op->fd = f->fd;
    op->size = size;
    return op;
}

static int await_turn(frond_file *f, const char *doing, frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = check(f, doing)) < 0)
        return rc;
    rc = frond_semaphore_acquire(&f->turn, d);
    if (rc == 0 && f->closed)
        frond_semaphore_release(&f->turn);
    if ((rc == 0 || rc == FROND_ETIMEDOUT) && f->closed)
        rc = FROND_ECLOSED;
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

/* Waits for the turn.  After 0 the file is held, until turn_end. */
static int turn_begin(frond_file *f, const char *doing, frond_deadline d) {
    bool held = f && frond_home_check(&f->home) == 0;
    if (held) /* others may free it while this gives way to them, or waits */
        atomic_fetch_add(&f->refs, 1);
    int rc = await_turn(f, doing, d);
    if (rc < 0 && held)
        unref(f);
    return rc;
}

/* has_turn: it was not left to an operation that goes on. */
static void turn_end(frond_file *f, bool has_turn) {
    if (has_turn)
        frond_semaphore_release(&f->turn);
    unref(f);
}

static int call_read(frond__fs_op *op) {
    return frond__fs_read(op->fd, op->data, op->size, op->offset);
}

static int64_t read_piece(frond_file *f, void *buf, size_t cap, int64_t offset,
                          bool *turn, frond_deadline d) {
    frond__fs_op *op = op_new(f, call_read, "read", cap < PIECE ? cap : PIECE);
    if (!op)
        return FROND_ENOMEM;
    op->offset = offset;
    op->has_turn = turn != NULL;
    int rc = frond__fs_run(&op, d);
    if (turn)
        *turn = op != NULL;
    if (op)
        op->has_turn = false;
    if (rc > 0)
        memcpy(buf, op->data, (size_t)rc);
    frond__fs_free(op);
    return rc;
}

int64_t frond_file_read(frond_file *f, void *buf, size_t cap, frond_deadline d) {
    if (!buf || !cap)
        return frond_fail_set(FROND_EINVAL, "read");
    int rc = turn_begin(f, "read", d);
    if (rc < 0)
        return rc;
    bool turn = true;
    int64_t n = read_piece(f, buf, cap, f->positions ? f->position : -1, &turn, d);
    if (n > 0 && f->positions)
        f->position += n;
    turn_end(f, turn);
    return n;
}

int64_t frond_file_pread(frond_file *f, void *buf, size_t cap, int64_t offset,
                         frond_deadline d) {
    int rc = check(f, "read");
    if (rc < 0)
        return rc;
    if (!buf || !cap || offset < 0)
        return frond_fail_set(FROND_EINVAL, "read");
    return read_piece(f, buf, cap, offset, NULL, d);
}

static int call_write(frond__fs_op *op) {
    return frond__fs_write(op->fd, op->data, op->size, op->offset, &op->done);
}

/* *n: how many bytes to write, and how many were. */
static int write_piece(frond_file *f, const char *data, size_t *n, int64_t offset,
                       bool *turn, frond_deadline d) {
    frond__fs_op *op = op_new(f, call_write, "write", *n < PIECE ? *n : PIECE);
    *n = 0;
    if (!op)
        return FROND_ENOMEM;
    memcpy(op->data, data, op->size);
    op->offset = offset;
    op->has_turn = turn != NULL;
    int rc = frond__fs_run(&op, d);
    if (turn)
        *turn = op != NULL;
    if (op) {
        op->has_turn = false;
        *n = op->done;
    }
    frond__fs_free(op);
    return rc;
}

int frond_file_write(frond_file *f, const void *data, size_t n, size_t *written,
                     frond_deadline d) {
    if (written)
        *written = 0;
    if (!data && n)
        return frond_fail_set(FROND_EINVAL, "write");
    int rc = turn_begin(f, "write", d);
    if (rc < 0)
        return rc;
    bool turn = true, moves = f->positions && !f->appends;
    for (size_t done = 0; rc == 0 && done < n;) {
        size_t piece = n - done;
        rc = f->closed ? frond_fail_set(FROND_ECLOSED, "write")
                       : write_piece(f, (const char *)data + done, &piece,
                                     moves ? f->position : -1, &turn, d);
        piece = rc == FROND_ECLOSED ? 0 : piece;
        done += piece;
        f->position += moves ? (int64_t)piece : 0;
        if (written)
            *written = done;
    }
    turn_end(f, turn);
    return rc;
}

int frond_file_pwrite(frond_file *f, const void *data, size_t n, int64_t offset,
                      size_t *written, frond_deadline d) {
    if (written)
        *written = 0;
    int rc = check(f, "write");
    if (rc == 0 && ((!data && n) || offset < 0))
        rc = frond_fail_set(FROND_EINVAL, "write");
    if (rc < 0)
        return rc;
    atomic_fetch_add(&f->refs, 1);
    for (size_t done = 0; rc == 0 && done < n;) {
        size_t piece = n - done;
        if ((rc = check(f, "write")) == 0)
            rc = write_piece(f, (const char *)data + done, &piece, offset + (int64_t)done,
                             NULL, d);
        else
            piece = 0;
        done += piece;
        if (written)
            *written = done;
    }
    unref(f);
    return rc;
}

int frond_file_seek(frond_file *f, int64_t offset) {
    int rc = check(f, "seek");
    if (rc < 0)
        return rc;
    if (offset < 0 || !f->positions)
        return frond_fail_set(offset < 0 ? FROND_EINVAL : FROND_ESPIPE, "seek");
    f->position = offset;
    return 0;
}

int64_t frond_file_position(const frond_file *f) {
    return f ? f->position : 0;
}

static int call_stat(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_fstat(NULL, &request, op->fd, NULL);
    frond__fs_info(&request, &op->info);
    return frond__fs_result(&request);
}

int frond_file_stat(frond_file *f, frond_file_info *info, frond_deadline d) {
    int rc = info ? check(f, "stat") : frond_fail_set(FROND_EINVAL, "stat");
    if (rc < 0)
        return rc;
    frond__fs_op *op = op_new(f, call_stat, "stat", 0);
    if (!op)
        return FROND_ENOMEM;
    rc = frond__fs_run(&op, d);
    if (rc == 0)
        *info = op->info;
    frond__fs_free(op);
    return rc;
}

/* The calls with a number at most. */
static int simple(frond_file *f, int (*call)(frond__fs_op *), const char *doing,
                  int64_t number, frond_deadline d) {
    int rc = check(f, doing);
    if (rc < 0)
        return rc;
    frond__fs_op *op = op_new(f, call, doing, 0);
    if (op)
        op->offset = number;
    return frond__fs_do(op, d);
}

static int call_truncate(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_ftruncate(NULL, &request, op->fd, op->offset, NULL);
    return frond__fs_result(&request);
}

int frond_file_truncate(frond_file *f, int64_t size, frond_deadline d) {
    return size < 0 ? frond_fail_set(FROND_EINVAL, "truncate")
                    : simple(f, call_truncate, "truncate", size, d);
}

static int call_sync(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_fsync(NULL, &request, op->fd, NULL);
    return frond__fs_result(&request);
}

int frond_file_sync(frond_file *f, frond_deadline d) {
    return simple(f, call_sync, "sync", 0, d);
}

static int call_datasync(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_fdatasync(NULL, &request, op->fd, NULL);
    return frond__fs_result(&request);
}

int frond_file_datasync(frond_file *f, frond_deadline d) {
    return simple(f, call_datasync, "sync", 0, d);
}

/* ---- closing ---- */

static void stop(frond_file *f) {
    f->closed = true;
    frond_wake_all(&f->turn.waiters, FROND_ECLOSED);
}

static int call_close(frond__fs_op *op) {
    int fd = op->fd;
    op->fd = -1;
    return frond__fs_close(fd);
}

/* Takes the descriptor, which is the operation's from then on, whatever becomes of that. */
static int close_now(frond_file *f, frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call_close, "close", f->path, NULL);
    int fd = f->fd;
    f->fd = -1;
    if (!op)
        return frond__fs_close(fd);
    op->fd = fd;
    return frond__fs_do(op, d);
}

int frond_file_close(frond_file *f, frond_deadline d) {
    int rc = f ? frond_home_check(&f->home) : FROND_EINVAL;
    if (rc < 0)
        return frond_fail_set(rc, "close");
    if (f->closed)
        return 0;
    stop(f);
    atomic_fetch_add(&f->refs, 1);
    rc = frond_wait_enter(d);
    while (rc == 0 && f->under_way) {
        frond_waiter w = {0};
        rc = frond_wait(&w, &f->closer, &close_kind, f, d);
    }
    if (rc < 0)
        frond_fail_set(rc, "close");
    if (f->under_way == 0 && f->fd >= 0)
        rc = close_now(f, d);
    unref(f);
    return rc;
}

static void free_here(void *arg) {
    frond_file *f = arg;
    if (!frond_home_closed(&f->home))
        stop(f);
    unref(f);
}

void frond_file_free(frond_file *f) {
    if (f)
        frond_home_send(&f->home, free_here, f);
}
