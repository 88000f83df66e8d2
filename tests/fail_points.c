/* SPDX-License-Identifier: MIT */
#include "fail_points.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { EARNEST, INTERRUPTED, NOT_READY, UNKNOWN, KINDS = FAIL_POINT_KINDS };

static const char *const kinds[KINDS] = {"in earnest", "interrupted", "not ready",
                                         "unknown"};

static int kind, countdown; /* 0: off */
static bool failed;
static const char *failed_call;
static pthread_t main_thread;

typedef fail_point point;

/* glibc's names of those whose offsets once had 32 bits. */
#ifdef __GLIBC__
#define LARGE(name) name##64
#else
#define LARGE(name) name
#endif
#define PASTE(a, b) a##b
#define REAL(name) PASTE(__real_, name)
#define WRAP(name) PASTE(__wrap_, name)

bool fail_point_fails(const point *p) {
    if (!countdown || !p->errors[kind] || !pthread_equal(pthread_self(), main_thread) ||
        --countdown)
        return false;
    failed = true;
    failed_call = p->name;
    errno = p->errors[kind];
    return true;
}

#define POINT(type, name, params, args, ...)                                             \
    POINT_OF(type, name, params, args, __VA_ARGS__)
#define POINT_OF(type, name, params, args, ...)                                          \
    type __real_##name params;                                                           \
    type __wrap_##name params;                                                           \
    type __wrap_##name params {                                                          \
        static const point p = {#name, {__VA_ARGS__}};                                   \
        return fail_point_fails(&p) ? (type)-1 : __real_##name args;                     \
    }

/* ---- those that open ---- */

POINT(int, socket, (int family, int type, int protocol), (family, type, protocol), EMFILE)
POINT(int, socketpair, (int family, int type, int protocol, int fds[2]),
      (family, type, protocol, fds), EMFILE)
POINT(int, pipe2, (int fds[2], int flags), (fds, flags), EMFILE)
POINT(int, epoll_create1, (int flags), (flags), EMFILE)
POINT(int, accept4, (int fd, struct sockaddr *from, socklen_t *n, int flags),
      (fd, from, n, flags), EMFILE, EINTR, EAGAIN, ECONNABORTED)

/* ---- those that set up and ask ---- */

POINT(int, epoll_ctl, (int set, int op, int fd, struct epoll_event *e), (set, op, fd, e),
      ENOMEM, 0, 0, ENOSPC)
POINT(int, bind, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n),
      EADDRINUSE)
POINT(int, listen, (int fd, int backlog), (fd, backlog), EADDRINUSE)
POINT(int, setsockopt, (int fd, int level, int name, const void *data, socklen_t n),
      (fd, level, name, data, n), ENOBUFS)
POINT(int, getsockopt, (int fd, int level, int name, void *data, socklen_t *n),
      (fd, level, name, data, n), ENOBUFS)
POINT(int, getsockname, (int fd, struct sockaddr *name, socklen_t *n), (fd, name, n),
      ENOBUFS)
POINT(int, getpeername, (int fd, struct sockaddr *name, socklen_t *n), (fd, name, n),
      ENOBUFS)
POINT(int, shutdown, (int fd, int how), (fd, how), ENOTCONN)
POINT(int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms), ENOMEM, EINTR)

int REAL(LARGE(fcntl))(int fd, int command, ...);
int WRAP(LARGE(fcntl))(int fd, int command, ...);
int WRAP(LARGE(fcntl))(int fd, int command, ...) {
    static const point opens = {"fcntl", {EMFILE}}, sets = {"fcntl", {EPERM}};
    va_list rest;
    va_start(rest, command);
    long argument = va_arg(rest, long);
    va_end(rest);
    return fail_point_fails(command == F_DUPFD_CLOEXEC ? &opens : &sets)
               ? -1
               : REAL(LARGE(fcntl))(fd, command, argument);
}

