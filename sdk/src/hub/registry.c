/* SPDX-License-Identifier: MIT */
/* A table behind a lock; looked at only when a list turns up on a thread it does not name. */
#include "hub/registry.h"

#include "os/os.h"
#include <frond/impl/memory.h>
#include <uv.h>

typedef struct entry {
    struct entry *next;
    uint64_t id, thread;
    frond_hub *hub;
} entry;

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock;
static bool lock_made;
static entry *frond__hubs; /* sdk/gdb looks for it */
static uint64_t last_id, last_inherited;

static void make_lock(void) {
    lock_made = uv_mutex_init(&lock) == 0;
}

static bool enter(void) {
    uv_once(&once, make_lock);
    if (lock_made)
        uv_mutex_lock(&lock);
    return lock_made;
}

uint64_t frond__registry_add(frond_hub *h) {
    entry *e = frond_alloc(sizeof *e);
    if (!e || !enter()) {
        frond_free(e);
        return 0;
    }
    *e = (entry){frond__hubs, ++last_id, frond__os_thread_id(), h};
    frond__hubs = e;
    uint64_t id = e->id;
    uv_mutex_unlock(&lock);
    return id;
}

void frond__registry_remove(uint64_t id) {
    if (!enter())
        return;
    entry **link = &frond__hubs;
    while (*link && (*link)->id != id)
        link = &(*link)->next;
    entry *gone = *link;
    if (gone)
        *link = gone->next;
    uv_mutex_unlock(&lock);
    frond_free(gone);
}

uint64_t frond__registry_thread(uint64_t id) {
    uint64_t thread = 0;
    if (!enter())
        return 0;
    for (entry *e = frond__hubs; e; e = e->next)
        if (e->id == id)
            thread = e->thread;
    uv_mutex_unlock(&lock);
    return thread;
}

bool frond__registry_lives(uint64_t id) {
    return frond__registry_thread(id) != 0;
}

bool frond__registry_inherited(uint64_t id) {
    return id <= last_inherited;
}

frond_hub *frond__registry_next(uint64_t after, uint64_t *id, uint64_t *thread) {
    const entry *found = NULL;
    for (const entry *e = frond__hubs; e; e = e->next)
        if (e->id > after && (!found || e->id < found->id))
            found = e;
    if (!found)
        return NULL;
    *id = found->id;
    *thread = found->thread;
    return found->hub;
}

void frond__registry_lock(void) {
    enter();
}

void frond__registry_unlock(void) {
    if (lock_made)
        uv_mutex_unlock(&lock);
}

void frond__registry_forget(void (*each)(frond_hub *h)) {
    static entry
        *forgotten; /* kept: freeing is not for here, and losing them is a leak */
    entry **end = &frond__hubs;
    for (; *end; end = &(*end)->next)
        each((*end)->hub);
    *end = forgotten;
    forgotten = frond__hubs;
    frond__hubs = NULL;
    last_inherited = last_id;
    if (lock_made)
        lock_made = uv_mutex_init(&lock) == 0;
}
