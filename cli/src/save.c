/* SPDX-License-Identifier: MIT */
/* Bodies to files: written beside their place and renamed into it, all by the thread pool.  A body
 * that fits into one buffer is one job.  A file and a folder that want the same name are settled as
 * path_map.h says. */
#include "command.h"
#include "disk.h"
#include "fetch.h"
#include "os.h"
#include "path_map.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdatomic.h>
#include <string.h>
#include <uv.h>

enum { BUFFER = 128 * 1024, MOST_RACES = 16, SETTLE_MS = 5000 };

struct save {
    char *path;  /* owned: DIR/host/name */
    size_t base; /* length of "DIR/" */
    char *temp;  /* owned; NULL until it exists */
    int fd;
    size_t used;
    bool commit;
    char buf[BUFFER];
};

static bool folds; /* set by save_prepare, before any greenlet runs */

/* Whether the folder takes upper and lower case for the same. */
static bool probe_folds(const char *dir) {
    char upper[4096], lower[4096];
    disk_entry a, b;
    snprintf(upper, sizeof upper, "%s/%sA%ld", dir, FROND__PATH_TEMP,
             (long)uv_os_getpid());
    snprintf(lower, sizeof lower, "%s/%sa%ld", dir, FROND__PATH_TEMP,
             (long)uv_os_getpid());
    int fd = disk_create(upper, 0666);
    if (fd < 0)
        return false;
    disk_close(fd);
    bool same = disk_look(upper, true, &a) == 0 && disk_look(lower, true, &b) == 0 &&
                a.number == b.number;
    disk_remove(upper);
    return same;
}

/* The folder with those above it. */
static int make_path(const char *dir) {
    char path[4096];
    size_t n = strlen(dir);
    if (n >= sizeof path)
        return FROND_ENAMETOOLONG;
    memcpy(path, dir, n + 1);
    for (size_t i = 1; i < n; i++)
        if (os_is_separator(path[i]) && !os_is_separator(path[i - 1])) {
            char separator = path[i];
            path[i] = '\0';
            (void)disk_make_folder(path); /* what cannot be made is told by the last */
            path[i] = separator;
        }
    disk_entry e;
    int rc = disk_make_folder(path); /* that the root exists is told in many ways */
    return rc < 0 && disk_look(path, true, &e) == 0 ? 0 : rc;
}

int save_prepare(const char *dir) {
    disk_entry e;
    int rc = make_path(dir);
    if (rc == 0)
        rc = disk_look(dir, true, &e);
    if (rc == 0 && !e.folder)
        return complain("%s: not a folder", dir);
    if (rc == 0)
        rc = disk_may_write(dir);
    if (rc < 0)
        return complain("%s: %s", dir, frond_error_message(rc));
    folds = probe_folds(dir);
    return 0;
}

static void save_drop(void *arg) {
    save *s = arg;
    if (s->fd >= 0)
        disk_close(s->fd);
    if (s->temp)
        disk_remove(s->temp);
    frond_free(s->temp);
    frond_free(s->path);
    frond_free(s);
}

/* DIR/host/name for a URL. */
static int place(const char *dir, const char *url, char **path) {
    frond_url parsed;
    char *relative;
    frond__path_options options = {.folds = folds, .max_path = 4000 - strlen(dir)};
    int rc = frond_url_parse(url, strlen(url), &parsed);
    if (rc < 0)
        return rc;
    rc = frond__path_map(&parsed, &options, &relative);
    frond_url_free(&parsed);
    if (rc < 0)
        return rc;
    size_t n = strlen(dir) + strlen(relative) + 2;
    *path = frond_alloc(n);
    if (*path)
        snprintf(*path, n, "%s/%s", dir, relative);
    frond_free(relative);
    return *path ? 0 : frond_fail_set(FROND_ENOMEM, "save");
}

int save_begin(const char *dir, const char *url, save **out) {
    char *path;
    int rc = place(dir, url, &path);
    if (rc < 0)
        return rc;
    save *s = frond_alloc(sizeof *s);
    if (!s) {
        frond_free(path);
        return frond_fail_set(FROND_ENOMEM, "save");
    }
    s->path = path;
    s->base = strlen(dir) + 1;
    s->temp = NULL;
    s->fd = -1;
    s->used = 0;
    s->commit = false;
    *out = s;
    return 0;
}

/* ---- on a thread of the pool ---- */

/* A file that has the name of a folder gives way. */
static int make_folder(save *s, size_t end) {
    char kept = s->path[end];
    int rc = 0;
    s->path[end] = '\0';
    for (int race = 0; race < MOST_RACES; race++) {
        disk_entry e;
        rc = disk_make_folder(s->path);
        if (rc != FROND_EEXIST || (disk_look(s->path, false, &e) == 0 && e.folder)) {
            rc = rc == FROND_EEXIST ? 0 : rc;
            break;
        }
        char *aside = frond__path_aside(s->path, end);
        if (aside)
            (void)disk_rename(s->path, aside); /* another worker may have been faster */
        frond_free(aside);
    }
    s->path[end] = kept;
    return rc;
}

