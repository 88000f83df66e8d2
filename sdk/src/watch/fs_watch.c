/* SPDX-License-Identifier: MIT */
/* Events of files, by libuv: inotify, FSEvents and kqueue, ReadDirectoryChangesW.  They are remembered by entry until
 * somebody waits. */
#include <frond/fs_watch.h>

#include "watch/watch.h"
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/path.h>
#include <string.h>

enum { MOST = 1000 };

typedef struct change {
    struct change *next;
    uint64_t count;
    int what;
    char name[];
} change;

typedef struct {
    frond_watcher watcher;
    uv_fs_event_t handle;
    change *first, **last;
    size_t n;
    uint64_t overflowed; /* so many were not remembered */
} fs_watch;

static bool pending(frond_watcher *w) {
    const fs_watch *f = (const fs_watch *)w;
    return f->first || f->overflowed;
}

static int take(frond_watcher *w, const frond__want *want) {
    fs_watch *f = (fs_watch *)w;
    change *c = f->first;
    if (!c) {
        if (f->overflowed)
            frond__watcher_news(want, f->overflowed, FROND_FS_OVERFLOWED);
        int told = f->overflowed != 0;
        f->overflowed = 0;
        return told;
    }
    if (!(f->first = c->next))
        f->last = &f->first;
    f->n--;
    frond__watcher_news(want, c->count, c->what);
    if (want->news)
        memcpy(want->news->name, c->name, strlen(c->name) + 1);
    frond_free(c);
    return 1;
}

static void remember(fs_watch *f, const char *name, int what) {
    for (change *c = f->first; c; c = c->next)
        if (strcmp(c->name, name) == 0) {
            c->count++;
            c->what |= what;
            return;
        }
    size_t size = strlen(name) + 1;
    bool known = f->n < MOST && size <= FROND_NEWS_NAME;
    change *c = known ? frond_alloc(sizeof *c + size) : NULL;
    if (!c) {
        f->overflowed++;
        return;
    }
    *c = (change){.count = 1, .what = what};
    memcpy(c->name, name, size);
    *f->last = c;
    f->last = &c->next;
    f->n++;
}

/* A watch that has failed has lost events, too. */
static void changed(uv_fs_event_t *handle, const char *name, int events, int status) {
    fs_watch *f = FROND_CONTAINER_OF(handle, fs_watch, handle);
    int what = (events & UV_RENAME ? FROND_FS_RENAMED : 0) |
               (events & UV_CHANGE ? FROND_FS_CHANGED : 0);
    if (status < 0)
        f->overflowed++;
    else
        remember(f, name ? name : "", what);
    frond__watcher_tell(&f->watcher);
}

static void handle_closed(uv_handle_t *handle) {
    fs_watch *f = FROND_CONTAINER_OF((uv_fs_event_t *)handle, fs_watch, handle);
    frond__watcher_leave(&f->watcher);
}

static void close_handle(frond_watcher *w) {
    uv_close((uv_handle_t *)&((fs_watch *)w)->handle, handle_closed);
}

static void release(frond_watcher *w) {
    fs_watch *f = (fs_watch *)w;
    for (change *c = f->first, *next; c; c = next) {
        next = c->next;
        frond_free(c);
    }
}

static const frond__watcher_ops ops = {
    .wait = {"file system", NULL, NULL},
    .doing = "file watch wait",
    .source = true,
    .take = take,
    .pending = pending,
    .close = close_handle,
    .release = release,
};

static int start(fs_watch *f, uv_loop_t *loop, const char *path) {
    char *own;
    const char *native = frond_path_native(path, &own);
    if (!native)
        return FROND_ENOMEM;
    uv_fs_event_init(loop, &f->handle);
    f->watcher.inside++;
    uv_unref((uv_handle_t *)&f->handle); /* its waiters are what counts */
    int rc = uv_fs_event_start(&f->handle, changed, native, 0);
    frond_free(own);
    if (rc < 0)
        close_handle(&f->watcher);
    return frond_error_from_uv(rc);
}

int frond_fs_watch_open(const char *path, frond_watcher **w) {
    if (!path || !w)
        return frond_fail_set(FROND_EINVAL, "watch file");
    uv_loop_t *loop = frond_loop();
    fs_watch *f = loop ? (fs_watch *)frond__watcher_new(&ops, sizeof *f) : NULL;
    if (!f)
        return frond_fail_set(FROND_ENOMEM, "watch file");
    f->last = &f->first;
    int rc = start(f, loop, path);
    if (rc == 0) {
        *w = &f->watcher;
        return 0;
    }
    f->watcher.closed = true; /* as far as there was something to close */
    frond_watcher_free(&f->watcher);
    return frond_fail_text(rc, "watch %s: %s", path, frond_error_message(rc));
}
