/* SPDX-License-Identifier: MIT */
/* Memory and threads, as Linux and macOS do them alike; os_linux.c and os_macos.c have the rest. */
#include "os/os.h"

#include "ensure.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

size_t frond__os_page(void) {
    static size_t page;
    if (!page)
        page = (size_t)sysconf(_SC_PAGESIZE);
    return page;
}

void frond__os_unreserve(char *base, size_t size) {
    FROND_ASSERT(munmap(base, size) == 0);
}

void frond__os_stack_given(frond__context *c, void *low) {
    (void)c;
    (void)low;
}

size_t frond__os_touched(char *low, char *high) {
    size_t page = frond__os_page(), pages = (size_t)(high - low) / page;
    for (size_t i = 0; i < pages; i++) {
        unsigned char resident = 0;
        void *state = &resident; /* of char to macOS */
        if (mincore(low + i * page, page, state) == 0 && (resident & 1))
            return (size_t)(high - low) - i * page;
    }
    return 0;
}

void frond__os_thread_detach(uv_thread_t thread) {
    pthread_detach(thread);
}

void frond__os_cancel(uv_handle_t *handle) {
    (void)handle; /* the loop itself reads and writes, and stops */
}

int frond__os_signal_number(int number) {
    return number;
}

bool frond__os_signal_ignored(int number) {
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
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
