/* SPDX-License-Identifier: MIT */
/* Memory and threads, as Linux and macOS do them alike; os_linux.c and os_macos.c have the rest. */
#include "os/os.h"
#include "os/os_posix.h"

#include "ensure.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <sys/file.h>
#include <signal.h>
#include <string.h>
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

static const struct {
    const char *name;
    int number;
} signals[] = {{"QUIT", SIGQUIT}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
               {"HUP", SIGHUP},   {"INT", SIGINT},   {"TERM", SIGTERM}};

/* By number any but those that no handler is for, or that are faults. */
static bool is_sent(int number) {
    switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGCHLD:
    case SIGPIPE:
        return false;
    }
    return number > 0 && number < NSIG;
}

int frond__os_signal_named(const char *text) {
    const char *name = strncmp(text, "SIG", 3) == 0 ? text + 3 : text;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (strcmp(name, signals[i].name) == 0)
            return signals[i].number;
    int number = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || number > NSIG)
            return 0;
        number = number * 10 + (*c - '0');
    }
    return is_sent(number) ? number : 0;
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

int frond__os_open_alone(const char *path, int *fd) {
    frond_opening_begin();
    int made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    frond_opening_end();
    if (made < 0)
        return frond_error_from_system(errno);
    if (flock(made, LOCK_EX | LOCK_NB) == 0 &&
        (ftruncate(made, 0) == 0 || errno == EINVAL)) { /* no file that has a length */
        *fd = made;
        return 0;
    }
    int rc = errno == EWOULDBLOCK ? FROND_EBUSY : frond_error_from_system(errno);
    close(made);
    return rc;
}

int frond__os_close(int fd) {
    return close(fd);
}

int frond__os_write(int fd, const char *text, size_t n) {
    while (n > 0) {
        ssize_t done = frond__os_write_some(fd, text, n);
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