/* An interrupted connect goes on in the background, but for a unix socket's, which has not begun. */
int __real_connect(int fd, const struct sockaddr *to, socklen_t n);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n) {
    static const point p = {"connect", {ENETUNREACH, EINTR}};
    if (!fail_point_fails(&p))
        return __real_connect(fd, to, n);
    if (kind == INTERRUPTED && to->sa_family != AF_UNIX) {
        __real_connect(fd, to, n);
        errno = EINTR;
    }
    return -1;
}

/* ---- those that move bytes ---- */

POINT(ssize_t, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags),
      ECONNRESET, EINTR, EAGAIN)
POINT(ssize_t, send, (int fd, const void *buf, size_t n, int flags), (fd, buf, n, flags),
      ECONNRESET, EINTR, EAGAIN)
POINT(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags), ECONNRESET,
      EINTR, EAGAIN)
POINT(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags),
      ENOBUFS, EINTR, EAGAIN)
POINT(ssize_t, sendto,
      (int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
       socklen_t to_n),
      (fd, buf, n, flags, to, to_n), ENOBUFS, EINTR, EAGAIN)
POINT(int, recvmmsg,
      (int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t),
      (fd, m, n, flags, t), ENOBUFS, EINTR, EAGAIN)
POINT(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags),
      (fd, m, n, flags), ENOBUFS, EINTR, EAGAIN)
POINT(ssize_t, splice,
      (int from, off64_t *from_at, int to, off64_t *to_at, size_t n, unsigned flags),
      (from, from_at, to, to_at, n, flags), ECONNRESET, EINTR, EAGAIN, EINVAL)
POINT(ssize_t, LARGE(sendfile), (int to, int from, off64_t *at, size_t n),
      (to, from, at, n), ECONNRESET, EINTR, EAGAIN, EINVAL)
POINT(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n), 0, EINTR)

/* Those that the C library may not know. */
static const point *point_of(long number) {
    static const point preadv2 = {"preadv2", {EIO, 0, EAGAIN, EOPNOTSUPP}},
                       pidfd_open = {"pidfd_open", {EMFILE, 0, 0, ENOSYS}},
                       pidfd_send_signal = {"pidfd_send_signal", {EPERM}},
                       close_range = {"close_range", {0, 0, 0, ENOSYS}}, none = {"", {0}};
    return number == SYS_preadv2             ? &preadv2
           : number == SYS_pidfd_open        ? &pidfd_open
           : number == SYS_pidfd_send_signal ? &pidfd_send_signal
           : number == SYS_close_range       ? &close_range
                                             : &none;
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
    long more[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        more[i] = va_arg(rest, long);
    va_end(rest);
    return fail_point_fails(point_of(number))
               ? -1
               : __real_syscall(number, more[0], more[1], more[2], more[3], more[4],
                                more[5]);
}

/* ---- those of processes ---- */

/* What fails in the child nobody counts here. */
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void) {
    static const point p = {"fork", {EAGAIN}};
    pid_t pid = fail_point_fails(&p) ? -1 : __real_fork();
    if (pid == 0)
        countdown = 0;
    return pid;
}

POINT(int, waitid, (idtype_t kind_of_id, id_t id, siginfo_t *info, int flags),
      (kind_of_id, id, info, flags), 0, EINTR)
POINT(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags), 0, EINTR)

/* ---- those of names ---- */

POINT(int, LARGE(stat), (const char *path, struct stat *s), (path, s), EACCES)

FILE *REAL(LARGE(fopen))(const char *path, const char *mode);
FILE *WRAP(LARGE(fopen))(const char *path, const char *mode);
FILE *WRAP(LARGE(fopen))(const char *path, const char *mode) {
    static const point p = {"fopen", {EMFILE}};
    return fail_point_fails(&p) ? NULL : REAL(LARGE(fopen))(path, mode);
}

