/* SPDX-License-Identifier: MIT */
/* Files as answers.  The path is decoded and checked name by name before it is put behind the root,
 * and the file is opened, read and closed by the thread pool, in jobs that own what they touch. */
#include "ascii.h"
#include "date.h"
#include "exchange.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/threadpool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { CHUNK = 64 * 1024 };
#ifdef _WIN32
enum { WINDOWS = 1 };
#else
enum { WINDOWS = 0 };
#endif

typedef struct {
    char *path; /* owned */
    uv_file fd; /* -1: not open */
    int64_t size, modified;
    int64_t offset; /* of the next read */
    int got;        /* bytes in data */
    char data[CHUNK];
} file;

static void file_drop(void *arg) {
    file *f = arg;
    uv_fs_t request;
    if (f->fd >= 0) {
        uv_fs_close(NULL, &request, f->fd, NULL);
        uv_fs_req_cleanup(&request);
    }
    frond_free(f->path);
    frond_free(f);
}

static int stat_file(file *f) {
    uv_fs_t request;
    int rc = uv_fs_fstat(NULL, &request, f->fd, NULL);
    int kind = (int)(request.statbuf.st_mode & 0170000);
    f->size = (int64_t)request.statbuf.st_size;
    f->modified = (int64_t)request.statbuf.st_mtim.tv_sec;
    uv_fs_req_cleanup(&request);
    if (rc < 0)
        return frond_error_from_uv(rc);
    return kind == 0040000 ? FROND_EISDIR : kind == 0100000 ? 0 : FROND_EACCES;
}

static int job_read(void *arg) {
    file *f = arg;
    uv_fs_t request;
    uv_buf_t buf = uv_buf_init(f->data, CHUNK);
    int rc = uv_fs_read(NULL, &request, f->fd, &buf, 1, f->offset, NULL);
    uv_fs_req_cleanup(&request);
    if (rc < 0)
        return frond_error_from_uv(rc);
    f->got = rc;
    f->offset += rc;
    return 0;
}

