/* SPDX-License-Identifier: MIT */
/* See unix.h.  The calls on a socket's file are the system's own, made here and now: they are few, and a
 * listener may be closed where nobody may wait. */
#include "socket/unix.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/stream.h>
#include <frond/unix.h>
#include <string.h>
#include <uv.h>

/* Its path with a NUL; false for an address without a file. */
static bool path_of(const frond_addr *at, char path[sizeof at->path + 1]) {
    if (at->family != FROND_UNIX || !at->path_length || !at->path[0])
        return false;
    memcpy(path, at->path, at->path_length);
    path[at->path_length] = '\0';
    return true;
}

static bool identify(const char *path, frond__unix_file *file, bool *is_socket) {
    uv_fs_t request;
    int rc = uv_fs_lstat(NULL, &request, path, NULL);
    *file = (frond__unix_file){request.statbuf.st_dev, request.statbuf.st_ino};
    *is_socket = rc == 0 && (request.statbuf.st_mode & 0170000) == 0140000;
    uv_fs_req_cleanup(&request);
    return rc == 0;
}

static void unlink_now(const char *path) {
    uv_fs_t request;
    uv_fs_unlink(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
}

/* Whether somebody answers there, or could: only a refusal says that nobody does. */
static bool is_deserted(const frond_addr *at) {
    frond_os_fd fd;
    if (frond__socket_open(at, true, &fd) < 0)
        return false;
    int rc = frond__socket_connect(fd, at);
    frond__socket_close(fd);
    return rc == FROND_ECONNREFUSED;
}

void frond__unix_prepare(const frond_addr *at, const frond_listen_options *o) {
    char path[sizeof at->path + 1];
    frond__unix_file file;
    bool is_socket;
    if (o->replace && path_of(at, path) && identify(path, &file, &is_socket) &&
        is_socket && is_deserted(at))
        unlink_now(path);
}

int frond__unix_bound(const frond_addr *at, const frond_listen_options *o,
                      frond__unix_file *file) {
    char path[sizeof at->path + 1];
    bool is_socket;
    if (!path_of(at, path))
        return 0;
    if (o->mode) {
        uv_fs_t request;
        int rc = uv_fs_chmod(NULL, &request, path, o->mode, NULL);
        uv_fs_req_cleanup(&request);
        if (rc < 0) {
            unlink_now(path);
            return frond_error_from_uv(rc);
        }
    }
    identify(path, file, &is_socket);
    return 0;
}

void frond__unix_remove(const frond_addr *at, const frond__unix_file *file) {
    char path[sizeof at->path + 1];
    frond__unix_file now;
    bool is_socket;
    if (file->inode && path_of(at, path) && identify(path, &now, &is_socket) &&
        now.device == file->device && now.inode == file->inode)
        unlink_now(path);
}

/* ---- the verbs ---- */

int frond_unix_listen(const char *path, const frond_listen_options *o,
                      frond_listener **l) {
    frond_addr at;
    int rc = frond_addr_unix(&at, path);
    return rc < 0 ? rc : frond_tcp_listen(&at, o, l);
}

int frond_unix_connect(const char *path, const frond_connect_options *o, frond_stream **s,
                       frond_deadline d) {
    frond_addr at;
    int rc = frond_addr_unix(&at, path);
    return rc < 0 ? rc : frond_tcp_connect_addr(&at, o, s, d);
}

int frond_stream_credentials(const frond_stream *s, frond_credentials *c) {
    intptr_t fd;
    if (!s || !c)
        return frond_fail_set(FROND_EINVAL, "credentials");
    int rc = frond_stream_descriptor(s, &fd);
    if (rc == 0 && (rc = frond__socket_credentials((frond_os_fd)fd, c)) < 0)
        frond_fail_set(rc, "credentials");
    return rc;
}
