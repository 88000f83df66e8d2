/* SPDX-License-Identifier: MIT */
/* Files watched by uv_fs_event.  It is their folders that are watched, since a file that another one is renamed
 * to, or that does not exist yet, has nothing to watch; and, where a file is a link (as systemd's resolv.conf
 * is), the folder of what it leads to, too.  An event says no more than: look. */
#include "watch.h"

#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FOLDERS = 2 * FROND__WATCH_MOST };

typedef struct {
    uv_fs_event_t handle;
    frond__watch *watch;
} folder;

struct frond__watch {
    frond__stamps stamps;
    folder *folders[MOST_FOLDERS];
    char names[MOST_FOLDERS][FROND__WATCH_PATH];
    size_t n;
    bool event;
};

static void something(uv_fs_event_t *handle, const char *name, int events, int status) {
    folder *f = (folder *)handle;
    (void)name;
    (void)events;
    (void)status;
    f->watch->event = true;
}

static void closed(uv_handle_t *handle) {
    frond_free(handle);
}

static void watch_folder(frond__watch *w, const char *name) {
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->names[i], name) == 0)
            return;
    folder *f = w->n < MOST_FOLDERS ? frond_calloc(1, sizeof *f) : NULL;
    if (!f)
        return;
    f->watch = w;
    uv_fs_event_init(frond_loop(), &f->handle);
    if (uv_fs_event_start(&f->handle, something, name, 0) < 0) {
        uv_close((uv_handle_t *)&f->handle, closed); /* its stamps have to do */
        return;
    }
    uv_unref((uv_handle_t *)&f->handle);
    memcpy(w->names[w->n], name, strlen(name) + 1);
    w->folders[w->n++] = f;
}

static void watch_folder_of(frond__watch *w, const char *path) {
    char name[FROND__WATCH_PATH];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n == 0 || n >= sizeof name)
        return;
    memcpy(name, path, n);
    name[n] = '\0';
    watch_folder(w, name);
}

/* Changes from before the stamps would be missed, so the folders come first. */
frond__watch *frond__watch_new(const char *const *paths, size_t n) {
    frond__watch *w = frond_calloc(1, sizeof *w);
    char real[PATH_MAX];
    if (!w)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        watch_folder_of(w, paths[i]);
        if (realpath(paths[i], real))
            watch_folder_of(w, real);
    }
    frond__stamps_take(&w->stamps, paths, n);
    return w;
}

bool frond__watch_changed(frond__watch *w) {
    bool event = w->event;
    w->event = false;
    return frond__stamps_changed(&w->stamps, event);
}

void frond__watch_free(frond__watch *w, bool loop_gone) {
    for (size_t i = 0; w && i < w->n; i++) {
        if (loop_gone)
            frond_free(w->folders[i]);
        else
            uv_close((uv_handle_t *)&w->folders[i]->handle, closed);
    }
    frond_free(w);
}