static int make_folders(save *s) {
    int rc = 0;
    size_t at = 0;
    while (rc == 0 && (at = frond__path_folder(s->path + s->base, at)) > 0)
        rc = make_folder(s, s->base + at);
    return rc;
}

static int open_temp(save *s) {
    static _Atomic unsigned long counter;
    int rc = make_folders(s);
    if (rc)
        return rc;
    const char *slash = strrchr(s->path, '/');
    size_t folder = (size_t)(slash - s->path) + 1, n = folder + 64;
    if (!(s->temp = frond_alloc(n)))
        return FROND_ENOMEM;
    snprintf(s->temp, n, "%.*s%s%ld-%lu", (int)folder, s->path, FROND__PATH_TEMP,
             (long)uv_os_getpid(), atomic_fetch_add(&counter, 1));
    rc = disk_create(s->temp, 0666);
    if (rc >= 0) {
        s->fd = rc;
        return 0;
    }
    frond_free(s->temp);
    s->temp = NULL;
    return rc;
}

/* A folder that has the name keeps it: the file goes aside. */
static int put_in_place(save *s) {
    disk_entry e = {0};
    int rc, attempt = 0;
    do
        rc = disk_rename(s->temp, s->path);
    while (rc < 0 && !(disk_look(s->path, false, &e) == 0 && e.folder) &&
           os_tries_again(rc, attempt++));
    if (rc < 0 && e.folder) {
        char *aside = frond__path_aside(s->path, strlen(s->path));
        rc = aside ? disk_rename(s->temp, aside) : FROND_ENOMEM;
        frond_free(aside);
    }
    if (rc < 0)
        return rc;
    frond_free(s->temp);
    s->temp = NULL;
    return 0;
}

static int job(void *arg) {
    save *s = arg;
    int rc = s->fd < 0 ? open_temp(s) : 0;
    if (rc == 0) {
        rc = disk_write(s->fd, s->buf, s->used);
        s->used = 0;
    }
    if (rc == 0 && s->commit) {
        rc = disk_close(s->fd);
        s->fd = -1;
        if (rc == 0)
            rc = put_in_place(s);
    }
    return rc;
}

/* What a process that was killed has left beside the place of one of its URLs. */
typedef struct {
    char *path; /* owned */
    char prefix[48];
} sweep;

static void sweep_drop(void *arg) {
    sweep *w = arg;
    frond_free(w->path);
    frond_free(w);
}

static void sweep_one(const char *name, void *arg) {
    const sweep *w = arg;
    char path[4096];
    if (strncmp(name, w->prefix, strlen(w->prefix)) != 0)
        return;
    int n = snprintf(path, sizeof path, "%s/%s", w->path, name);
    if (n > 0 && (size_t)n < sizeof path)
        disk_remove(path);
}

static int sweep_job(void *arg) {
    sweep *w = arg;
    *strrchr(w->path, '/') = '\0';
    disk_each(w->path, sweep_one, w);
    return 0;
}

/* ---- on the hub ---- */

void save_sweep(const char *dir, const char *url, int64_t pid, frond_deadline d) {
    int ran;
    sweep *w = frond_calloc(1, sizeof *w);
    if (!w || place(dir, url, &w->path) < 0) {
        frond_free(w);
        return;
    }
    snprintf(w->prefix, sizeof w->prefix, "%s%lld-", FROND__PATH_TEMP, (long long)pid);
    (void)frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE), sweep_job, w,
                               sweep_drop, &ran, d);
    if (ran)
        sweep_drop(w);
}

/* Runs a job; on failure of the wait itself the save is gone. */
static int run(save *s, bool *gone, frond_deadline d) {
    int ran;
    char path[300];
    snprintf(path, sizeof path, "%s", s->path);
    int rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_FILE), job, s,
                                  save_drop, &ran, d);
    *gone = !ran;
    return ran && rc < 0
               ? frond_fail_text(rc, "write %s: %s", path, frond_error_message(rc))
               : rc;
}

int save_write(save **file, const void *data, size_t n, frond_deadline d) {
    save *s = *file;
    const char *from = data;
    while (n) {
        size_t part = BUFFER - s->used < n ? BUFFER - s->used : n;
        memcpy(s->buf + s->used, from, part);
        s->used += part;
        from += part;
        n -= part;
        if (s->used < BUFFER)
            break;
        bool gone;
        int rc = run(s, &gone, d);
        if (gone)
            *file = NULL;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int save_commit(save *s, frond_deadline d) {
    bool gone;
    s->commit = true;
    int rc = run(s, &gone, d);
    if (!gone)
        save_drop(s);
    return rc;
}

void save_abandon(save *s) {
    if (s)
        save_drop(s);
}

void save_settle(void) {
    frond_threadpool_join(frond_threadpool_class(FROND_THREADS_FILE),
                          frond_in(SETTLE_MS));
}
