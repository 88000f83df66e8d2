/* SPDX-License-Identifier: MIT */
/* Operations on files, and those on names. */
#include "fs/fs.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/path.h>
#include <frond/impl/process.h>
#include <frond/threadpool.h>
#include <string.h>

enum { KIND = 0170000, FOLDER = 0040000, REGULAR = 0100000, LINK = 0120000 };
enum { PIECE = 1 << 30 }; /* libuv's lengths are 32 bits, and so are results */

/* ---- operations ---- */

/* A copy that is the operation's own. */
static char *own_path(const char *path) {
    char *own;
    const char *native = frond_path_native(path, &own);
    return own || !native ? own : frond_strndup(path, strlen(path));
}

frond__fs_op *frond__fs_new(int (*call)(frond__fs_op *), const char *doing,
                            const char *path, const char *to) {
    if (!path) {
        frond_fail_set(FROND_EINVAL, doing);
        return NULL;
    }
    frond__fs_op *op = frond_calloc(1, sizeof *op);
    if (op) {
        op->fd = -1;
        op->path = own_path(path);
        op->to = to ? own_path(to) : NULL;
    }
    if (!op || !op->path || (to && !op->to)) {
        frond__fs_free(op);
        frond_fail_set(FROND_ENOMEM, doing);
        return NULL;
    }
    op->call = call;
    op->doing = doing;
    return op;
}

void frond__fs_free(void *arg) {
    frond__fs_op *op = arg;
    if (!op)
        return;
    if (op->file)
        frond__file_leave(op->file, op->has_turn);
    else if (op->fd >= 0)
        frond__fs_close(op->fd);
    frond_free(op->path);
    frond_free(op->to);
    frond_free(op->data);
    frond_free(op);
}

static int run_op(void *arg) {
    frond__fs_op *op = arg;
    return op->call(op);
}

int frond__fs_run(frond__fs_op **op, frond_deadline d) {
    const char *doing = (*op)->doing;
    frond_threadpool *pool = frond_threadpool_class(FROND_THREADS_FILE);
    if (!pool) {
        frond__fs_free(*op);
        *op = NULL;
        return frond_fail_set(FROND_ENOMEM, doing);
    }
    int ran;
    int rc = frond_threadpool_run(pool, run_op, *op, frond__fs_free, &ran, d);
    if (!ran) {
        *op = NULL;
        return frond_fail_set(rc, doing);
    }
    if (rc < 0)
        frond_fail_text(rc, "%s %s: %s", doing, (*op)->path, frond_error_message(rc));
    return rc;
}

int frond__fs_do(frond__fs_op *op, frond_deadline d) {
    if (!op)
        return frond_error_code();
    int rc = frond__fs_run(&op, d);
    frond__fs_free(op);
    return rc;
}

/* ---- on a thread ---- */

int frond__fs_result(uv_fs_t *request) {
    int64_t rc = request->result;
    uv_fs_req_cleanup(request);
    return rc < 0 ? frond_error_from_uv((int)rc) : (int)rc;
}

/* The far future and past are as far as 64 bits count. */
static int64_t ns_of(const uv_timespec_t *t) {
    int64_t s = t->tv_sec, most = INT64_MAX / 1000000000 - 1;
    s = s > most ? most : s < -most ? -most : s;
    return s * 1000000000 + t->tv_nsec;
}

void frond__fs_info(const uv_fs_t *request, frond_file_info *info) {
    const uv_stat_t *s = &request->statbuf;
    if (request->result < 0)
        return;
    int kind = (int)(s->st_mode & KIND);
    *info = (frond_file_info){
        .kind = kind == REGULAR  ? FROND_FILE_REGULAR
                : kind == FOLDER ? FROND_FILE_FOLDER
                : kind == LINK   ? FROND_FILE_LINK
                                 : FROND_FILE_OTHER,
        .mode = (uint32_t)(s->st_mode & 07777),
        .size = (int64_t)s->st_size,
        .device = s->st_dev,
        .number = s->st_ino,
        .links = s->st_nlink,
        .owner = s->st_uid,
        .group = s->st_gid,
        .accessed_ns = ns_of(&s->st_atim),
        .modified_ns = ns_of(&s->st_mtim),
        .changed_ns = ns_of(&s->st_ctim),
        .created_ns = ns_of(&s->st_birthtim),
    };
}

int frond__fs_open(const char *path, int flags, int mode, uv_file *fd) {
    int how = flags & (FROND_FILE_WRITE | FROND_FILE_APPEND)
                  ? flags & FROND_FILE_READ ? UV_FS_O_RDWR : UV_FS_O_WRONLY
                  : UV_FS_O_RDONLY;
    uv_fs_t request;
    if (flags & FROND_FILE_APPEND)
        how |= UV_FS_O_APPEND;
    if (flags & (FROND_FILE_CREATE | FROND_FILE_NEW))
        how |= UV_FS_O_CREAT;
    if (flags & FROND_FILE_NEW)
        how |= UV_FS_O_EXCL;
    if (flags & FROND_FILE_TRUNCATE)
        how |= UV_FS_O_TRUNC;
    uv_fs_open(NULL, &request, path, how, mode, NULL);
    int rc = frond__fs_result(&request);
    *fd = rc < 0 ? -1 : rc;
    if (rc >= 0)
        frond_descriptor_opened(rc);
    return rc < 0 ? rc : 0;
}

int frond__fs_close(uv_file fd) {
    uv_fs_t request;
    frond_descriptor_closing(fd);
    uv_fs_close(NULL, &request, fd, NULL);
    return frond__fs_result(&request);
}

