/* SPDX-License-Identifier: MIT */
/* Lines are gathered, and written when there are many or the first is old, at the end, and when the program exits; a
 * program that crashes leaves an array without its end, which the viewers read all the same. */
#include "trace/trace_file.h"

#include "ensure.h"
#include "hub/clock.h"
#include "os/os.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { ROOM = 256 * 1024, PATH = 4096, OLD_NS = 20000000 };

static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock;
static _Atomic unsigned current; /* 0: none is open */
static int fd = -1;
static char *room; /* owned while it is open, and in the child of a fork then */
static size_t used;
static int64_t written; /* the time of that */
static bool first, failed;
static unsigned last;

static void make_lock(void) {
    FROND_ASSERT(uv_mutex_init(&lock) == 0);
}

void frond__trace_file_lock(void) {
    uv_once(&once, make_lock);
    uv_mutex_lock(&lock);
}

void frond__trace_file_unlock(void) {
    uv_mutex_unlock(&lock);
}

unsigned frond__trace_file(void) {
    return atomic_load(&current);
}

/* ---- under the lock ---- */

static void flush(void) {
    if (!failed && used && frond__os_write(fd, room, used) < 0)
        failed = true;
    used = 0;
    written = frond__real_now();
}

static void put(const char *text, size_t n) {
    if (used + n > ROOM)
        flush();
    memcpy(room + used, text, n);
    used += n;
}

static int open_it(const char *path) {
    char other[PATH];
    int rc = frond__os_open_alone(path, &fd);
    if (rc != FROND_EBUSY)
        return rc;
    int n = snprintf(other, PATH, "%s.%lld", path, (long long)uv_os_getpid());
    return n < PATH ? frond__os_open_alone(other, &fd) : FROND_ENAMETOOLONG;
}

static void forget_room(void) {
    frond_free(room);
    room = NULL;
}

static int begin(const char *path) {
    if (fd >= 0)
        return FROND_EBUSY;
    if (!room && !(room = frond_alloc(ROOM)))
        return FROND_ENOMEM;
    int rc = open_it(path);
    if (rc < 0) {
        forget_room();
        return rc;
    }
    used = 0;
    written = 0;
    first = true;
    failed = false;
    put("[", 1);
    atomic_store(&current, ++last);
    return 0;
}

static int end(void) {
    if (fd < 0)
        return FROND_EINVAL;
    put("\n]\n", 3);
    flush();
    int rc = frond__os_close(fd) < 0 || failed ? FROND_EIO : 0;
    atomic_store(&current, 0);
    fd = -1;
    forget_room();
    return rc;
}

/* ---- for all ---- */

int frond__trace_file_open(const char *path) {
    frond__trace_file_lock();
    int rc = begin(path);
    frond__trace_file_unlock();
    return rc;
}

void frond__trace_file_line(unsigned file, const char *line, size_t n) {
    frond__trace_file_lock();
    if (file && file == atomic_load(&current) && n < ROOM / 2) {
        put(first ? "\n" : ",\n", first ? 1 : 2);
        put(line, n);
        first = false;
        if (frond__real_now() - written >= OLD_NS)
            flush();
    }
    frond__trace_file_unlock();
}

int frond__trace_file_close(void) {
    frond__trace_file_lock();
    int rc = end();
    frond__trace_file_unlock();
    return rc;
}

void frond__trace_file_forget(void) {
    if (fd >= 0)
        frond__os_close(fd);
    fd = -1;
    atomic_store(&current, 0);
    frond__trace_file_unlock();
}
