/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/path.h>
#include <uv.h>

enum { KIND = 0170000, FOLDER = 0040000, PART = 1 << 30 };

/* What a call of libuv's has answered; own is what frond_path_native made for it. */
static int done(uv_fs_t *request, char *own) {
    int rc = (int)request->result;
    uv_fs_req_cleanup(request);
    frond_free(own);
    return rc < 0 ? frond_error_from_uv(rc) : rc;
}

int disk_look(const char *path, bool follow, disk_entry *e) {
    uv_fs_t request;
    char *own;
    if (!(path = frond_path_native(path, &own)))
        return FROND_ENOMEM;
    if (follow)
        uv_fs_stat(NULL, &request, path, NULL);
    else
        uv_fs_lstat(NULL, &request, path, NULL);
    *e = (disk_entry){0};
    if (request.result >= 0) {
        e->folder = (request.statbuf.st_mode & KIND) == FOLDER;
        e->number = request.statbuf.st_ino;
    }
    return done(&request, own);
}

int disk_make_folder(const char *path) {
    uv_fs_t request;
    char *own;
    if (!(path = frond_path_native(path, &own)))
        return FROND_ENOMEM;
    uv_fs_mkdir(NULL, &request, path, 0777, NULL);
    return done(&request, own);
}

int disk_may_write(const char *folder) {
    uv_fs_t request;
    char *own;
    if (!(folder = frond_path_native(folder, &own)))
        return FROND_ENOMEM;
    uv_fs_access(NULL, &request, folder, 2 | 1, NULL); /* to write and to enter */
    return done(&request, own);
}

int disk_open(const char *path) {
    uv_fs_t request;
    char *own;
    if (!(path = frond_path_native(path, &own)))
        return FROND_ENOMEM;
    uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    return done(&request, own);
}

int disk_create(const char *path, int mode) {
    uv_fs_t request;
    char *own;
    if (!(path = frond_path_native(path, &own)))
        return FROND_ENOMEM;
    uv_fs_open(NULL, &request, path, UV_FS_O_CREAT | UV_FS_O_EXCL | UV_FS_O_WRONLY, mode,
               NULL);
    return done(&request, own);
}

int disk_write(int fd, const void *data, size_t n) {
    const char *at = data;
    while (n) {
        uv_fs_t request;
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)at, n < PART ? (unsigned)n : PART);
        uv_fs_write(NULL, &request, fd, &part, 1, -1, NULL);
        int rc = done(&request, NULL);
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
    return done(&request, NULL);
}

int disk_rename(const char *from, const char *to) {
    uv_fs_t request;
    char *own_from, *own_to = NULL;
    from = frond_path_native(from, &own_from);
    to = from ? frond_path_native(to, &own_to) : NULL;
    if (!to) {
        frond_free(own_from);
        return FROND_ENOMEM;
    }
    uv_fs_rename(NULL, &request, from, to, NULL);
    frond_free(own_to);
    return done(&request, own_from);
}

int disk_remove(const char *path) {
    uv_fs_t request;
    char *own;
    if (!(path = frond_path_native(path, &own)))
        return FROND_ENOMEM;
    uv_fs_unlink(NULL, &request, path, NULL);
    return done(&request, own);
}

void disk_each(const char *folder, void (*fn)(const char *name, void *arg), void *arg) {
    uv_fs_t request;
    uv_dirent_t e;
    char *own;
    if (!(folder = frond_path_native(folder, &own)))
        return;
    if (uv_fs_scandir(NULL, &request, folder, 0, NULL) >= 0)
        while (uv_fs_scandir_next(&request, &e) != UV_EOF)
            fn(e.name, arg);
    done(&request, own);
}
