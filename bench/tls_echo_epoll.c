/* SPDX-License-Identifier: MIT */
/* tls_echo_epoll PEM: the least an echo server with TLS can cost: level-triggered epoll, one thread, OpenSSL over
 * the socket, one buffer for all.  Prints its port.  What cannot be sent at once is kept, and nothing more read
 * until it has gone. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD = 16384 };

typedef struct {
    int fd, events;
    SSL *ssl;
    char *rest; /* NULL: nothing waits to be sent */
    int rest_len;
} connection;

static SSL_CTX *context;
static int epoll;
static char buffer[RECORD];

static void watch(connection *c, int op, int events) {
    struct epoll_event e = {.events = (uint32_t)events, .data.ptr = c};
    if (op == EPOLL_CTL_MOD && c->events == events)
        return;
    c->events = events;
    epoll_ctl(epoll, op, c->fd, &e);
}

static void end(connection *c) {
    SSL_free(c->ssl);
    close(c->fd);
    free(c->rest);
    free(c);
}

static void accept_all(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        c->ssl = SSL_new(context);
        SSL_set_fd(c->ssl, fd);
        SSL_set_accept_state(c->ssl);
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* 1: sent, 0: kept, -1: the end */
static int send_all(connection *c, const char *data, int len) {
    if (SSL_write(c->ssl, data, len) == len) {
        free(c->rest);
        c->rest = NULL;
        return 1;
    }
    if (SSL_get_error(c->ssl, -1) != SSL_ERROR_WANT_WRITE)
        return -1;
    if (!c->rest) {
        c->rest = malloc((size_t)len);
        memcpy(c->rest, data, (size_t)len);
        c->rest_len = len;
    }
    return 0;
}

static void serve(connection *c) {
    int n = 1, went = c->rest ? send_all(c, c->rest, c->rest_len) : 1;
    while (went > 0 && (n = SSL_read(c->ssl, buffer, RECORD)) > 0)
        went = send_all(c, buffer, n);
    int error = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);
    if (went < 0 || (n <= 0 && error != SSL_ERROR_WANT_READ))
        end(c);
    else
        watch(c, EPOLL_CTL_MOD, went == 0 ? EPOLLOUT : EPOLLIN);
}

static int listen_somewhere(void) {
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) || listen(fd, 4096) ||
        getsockname(fd, (struct sockaddr *)&a, &size))
        return -1;
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv) {
    connection listener = {0};
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_server_method());
    if (argc < 2 || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, argv[1], SSL_FILETYPE_PEM) != 1)
        return 2;
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if ((listener.fd = listen_somewhere()) < 0)
        return 1;
    watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        struct epoll_event events[512];
        int n = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr == &listener)
                accept_all(listener.fd);
            else
                serve(events[i].data.ptr);
    }
}
