/* SPDX-License-Identifier: MIT */
/* Memory and threads on macOS.  A guard splits its mapping there, which costs memory of the kernel's
 * but has no low limit. */
#include "os/os.h"
#include "os/os_posix.h"

#include <fcntl.h>
#include <mach/vm_inherit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

char *frond__os_reserve(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

bool frond__os_stack(char *bottom, size_t guard, size_t size) {
    (void)size;
    return mprotect(bottom, guard, PROT_NONE) == 0;
}

bool frond__os_discard(char *bottom, size_t guard, size_t size) {
    (void)madvise(bottom + guard, size, MADV_FREE);
    return true;
}

bool frond__os_guards_limited(void) {
    return false;
}

size_t frond__os_guards_most(size_t there) {
    (void)there;
    return SIZE_MAX;
}

const char *frond__os_guard_method(void) {
    return "mprotect";
}

const char *frond__os_polling(void) {
    return "kqueue";
}

/* A thread of the kernel's hands over what is sent over loopback. */
int64_t frond__os_lag_ns(void) {
    return 1000000;
}

const char *frond__os_stack_refused(char *out, size_t cap) {
    snprintf(out, cap, "no guard for one more stack: the system allows no more mappings");
    return out;
}

void frond__os_copied(char *base, size_t size, bool copied) {
    (void)minherit(base, size, copied ? VM_INHERIT_COPY : VM_INHERIT_NONE);
}

void frond__os_thread_stack(void **low, size_t *size) {
    *size = pthread_get_stacksize_np(pthread_self());
    *low =
        (char *)pthread_get_stackaddr_np(pthread_self()) - *size; /* it gives the top */
}

bool frond__os_is_privileged(void) {
    return issetugid() != 0;
}

size_t frond__os_resident(void) {
    size_t bytes = 0;
    return uv_resident_set_memory(&bytes) == 0 ? bytes : 0;
}

uint64_t frond__os_thread_id(void) {
    uint64_t id = 0;
    pthread_threadid_np(NULL, &id);
    return id;
}

/* The signal would go to the whole process. */
ssize_t frond__os_write_some(int fd, const void *data, size_t n) {
    (void)fcntl(fd, F_SETNOSIGPIPE, 1);
    return write(fd, data, n);
}
