/* SPDX-License-Identifier: MIT */
/* The least a forwarder can cost: splice through a pipe, edge-triggered epoll, one thread.  Joins each
 * connection with the next.  Prints its port. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE = 256 * 1024 };

typedef struct {
    int from, to, in, out;
    size_t held; /* in the pipe */
    int ended;
} way;

typedef struct {
    way ways[2];
} joined;

static int epoll;

static int open_way(way *w, int from, int to) {
    int ends[2];
    *w = (way){.from = from, .to = to};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return -1;
    w->in = ends[1];
    w->out = ends[0];
    return fcntl(w->in, F_SETPIPE_SZ, PIPE);
}

/* Moves what there is, until the one has nothing more, or the other takes nothing more. */
static void move(way *w) {
    while (!w->ended) {
        if (!w->held) {
            ssize_t n = splice(w->from, NULL, w->in, NULL, PIPE,
                               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
            if (n < 0 && errno == EAGAIN)
                return;
            if (n <= 0) {
                shutdown(w->to, SHUT_WR);
                w->ended = 1;
                return;
            }
            w->held = (size_t)n;
        }
        ssize_t n =
            splice(w->out, NULL, w->to, NULL, w->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (n < 0 && errno == EAGAIN)
            return;
        w->ended = n < 0;
        w->held -= n < 0 ? 0 : (size_t)n;
    }
}

static void join(int a, int b) {
    joined *j = calloc(1, sizeof *j);
    if (!j || open_way(&j->ways[0], a, b) < 0 || open_way(&j->ways[1], b, a) < 0)
        exit(1);
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = j};
    epoll_ctl(epoll, EPOLL_CTL_ADD, a, &e);
    epoll_ctl(epoll, EPOLL_CTL_ADD, b, &e);
}

static void end(joined *j) {
    for (int i = 0; i < 2; i++) {
        close(j->ways[i].from);
        close(j->ways[i].in);
        close(j->ways[i].out);
    }
    free(j);
}

static void run(joined *j) {
    move(&j->ways[0]);
    move(&j->ways[1]);
    if (j->ways[0].ended && j->ways[1].ended)
        end(j);
}

static void accept_one(int listener) {
    static int first = -1;
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (first >= 0)
        join(first, fd);
    first = first >= 0 ? -1 : fd;
}

int main(void) {
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN};
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, size) ||
        listen(listener, 16) || getsockname(listener, (struct sockaddr *)&a, &size) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e)) {
        perror("forward_epoll");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (;;)
        if (epoll_wait(epoll, &e, 1, -1) ==
            1) { /* one: an end may free what others name */
            if (e.data.ptr)
                run(e.data.ptr);
            else
                accept_one(listener);
        }
}
