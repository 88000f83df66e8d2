/* SPDX-License-Identifier: MIT */
/* The stamps of files: what is left where nobody tells of changes. */
#include "watch.h"

#include "compat.h"
#include <frond/impl/loop.h>
#include <string.h>

enum { EVERY_MS = 1000 };

void frond__stamps_take(frond__stamps *s, const char *const *paths, size_t n) {
    for (size_t i = 0; i < n && s->n < FROND__WATCH_MOST; i++) {
        size_t length = strlen(paths[i]);
        if (length >= FROND__WATCH_PATH)
            continue;
        memcpy(s->paths[s->n], paths[i], length + 1);
        s->stamps[s->n++] = frond__file_stamp(paths[i]);
    }
    s->looked_ms = uv_now(frond_loop());
}

/* The loop's clock costs no call; it stands still while nothing waits, and so does the world of a hub. */
bool frond__stamps_changed(frond__stamps *s, bool now) {
    uint64_t ms = uv_now(frond_loop());
    bool changed = false;
    if (!now && ms - s->looked_ms < EVERY_MS)
        return false;
    s->looked_ms = ms;
    for (size_t i = 0; i < s->n; i++) {
        uint64_t stamp = frond__file_stamp(s->paths[i]);
        changed = changed || stamp != s->stamps[i];
        s->stamps[i] = stamp;
    }
    return changed;
}