int frond__fs_read(uv_file fd, char *to, size_t n, int64_t offset) {
    uv_fs_t request;
    uv_buf_t buf = uv_buf_init(to, (unsigned)(n < PIECE ? n : PIECE));
    uv_fs_read(NULL, &request, fd, &buf, 1, offset, NULL);
    return frond__fs_result(&request);
}

int frond__fs_write(uv_file fd, const char *from, size_t n, int64_t offset,
                    size_t *done) {
    for (*done = 0; *done < n;) {
        uv_fs_t request;
        size_t piece = n - *done < PIECE ? n - *done : PIECE;
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)from + *done, (unsigned)piece);
        uv_fs_write(NULL, &request, fd, &buf, 1,
                    offset < 0 ? -1 : offset + (int64_t)*done, NULL);
        int rc = frond__fs_result(&request);
        if (rc < 0)
            return rc;
        *done += (size_t)rc;
    }
    return 0;
}

/* ---- names ---- */

static int call_stat(frond__fs_op *op) {
    uv_fs_t request;
    if (op->flags)
        uv_fs_lstat(NULL, &request, op->path, NULL);
    else
        uv_fs_stat(NULL, &request, op->path, NULL);
    frond__fs_info(&request, &op->info);
    return frond__fs_result(&request);
}

static int stat_name(const char *path, bool link, frond_file_info *info,
                     frond_deadline d) {
    frond__fs_op *op =
        frond__fs_new(call_stat, link ? "lstat" : "stat", info ? path : NULL, NULL);
    if (!op)
        return frond_error_code();
    op->flags = link;
    int rc = frond__fs_run(&op, d);
    if (rc == 0)
        *info = op->info;
    frond__fs_free(op);
    return rc;
}

int frond_fs_stat(const char *path, frond_file_info *info, frond_deadline d) {
    return stat_name(path, false, info, d);
}

int frond_fs_lstat(const char *path, frond_file_info *info, frond_deadline d) {
    return stat_name(path, true, info, d);
}

static int call_access(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_access(NULL, &request, op->path, op->mode, NULL);
    return frond__fs_result(&request);
}

/* The calls of one name that need a mode at most. */
static int with_mode(int (*call)(frond__fs_op *), const char *doing, const char *path,
                     int mode, frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call, doing, path, NULL);
    if (op)
        op->mode = mode;
    return frond__fs_do(op, d);
}

int frond_fs_access(const char *path, int wanted, frond_deadline d) {
    return with_mode(call_access, "access", path, wanted, d);
}

static int call_mkdir(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_mkdir(NULL, &request, op->path, op->mode, NULL);
    return frond__fs_result(&request);
}

int frond_fs_mkdir(const char *path, int mode, frond_deadline d) {
    return with_mode(call_mkdir, "mkdir", path, mode, d);
}

static int call_rmdir(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_rmdir(NULL, &request, op->path, NULL);
    return frond__fs_result(&request);
}

int frond_fs_rmdir(const char *path, frond_deadline d) {
    return with_mode(call_rmdir, "rmdir", path, 0, d);
}

static int call_unlink(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_unlink(NULL, &request, op->path, NULL);
    return frond__fs_result(&request);
}

int frond_fs_unlink(const char *path, frond_deadline d) {
    return with_mode(call_unlink, "unlink", path, 0, d);
}

static int call_chmod(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_chmod(NULL, &request, op->path, op->mode, NULL);
    return frond__fs_result(&request);
}

int frond_fs_chmod(const char *path, int mode, frond_deadline d) {
    return with_mode(call_chmod, "chmod", path, mode, d);
}

static int call_utime(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_utime(NULL, &request, op->path, (double)op->accessed_ns / 1e9,
                (double)op->modified_ns / 1e9, NULL);
    return frond__fs_result(&request);
}

int frond_fs_utime(const char *path, int64_t accessed_ns, int64_t modified_ns,
                   frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call_utime, "utime", path, NULL);
    if (op) {
        op->accessed_ns = accessed_ns;
        op->modified_ns = modified_ns;
    }
    return frond__fs_do(op, d);
}

/* ---- two names ---- */

static int with_two(int (*call)(frond__fs_op *), const char *doing, const char *path,
                    const char *to, int flags, frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call, doing, to ? path : NULL, to);
    if (op)
        op->flags = flags;
    return frond__fs_do(op, d);
}

static int call_rename(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_rename(NULL, &request, op->path, op->to, NULL);
    return frond__fs_result(&request);
}

int frond_fs_rename(const char *from, const char *to, frond_deadline d) {
    return with_two(call_rename, "rename", from, to, 0, d);
}

static int call_link(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_link(NULL, &request, op->path, op->to, NULL);
    return frond__fs_result(&request);
}

int frond_fs_link(const char *path, const char *name, frond_deadline d) {
    return with_two(call_link, "link", path, name, 0, d);
}

/* The target is in data: it is kept as it stands. */
static int call_symlink(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_symlink(NULL, &request, op->data, op->path, 0, NULL);
    return frond__fs_result(&request);
}

int frond_fs_symlink(const char *target, const char *name, frond_deadline d) {
    frond__fs_op *op = frond__fs_new(call_symlink, "symlink", target ? name : NULL, NULL);
    if (op && !(op->data = frond_strndup(target, strlen(target)))) {
        frond__fs_free(op);
        return frond_fail_set(FROND_ENOMEM, "symlink");
    }
    return frond__fs_do(op, d);
}

static int call_copyfile(frond__fs_op *op) {
    uv_fs_t request;
    uv_fs_copyfile(NULL, &request, op->path, op->to, op->flags, NULL);
    return frond__fs_result(&request);
}

int frond_fs_copyfile(const char *from, const char *to, int fresh, frond_deadline d) {
    return with_two(call_copyfile, "copy", from, to, fresh ? UV_FS_COPYFILE_EXCL : 0, d);
}
