/* SPDX-License-Identifier: MIT */
/* Memory and threads on Linux, macOS and the BSDs.
 *
 * Guards: Linux 6.13 marks pages as trapping without splitting the mapping
 * (MADV_GUARD_INSTALL), so a million guarded stacks need a few dozen mappings.  Whether it works is
 * found out by a write(2) from a guarded page, which must answer EFAULT: qemu's user mode accepts
 * the advice and does nothing.  Everywhere else mprotect, at two mappings a stack. */
#include "os.h"

#include "ensure.h"
#include "sanitizer.h"
#include "sanitizer.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__)
#define GUARD_INSTALL 102 /* MADV_GUARD_INSTALL, newer than most headers */
#endif
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_STACK
#define MAP_STACK 0
#endif

size_t frond__os_page(void) {
    static size_t page;
    if (!page)
        page = (size_t)sysconf(_SC_PAGESIZE);
    return page;
}

char *frond__os_reserve(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
#if defined(__linux__)
    /* One touched page must not become a huge one, and page tables must not be merged under guards. */
    (void)madvise(p, size, MADV_NOHUGEPAGE);
#endif
    return p;
}

void frond__os_unreserve(char *base, size_t size) {
    FROND_ASSERT(munmap(base, size) == 0);
}

#if defined(__linux__)
static int guard_works = -1; /* -1: not probed; every thread that probes finds the same */

static bool guard_probe(void) {
#if defined(FROND_ASAN)
    return false; /* its leak check reads what /proc/self/maps calls readable */
#else
    size_t page = frond__os_page();
    int pipes[2];
    char *p = frond__os_reserve(page);
    bool works = false;
    if (!p)
        return false;
    if (madvise(p, page, GUARD_INSTALL) == 0 &&
        pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0) {
        works = write(pipes[1], p, 1) < 0 && errno == EFAULT;
        close(pipes[0]);
        close(pipes[1]);
    }
    frond__os_unreserve(p, page);
    return works;
#endif
}

/* AddressSanitizer's leak check reads whatever /proc/self/maps calls readable. */
#if defined(FROND_ASAN)
enum { MAY_MARK = 0 };
#else
enum { MAY_MARK = 1 };
#endif

static bool guard_marks(void) {
    if (guard_works < 0)
        guard_works = MAY_MARK && guard_probe();
    return guard_works;
}

bool frond__os_stack(char *bottom, size_t guard, size_t size) {
    (void)size;
    if (guard_marks() && madvise(bottom, guard, GUARD_INSTALL) == 0)
        return true;
    return mprotect(bottom, guard, PROT_NONE) == 0;
}

const char *frond__os_guard_method(void) {
    return guard_marks() ? "MADV_GUARD_INSTALL" : "mprotect";
}

const char *frond__os_stack_refused(char *out, size_t cap) {
    char value[32] = "?";
    FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
    if (f) {
        if (fgets(value, sizeof value, f))
            value[strcspn(value, "\n")] = '\0';
        fclose(f);
    }
    snprintf(out, cap,
             "no guard for one more stack: the kernel allows %s mappings (raise "
             "vm.max_map_count; "
             "Linux 6.13 and later need none)",
             value);
    return out;
}
#else
bool frond__os_stack(char *bottom, size_t guard, size_t size) {
    (void)size;
    return mprotect(bottom, guard, PROT_NONE) == 0;
}

const char *frond__os_guard_method(void) {
    return "mprotect";
}

const char *frond__os_stack_refused(char *out, size_t cap) {
    snprintf(out, cap, "no guard for one more stack: the system allows no more mappings");
    return out;
}
#endif

void frond__os_copied(char *base, size_t size, bool copied) {
#if defined(MADV_DONTFORK)
    (void)madvise(base, size, copied ? MADV_DOFORK : MADV_DONTFORK);
#else
    (void)base;
    (void)size;
    (void)copied;
#endif
}

size_t frond__os_touched(char *low, char *high) {
    size_t page = frond__os_page(), pages = (size_t)(high - low) / page;
    for (size_t i = 0; i < pages; i++) {
#if defined(__linux__)
        unsigned char resident = 0;
#else
        char resident = 0;
#endif
        if (mincore(low + i * page, page, (void *)&resident) == 0 && (resident & 1))
            return (size_t)(high - low) - i * page;
    }
    return 0;
}

void frond__os_thread_stack(void **low, size_t *size) {
    *low = NULL;
    *size = 0;
#if defined(__APPLE__)
    *size = pthread_get_stacksize_np(pthread_self());
    *low = (char *)pthread_get_stackaddr_np(pthread_self()) - *size;
#elif defined(__linux__)
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, low, size);
        pthread_attr_destroy(&attributes);
    }
#endif
}

uint64_t frond__os_thread_id(void) {
#if defined(__APPLE__)
    uint64_t id = 0;
    pthread_threadid_np(NULL, &id);
    return id;
#elif defined(__linux__)
    return (uint64_t)gettid();
#else
    return (uint64_t)(uintptr_t)pthread_self();
#endif
}

void frond__os_thread_detach(uv_thread_t thread) {
    pthread_detach(thread);
}

int frond__os_signal_number(int number) {
    return number;
}

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void key_make(void) {
    key_error = pthread_key_create(&key, frond__thread_ended);
}

bool frond__os_at_thread_end(void *hub) {
    pthread_once(&key_once, key_make);
    return !key_error && pthread_setspecific(key, hub) == 0;
}

int frond__os_write(int fd, const char *text, size_t n) {
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            if (poll(&p, 1, 1000) <= 0)
                return -1;
        } else if (done < 0 && errno != EINTR) {
            return -1;
        } else if (done > 0) {
            text += done;
            n -= (size_t)done;
        }
    }
    return 0;
}
