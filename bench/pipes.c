/* SPDX-License-Identifier: MIT */
/* pipes [MILLISECONDS [ROUNDS]]: messages to a child on another CPU: round trips of 64 bytes, and one way, of 64
 * bytes and of 64 KiB, per second.  raw: a socket pair and blocking calls, a length of four bytes before each
 * message, one writev a message, a buffer of 256 KiB to read into.  epoll: the same, but who reads waits by
 * epoll_wait first, as every loop does that waits for more than one thing. */
#include <frond/proc.h>
#include <frond/sdk.h>

#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { SMALL = 64, LARGE = 65536, BATCH = 32 };

static void pin(size_t cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* with one CPU it stays where it is */
}

/* ---- raw ---- */

typedef struct {
    int fd;
    int epoll; /* -1: none */
    pid_t pid;
    size_t begin, end;
    char buf[256 * 1024];
} raw_reader;

static bool raw_fill(raw_reader *r, size_t need) {
    while (r->end - r->begin < need) {
        if (r->begin + need > sizeof r->buf || r->end == sizeof r->buf) {
            memmove(r->buf, r->buf + r->begin, r->end - r->begin);
            r->end -= r->begin;
            r->begin = 0;
        }
        struct epoll_event event;
        if (r->epoll >= 0 && epoll_wait(r->epoll, &event, 1, -1) != 1)
            return false;
        ssize_t n = read(r->fd, r->buf + r->end, sizeof r->buf - r->end);
        if (n <= 0)
            return false;
        r->end += (size_t)n;
    }
    return true;
}

static const char *raw_get(raw_reader *r, uint32_t *len) {
    if (r->begin == r->end)
        r->begin = r->end = 0;
    if (!raw_fill(r, sizeof *len))
        return NULL;
    memcpy(len, r->buf + r->begin, sizeof *len);
    if (!raw_fill(r, sizeof *len + *len))
        return NULL;
    r->begin += sizeof *len + *len;
    return r->buf + r->begin - *len;
}

static void raw_put(int fd, const char *msg, uint32_t len) {
    struct iovec parts[2] = {{&len, sizeof len}, {(void *)(uintptr_t)msg, len}};
    if (writev(fd, parts, 2) != (ssize_t)(sizeof len + len))
        bench_die("a short write");
}

static int watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        bench_die("no epoll");
    return epoll;
}

static void raw_child(raw_reader *r) {
    const char *msg;
    uint32_t len;
    pin(1);
    while ((msg = raw_get(r, &len)))
        if (msg[0] == 'e')
            raw_put(r->fd, msg, len);
    _exit(0);
}

/* ---- frond ---- */

static int answer_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    void *msg;
    int64_t n;
    pin(1);
    while ((n = frond_pipe_receive(p, &msg, FROND_NEVER)) >= 0) {
        if (*(char *)msg == 'e')
            frond_pipe_send(p, msg, (size_t)n, FROND_NEVER);
        frond_free(msg);
    }
    return 0;
}

static const frond_entry entries[] = {{"answer", answer_main}, {0}};

/* ---- both ---- */

typedef struct {
    raw_reader *raw; /* NULL: frond's */
    frond_pipe *pipe;
    const char *subject;
} peer;

static void put(const peer *p, const char *msg, size_t len) {
    if (p->raw)
        raw_put(p->raw->fd, msg, (uint32_t)len);
    else if (frond_pipe_send(p->pipe, msg, len, FROND_NEVER) < 0)
        bench_die(frond_error_text());
}

static void get(const peer *p, size_t len) {
    uint32_t n = 0;
    void *msg;
    if (p->raw && (!raw_get(p->raw, &n) || n != len))
        bench_die("another answer");
    if (p->raw)
        return;
    if (frond_pipe_receive(p->pipe, &msg, FROND_NEVER) != (int64_t)len)
        bench_die("another answer");
    frond_free(msg);
}

static void measure(const peer *p, const char *workload, size_t len, bool answered,
                    long ms) {
    char *msg = frond_buffer_alloc(len);
    long n = 0;
    memset(msg, answered ? 'e' : 's', len);
    uint64_t start = bench_now(), end = start + (uint64_t)ms * 1000000;
    while (bench_now() < end)
        for (int i = 0; i < BATCH; i++, n++) {
            put(p, msg, len);
            if (answered)
                get(p, len);
        }
    msg[0] = 'e'; /* all before it has been read */
    put(p, msg, len);
    get(p, len);
    bench_sample(workload, p->subject, "rate",
                 (double)n / ((double)(bench_now() - start) / 1e9), "/s");
    frond_buffer_free(msg);
}

/* Our end of a pair whose other end a child has. */
static raw_reader *raw_start(bool waits) {
    int ends[2];
    raw_reader *ours = frond_buffer_alloc(sizeof *ours);
    if (!ours || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        bench_die("no socket pair");
    *ours = (raw_reader){.fd = ends[0], .epoll = -1};
    ours->pid = fork();
    if (ours->pid == 0) {
        close(ends[0]);
        ours->fd = ends[1];
        ours->epoll = waits ? watch(ours->fd) : -1;
        raw_child(ours);
    }
    close(ends[1]);
    ours->epoll = waits ? watch(ours->fd) : -1;
    return ours;
}

static void raw_end(raw_reader *r) {
    shutdown(r->fd, SHUT_RDWR); /* the later child has a copy of it */
    close(r->fd);
    waitpid(r->pid, NULL, 0);
    frond_buffer_free(r);
}

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        bench_die(frond_error_text());
    long ms = bench_argument(argc, argv, 1, 200),
         rounds = bench_argument(argc, argv, 2, 9);
    raw_reader *raw = raw_start(false), *epoll = raw_start(true);
    frond_pipe *theirs, *pipe;
    frond_process *child;
    if (frond_pipe_pair(NULL, &pipe, &theirs) < 0 ||
        frond_process_start("answer",
                            &(frond_process_options){.pipes = &theirs, .n_pipes = 1},
                            &child, frond_in(10000)) < 0)
        bench_die(frond_error_text());
    pin(0);
    const peer peers[] = {{.raw = raw, .subject = "raw"},
                          {.raw = epoll, .subject = "epoll"},
                          {.pipe = pipe, .subject = "frond"}};
    for (long i = 0; i < rounds; i++)
        for (int k = 0; k < 3; k++) {
            measure(&peers[k], "pipe_round_trip", SMALL, true, ms);
            measure(&peers[k], "pipe_stream_64", SMALL, false, ms);
            measure(&peers[k], "pipe_stream_65536", LARGE, false, ms);
        }
    raw_end(raw);
    raw_end(epoll);
    frond_pipe_free(pipe);
    frond_pipe_free(theirs);
    frond_process_join(child, NULL, FROND_NEVER);
    frond_process_free(child);
    return 0;
}
