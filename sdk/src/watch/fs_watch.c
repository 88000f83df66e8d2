/* SPDX-License-Identifier: MIT */
/* Events of files, by libuv: inotify, FSEvents and kqueue, ReadDirectoryChangesW.  They are remembered by entry until
 * somebody waits.
 *
 * A system watches what has had the path when it was asked, and goes on with that when it is renamed, or tells nothing
 * more when it is removed.  So after each turn that has brought events the path is looked at: what has it now is
 * watched, and while nothing has it, it is looked at again and again.  Each time with a handle of its own, since one
 * that was stopped may have a request left on Windows. */
#include <frond/fs_watch.h>

#include "fs/fs.h"
#include "hub/loop.h"
#include "watch/watch.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/path.h>
#include <string.h>

enum {
    MOST = 1000,
    AGAIN_MS = 1000 /* from one look at a path that is not there to the next */
};

typedef struct change {
    struct change *next;
    uint64_t count;
    int what;
    char name[];
} change;

typedef struct fs_watch fs_watch;

typedef struct {
    uv_fs_event_t handle;
    fs_watch *of;
} events;

struct fs_watch {
    frond_watcher watcher;
    events *events;          /* NULL: nothing has the path */
    char *path;              /* as the system's calls take it */
    const char *name;        /* its last part */
    uint64_t device, number; /* of what is watched */
    bool gone;               /* it was told that the path has another, or none */
    change *first, **last;
    size_t n;
    uint64_t overflowed; /* so many were not remembered */
};

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

/* ---- what has the path ---- */

static void handle_closed(uv_handle_t *handle) {
    events *e = FROND_CONTAINER_OF((uv_fs_event_t *)handle, events, handle);
    frond__watcher_leave(&e->of->watcher);
    frond_free(e);
}

static void close_events(frond_watcher *w) {
    fs_watch *f = (fs_watch *)w;
    events *e = f->events;
    f->events = NULL;
    if (e)
        uv_close((uv_handle_t *)&e->handle, handle_closed);
}

/* Whether what is watched is what has the path.  What has it now is noted. */
static bool is_the_same(fs_watch *f) {
    uv_fs_t request;
    bool is = uv_fs_stat(NULL, &request, f->path, NULL) == 0;
    uint64_t device = is ? request.statbuf.st_dev : 0;
    uint64_t number = is ? request.statbuf.st_ino : 0;
    uv_fs_req_cleanup(&request);
    bool same = is && f->device == device && f->number == number;
    f->device = device;
    f->number = number;
    return same;
}

static void changed(uv_fs_event_t *handle, const char *name, int events, int status);

static int begin(fs_watch *f) {
    events *e = frond_calloc(1, sizeof *e);
    if (!e)
        return FROND_ENOMEM;
    e->of = f;
    uv_fs_event_init(&f->watcher.home.hub->loop->uv, &e->handle);
    uv_unref((uv_handle_t *)&e->handle); /* its waiters are what counts */
    f->events = e;
    f->watcher.inside++;
    int rc = uv_fs_event_start(&e->handle, changed, f->path, 0);
    if (rc < 0)
        close_events(&f->watcher);
    return frond_error_from_uv(rc);
}

static void look(frond__timer *t);

static void look_later(fs_watch *f) {
    bool needed = !f->events && f->watcher.wants;
    frond__watcher_arm(&f->watcher, needed ? frond_in(AGAIN_MS).ns : INT64_MAX, look);
}

static void look(frond__timer *t) {
    frond_watcher *w = frond__watcher_fired(t);
    fs_watch *f = (fs_watch *)w;
    bool was = f->events != NULL, told = f->gone;
    if (!is_the_same(f) || told || !was) {
        close_events(w);
        f->gone = false;
        bool is = begin(f) == 0;
        if (was ? !told : is)
            remember(f, f->name, FROND_FS_RENAMED);
        frond__watcher_tell(w);
    }
    look_later(f);
}

/* The first who waits has a path that was not there looked at at once. */
static int wanted(frond_watcher *w, const frond__want *more) {
    fs_watch *f = (fs_watch *)w;
    (void)more;
    if (!f->events && (!w->wants || !w->timer.fire))
        frond__watcher_arm(w, w->wants ? frond_now() : INT64_MAX, look);
    return 0;
}

/* ---- events ---- */

/* A watch that has failed has lost events, too, and may fail again each turn.  Who is told looks afterwards, when
 * what has the path is watched: timers fire before. */
static void changed(uv_fs_event_t *handle, const char *name, int what, int status) {
    fs_watch *f = FROND_CONTAINER_OF(handle, events, handle)->of;
    int told = (what & UV_RENAME ? FROND_FS_RENAMED : 0) |
               (what & UV_CHANGE ? FROND_FS_CHANGED : 0);
    if (status < 0)
        f->overflowed++;
    else
        remember(f, name ? name : "", told);
    if (status < 0 ||
        ((told & FROND_FS_RENAMED) && (!name || strcmp(name, f->name) == 0)))
        f->gone = true;
    frond__watcher_tell(&f->watcher);
    frond__watcher_arm(&f->watcher, frond_now(), look);
}

/* Handles that are left when the hub is closed are closed without a call. */
static void release(frond_watcher *w) {
    fs_watch *f = (fs_watch *)w;
    for (change *c = f->first, *next; c; c = next) {
        next = c->next;
        frond_free(c);
    }
    frond_free(f->events);
    frond_free(f->path);
}

static const frond__watcher_ops ops = {
    .wait = {"file system", NULL, NULL},
    .doing = "file watch wait",
    .source = true,
    .take = take,
    .pending = pending,
    .wanted = wanted,
    .close = close_events,
    .release = release,
};

static int start(fs_watch *f, const char *path) {
    char *own;
    const char *native = frond_path_native(path, &own);
    f->path = native ? frond_strndup(native, strlen(native)) : NULL;
    frond_free(own);
    if (!f->path)
        return FROND_ENOMEM;
    f->name = frond__path_name(f->path);
    is_the_same(f);
    return begin(f);
}

int frond_fs_watch_open(const char *path, frond_watcher **w) {
    if (!path || !w)
        return frond_fail_set(FROND_EINVAL, "watch file");
    fs_watch *f =
        frond_hub_current() ? (fs_watch *)frond__watcher_new(&ops, sizeof *f) : NULL;
    if (!f)
        return frond_fail_set(FROND_ENOMEM, "watch file");
    f->last = &f->first;
    int rc = start(f, path);
    if (rc == 0) {
        *w = &f->watcher;
        return 0;
    }
    f->watcher.closed = true; /* as far as there was something to close */
    frond_watcher_free(&f->watcher);
    return frond_fail_text(rc, "watch %s: %s", path, frond_error_message(rc));
}
