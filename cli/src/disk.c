/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <uv.h>

enum { KIND = 0170000, FOLDER = 0040000, PART = 1 << 30 };

/* What a call of libuv's has answered. */
static int done(uv_fs_t *request) {
    int rc = (int)request->result;
    uv_fs_req_cleanup(request);
    return rc < 0 ? frond_error_from_uv(rc) : rc;
}

int disk_look(const char *path, bool follow, disk_entry *e) {
    uv_fs_t request;
    if (follow)
        uv_fs_stat(NULL, &request, path, NULL);
    else
        uv_fs_lstat(NULL, &request, path, NULL);
    e->folder = (request.statbuf.st_mode & KIND) == FOLDER;
    e->number = request.statbuf.st_ino;
    return done(&request);
}

int disk_make_folder(const char *path) {
    uv_fs_t request;
    uv_fs_mkdir(NULL, &request, path, 0777, NULL);
    return done(&request);
}

int disk_may_write(const char *folder) {
    uv_fs_t request;
    uv_fs_access(NULL, &request, folder, 2 | 1, NULL); /* to write and to enter */
    return done(&request);
}

int disk_open(const char *path) {
    uv_fs_t request;
    uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    return done(&request);
}

int disk_create(const char *path, int mode) {
    uv_fs_t request;
    uv_fs_open(NULL, &request, path, UV_FS_O_CREAT | UV_FS_O_EXCL | UV_FS_O_WRONLY, mode,
               NULL);
    return done(&request);
}

int disk_write(int fd, const void *data, size_t n) {
    const char *at = data;
    while (n) {
        uv_fs_t request;
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)at, n < PART ? (unsigned)n : PART);
        uv_fs_write(NULL, &request, fd, &part, 1, -1, NULL);
        int rc = done(&request);
        if (rc < 0)
            return rc;
        at += rc;
        n -= (size_t)rc;
    }
    return 0;
}

int disk_close(int fd) {
    uv_fs_t request;
    uv_fs_close(NULL, &request, fd, NULL);
    return done(&request);
}

int disk_rename(const char *from, const char *to) {
    uv_fs_t request;
    uv_fs_rename(NULL, &request, from, to, NULL);
    return done(&request);
}

int disk_remove(const char *path) {
    uv_fs_t request;
    uv_fs_unlink(NULL, &request, path, NULL);
    return done(&request);
}

void disk_each(const char *folder, void (*fn)(const char *name, void *arg), void *arg) {
    uv_fs_t request;
    uv_dirent_t e;
    if (uv_fs_scandir(NULL, &request, folder, 0, NULL) >= 0)
        while (uv_fs_scandir_next(&request, &e) != UV_EOF)
            fn(e.name, arg);
    uv_fs_req_cleanup(&request);
}
