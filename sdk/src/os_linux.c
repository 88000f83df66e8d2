/* SPDX-License-Identifier: MIT */
/* Memory and threads on Linux.
 *
 * Linux 6.13 marks pages as trapping without splitting the mapping (MADV_GUARD_INSTALL), so a
 * million guarded stacks need a few dozen mappings.  Whether it works is found out by a write(2) from
 * a guarded page, which must answer EFAULT: qemu's user mode accepts the advice and does nothing.
 * Everywhere else mprotect, at two mappings a stack. */
#include "os.h"

#include "sanitizer.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GUARD_INSTALL = 102 /* MADV_GUARD_INSTALL, newer than most headers */ };

/* AddressSanitizer's leak check reads whatever /proc/self/maps calls readable. */
#if defined(FROND_ASAN)
enum { MAY_MARK = 0 };
#else
enum { MAY_MARK = 1 };
#endif

static int guard_works = -1; /* -1: not probed; every thread that probes finds the same */

char *frond__os_reserve(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    /* One touched page must not become a huge one, and page tables must not be merged under guards. */
    (void)madvise(p, size, MADV_NOHUGEPAGE);
    return p;
}

static bool faults(const char *p) {
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    bool does = write(pipes[1], p, 1) < 0 && errno == EFAULT;
    close(pipes[0]);
    close(pipes[1]);
    return does;
}

static bool guard_probe(void) {
    size_t page = frond__os_page();
    char *p = frond__os_reserve(page);
    if (!p)
        return false;
    bool works = madvise(p, page, GUARD_INSTALL) == 0 && faults(p);
    frond__os_unreserve(p, page);
    return works;
}

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

const char *frond__os_polling(void) {
    return "epoll";
}

int64_t frond__os_lag_ns(void) {
    return 0;
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

void frond__os_copied(char *base, size_t size, bool copied) {
    (void)madvise(base, size, copied ? MADV_DOFORK : MADV_DONTFORK);
}

void frond__os_thread_stack(void **low, size_t *size) {
    pthread_attr_t attributes;
    *low = NULL;
    *size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, low, size);
        pthread_attr_destroy(&attributes);
    }
}

uint64_t frond__os_thread_id(void) {
    return (uint64_t)syscall(SYS_gettid);
}