/* Opens, and reads the first piece at once: most files are no longer. */
static int job_open(void *arg) {
    file *f = arg;
    uv_fs_t request;
    f->fd =
        uv_fs_open(NULL, &request, f->path, UV_FS_O_RDONLY | UV_FS_O_NONBLOCK, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (f->fd < 0) {
        int rc = frond_error_from_uv(f->fd);
        f->fd = -1;
        return rc;
    }
    int rc = stat_file(f);
    return rc < 0 ? rc : job_read(f);
}

/* Names that Windows takes for devices, whatever follows their dot. */
static bool is_device(const char *name, size_t n) {
    static const char *const devices[] = {"con", "prn",    "aux",
                                          "nul", "conin$", "conout$"};
    size_t base = 0;
    while (base < n && name[base] != '.' && name[base] != ' ')
        base++;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (frond__ascii_equal(name, base, devices[i]))
            return true;
    return base == 4 && name[3] >= '0' && name[3] <= '9' &&
           (frond__ascii_equal(name, 3, "com") || frond__ascii_equal(name, 3, "lpt"));
}

/* False: a name that must not be looked for. */
static bool safe_name(const char *name, size_t n) {
    if (n == 0 || (n == 1 && name[0] == '.') ||
        (n == 2 && name[0] == '.' && name[1] == '.'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (name[i] == '\0' || name[i] == '/' || name[i] == '\\' ||
            (name[i] == ':' && WINDOWS))
            return false;
    return !WINDOWS || (name[n - 1] != '.' && name[n - 1] != ' ' && !is_device(name, n));
}

/* The target's path behind root, decoded; NULL for one that names nothing below it. */
static char *path_of(const char *root, const char *target) {
    size_t n = strcspn(target, "?#"), base = strlen(root), used = base;
    char *path = frond_alloc(base + n + sizeof "/index.html");
    if (!path)
        return NULL;
    memcpy(path, root, base);
    bool ok = n > 0 && target[0] == '/';
    for (size_t i = 0; ok && i < n;) {
        path[used++] = '/';
        size_t name = used;
        for (i++; i < n && target[i] != '/'; i++) {
            char byte = target[i];
            if (byte == '%' && i + 2 < n && frond__ascii_hex(target[i + 1]) >= 0 &&
                frond__ascii_hex(target[i + 2]) >= 0) {
                byte = (char)(frond__ascii_hex(target[i + 1]) * 16 +
                              frond__ascii_hex(target[i + 2]));
                i += 2;
            }
            path[used++] = byte;
        }
        if (i == n && used == name) {
            memcpy(path + used, "index.html", 10);
            used += 10;
        }
        ok = safe_name(path + name, used - name);
    }
    path[used] = '\0';
    if (ok)
        return path;
    frond_free(path);
    return NULL;
}

static const char *type_of(const char *path) {
    static const struct {
        const char *ending, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".htm", "text/html; charset=utf-8"},
                 {".css", "text/css"},
                 {".js", "text/javascript"},
                 {".json", "application/json"},
                 {".txt", "text/plain; charset=utf-8"},
                 {".xml", "application/xml"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"},
                 {".jpg", "image/jpeg"},
                 {".gif", "image/gif"},
                 {".webp", "image/webp"},
                 {".pdf", "application/pdf"},
                 {".wasm", "application/wasm"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static int answer(frond_http_exchange *x, int status, const char *text,
                  frond_deadline d) {
    static const char *const plain[] = {"Content-Type: text/plain", NULL};
    static const char *const allow[] = {"Content-Type: text/plain", "Allow: GET, HEAD",
                                        NULL};
    return frond_http_respond(x, status, status == 405 ? allow : plain, text,
                              strlen(text), d);
}

static int send_file(frond_http_exchange *x, file *f, frond_deadline d) {
    char type[80], modified[60], date[FROND__HTTP_DATE_TEXT];
    snprintf(type, sizeof type, "Content-Type: %s", type_of(f->path));
    bool dated = frond__http_date_format(f->modified, date) == 0;
    snprintf(modified, sizeof modified, "Last-Modified: %s", date);
    const char *headers[] = {type, dated ? modified : NULL, NULL};
    if (f->got == f->size) {
        int rc = frond_http_respond(x, 200, headers, f->data, (size_t)f->got, d);
        file_drop(f);
        return rc;
    }
    int rc = frond_http_respond_begin(x, 200, headers, f->size, d);
    int64_t left = x->head_only ? 0 : f->size;
    while (rc == 0 && left > 0 &&
           f->got > 0) { /* a file that shrinks ends the connection */
        int64_t n = f->got < left ? f->got : left;
        rc = frond_http_respond_write(x, f->data, (size_t)n, d);
        left -= n;
        int ran;
        if (rc == 0 && left > 0) {
            rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE),
                                      job_read, f, file_drop, &ran, d);
            if (!ran)
                return rc; /* the file is dropped */
        }
    }
    file_drop(f);
    return rc;
}

/* So that what a page in the folder links to is looked for in the folder. */
static int to_folder(frond_http_exchange *x, frond_deadline d) {
    const char *target = frond_http_target(x);
    size_t path = strcspn(target, "?#"), size = strlen(target) + sizeof "Location: /";
    char *location = frond_alloc(size);
    if (!location)
        return answer(x, 404, "not found\n", d);
    while (path > 1 && target[1] == '/') { /* "//host" would be another host */
        target++;
        path--;
    }
    snprintf(location, size, "Location: %.*s/%s", (int)path, target, target + path);
    const char *const headers[] = {"Content-Type: text/plain", location, NULL};
    int rc = frond_http_respond(x, 301, headers, "moved\n", 6, d);
    frond_free(location);
    return rc;
}

int frond_http_respond_file(frond_http_exchange *x, const char *root, frond_deadline d) {
    if (!x || !root)
        return frond_fail_set(FROND_EINVAL, "http file");
    const char *method = frond_http_method(x);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer(x, 405, "only GET and HEAD\n", d);
    file *f = frond_alloc(sizeof *f);
    if (!f)
        return frond_fail_set(FROND_ENOMEM, "http file");
    f->fd = -1;
    f->offset = 0;
    f->got = 0;
    if (!(f->path = path_of(root, frond_http_target(x)))) {
        frond_free(f);
        return answer(x, 404, "not found\n", d);
    }
    int ran;
    int rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE), job_open, f,
                                  file_drop, &ran, d);
    if (!ran)
        return rc;
    if (rc == 0)
        return send_file(x, f, d);
    file_drop(f);
    if (rc == FROND_EISDIR)
        return to_folder(x, d);
    if (rc == FROND_EACCES || rc == FROND_EPERM)
        return answer(x, 403, "forbidden\n", d);
    return answer(x, rc == FROND_EMFILE || rc == FROND_EIO ? 500 : 404, "not found\n", d);
}