size_t __real_fread(void *buf, size_t size, size_t n, FILE *f);
size_t __wrap_fread(void *buf, size_t size, size_t n, FILE *f);
size_t __wrap_fread(void *buf, size_t size, size_t n, FILE *f) {
    static const point p = {"fread", {EIO}};
    if (!fail_point_fails(&p))
        return __real_fread(buf, size, n, f);
    fputc('x', f); /* which a file that is open for reading marks as an error */
    errno = EIO;
    return 0;
}

/* libuv's calls, by which frond's dns watches: what the system refused them. */
#define UV_POINT(name, params, args, error, code)                                        \
    int __real_##name params;                                                            \
    int __wrap_##name params;                                                            \
    int __wrap_##name params {                                                           \
        static const point p = {#name, {error}};                                         \
        return fail_point_fails(&p) ? (code) : __real_##name args;                       \
    }

UV_POINT(uv_pipe, (uv_file fds[2], int reads, int writes), (fds, reads, writes), EMFILE,
         UV_EMFILE)
UV_POINT(uv_poll_init_socket, (uv_loop_t * loop, uv_poll_t *poll, uv_os_sock_t fd),
         (loop, poll, fd), EPERM, UV_EPERM)
UV_POINT(uv_fs_event_start,
         (uv_fs_event_t * handle, uv_fs_event_cb cb, const char *path, unsigned flags),
         (handle, cb, path, flags), EMFILE, UV_EMFILE)
UV_POINT(uv_interface_addresses, (uv_interface_address_t * *list, int *n), (list, n),
         ENOMEM, UV_ENOMEM)

/* ---- the sweep ---- */

enum { MOST = 5000, LONGEST_MS = 8000 };

static int64_t began;

bool fail_points_harmless(void) {
    return kind != EARNEST || !failed;
}

void fail_points_end(void) {
    countdown = 0;
}

static void complain(const char *what) {
    char said[200];
    snprintf(said, sizeof said, "%s: %s failed %s", what,
             failed_call ? failed_call : "nothing", kinds[kind]);
    test_check(false, said, __FILE__, __LINE__);
}

bool works(int64_t rc, const char *what, const char *file, int line) {
    char said[300];
    bool starved = rc == FROND_ENOMEM && memory_failed();
    if (rc >= 0 || starved || (rc != FROND_ETIMEDOUT && !fail_points_harmless()))
        return rc >= 0;
    snprintf(said, sizeof said, "%s is %s when %s failed %s: %s", what,
             frond_error_name((int)rc), failed_call ? failed_call : "nothing",
             kinds[kind], frond_error_text());
    test_check(false, said, file, line);
    return false;
}

static bool none_left(void *arg) {
    (void)arg;
    return frond_hub_greenlets() == 0;
}

/* Whether there was anything left to fail. */
static bool run_once(void (*part)(void), int n) {
    int open = descriptors_open();
    long blocks = memory_live();
    failed = false;
    failed_call = NULL;
    began = frond_now();
    countdown = n;
    part();
    countdown = 0;
    if (frond_now() - began > (int64_t)LONGEST_MS * 1000000)
        complain("it hung");
    if (!eventually(none_left, NULL))
        complain("a greenlet is left");
    if (frond_hub_close(frond_in(20000)) < 0)
        complain("the hub does not close");
    /* fewer blocks than before: a thread of what came before this has ended meanwhile */
    for (int i = 0; i < 20000 && (memory_live() > blocks || descriptors_open() != open);
         i++)
        block_ms(1); /* threads, and peers on them, end a little later */
    if (memory_live() > blocks)
        complain("memory is left");
    if (descriptors_open() != open)
        complain("a descriptor is left");
    return failed;
}

void fail_points_sweep(void (*part)(void)) {
    main_thread = pthread_self();
    for (kind = 0; kind < KINDS; kind++) {
        int n = 1;
        while (n < MOST && run_once(part, n))
            n++;
        CHECK(n < MOST);
    }
    kind = 0;
}
