/* SPDX-License-Identifier: MIT */
/* Memory and threads on Linux.
 *
 * Linux 6.13 marks pages as trapping without splitting the mapping (MADV_GUARD_INSTALL), so a
 * million guarded stacks need a few dozen mappings.  Whether it works is found out by a write(2) from
 * a guarded page, which must answer EFAULT: qemu's user mode accepts the advice and does nothing.
 * Everywhere else mprotect, at two mappings a stack. */
#include "os/os.h"
#include "os/os_posix.h"

#include "context/sanitizer.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/impl/sigpipe.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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

/* Stacks keep their guards, and are zero when they are touched again. */
bool frond__os_discard(char *bottom, size_t guard, size_t size) {
    (void)madvise(bottom + guard, size, MADV_DONTNEED);
    return true;
}

static void mappings_allowed(char *out, size_t cap) {
    FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
    if (!f || !fgets(out, (int)cap, f))
        snprintf(out, cap, "65530"); /* the kernel's own number */
    out[strcspn(out, "\n")] = '\0';
    if (f)
        fclose(f);
}

bool frond__os_guards_limited(void) {
    return !guard_marks();
}

static size_t mappings(void) {
    char text[4096];
    size_t n = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && (got = read(fd, text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < got; i++)
            n += text[i] == '\n';
    if (fd >= 0)
        close(fd);
    return n;
}

/* Each takes two mappings, the guard and the stack above it.  A quarter of all is left alone, beside those
 * that others have. */
size_t frond__os_guards_most(size_t there) {
    char allowed[32];
    mappings_allowed(allowed, sizeof allowed);
    size_t most = strtoul(allowed, NULL, 10) / 4 * 3, all = mappings();
    size_t others = all > 2 * there ? all - 2 * there : 0;
    return most > others ? (most - others) / 2 : 0;
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
    char allowed[32];
    mappings_allowed(allowed, sizeof allowed);
    snprintf(out, cap,
             "no guard for one more stack: the kernel allows %s mappings (raise "
             "vm.max_map_count, or set FROND_STACK_GUARDS=share to go on without guards; "
             "Linux 6.13 and later need none)",
             allowed);
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

bool frond__os_is_privileged(void) {
    return getauxval(AT_SECURE) != 0;
}

/* Not by libuv, which reads a file that emulators make up. */
size_t frond__os_resident(void) {
    char text[100];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *second = strchr(text, ' ');
    return second ? strtoul(second, NULL, 10) * frond__os_page() : 0;
}

uint64_t frond__os_thread_id(void) {
    return (uint64_t)syscall(SYS_gettid);
}

_Static_assert(sizeof(sigset_t) <= sizeof(frond_sigpipe), "there is room for it");

static sigset_t broken_pipe(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

void frond_sigpipe_hold(frond_sigpipe *before) {
    sigset_t broken = broken_pipe();
    pthread_sigmask(SIG_BLOCK, &broken, (sigset_t *)before);
}

void frond_sigpipe_let(const frond_sigpipe *before, int fell_short) {
    int error = errno, number;
    const sigset_t *mask = (const sigset_t *)before;
    sigset_t broken = broken_pipe(), pending;
    if (fell_short && !sigismember(mask, SIGPIPE) && sigpending(&pending) == 0 &&
        sigismember(&pending, SIGPIPE))
        sigwait(&broken, &number);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    errno = error;
}

ssize_t frond__os_write_some(int fd, const void *data, size_t n) {
    frond_sigpipe before;
    frond_sigpipe_hold(&before);
    ssize_t done = write(fd, data, n);
    frond_sigpipe_let(&before, done < 0);
    return done;
}
