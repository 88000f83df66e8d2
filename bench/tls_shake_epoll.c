/* SPDX-License-Identifier: MIT */
/* tls_shake_epoll full|resumed PORT COUNT PEM: the least that handshakes can cost a client: a connection, the
 * handshake with a server's certificate verified, a byte back and forth, one after the other, with epoll.  Prints
 * the CPU time each. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static int epoll;
static SSL_SESSION *kept;
static int resumes;

static int keep(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

/* Waits for what the last call on ssl wants. */
static void await(SSL *ssl, int fd, int rc) {
    int error = SSL_get_error(ssl, rc);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        bench_die("a connection failed");
    struct epoll_event e = {.events = error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT};
    epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &e);
    epoll_wait(epoll, &e, 1, 5000);
}

static int connect_to(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event e = {.events = EPOLLOUT};
    if (fd < 0 || (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS))
        bench_die("cannot connect");
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    epoll_wait(epoll, &e, 1, 5000);
    return fd;
}

static void shake(SSL_CTX *context, int port) {
    int fd = connect_to(port), rc;
    char byte = 'x';
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set1_host(ssl, "localhost");
    SSL_set_tlsext_host_name(ssl, "localhost");
    if (resumes && kept) {
        SSL_set_session(ssl, kept);
        SSL_SESSION_free(kept);
        kept = NULL;
    }
    while ((rc = SSL_connect(ssl)) != 1)
        await(ssl, fd, rc);
    while ((rc = SSL_write(ssl, &byte, 1)) != 1)
        await(ssl, fd, rc);
    while ((rc = SSL_read(ssl, &byte, 1)) != 1)
        await(ssl, fd, rc);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

int main(int argc, char **argv) {
    if (argc < 5)
        bench_die("usage: tls_shake_epoll full|resumed PORT COUNT PEM");
    int port = (int)bench_argument(argc, argv, 2, 0);
    long count = bench_argument(argc, argv, 3, 0);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_ciphersuites(context,
                             "TLS_AES_128_GCM_SHA256"); /* what frond offers first */
    signal(SIGPIPE, SIG_IGN);
    resumes = strcmp(argv[1], "resumed") == 0;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    SSL_CTX_load_verify_file(context, argv[4]);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT |
                                                SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, keep);
    for (int i = 0; i < 20; i++)
        shake(context, port);
    uint64_t cpu = bench_cpu();
    for (long i = 0; i < count; i++)
        shake(context, port);
    bench_sample(resumes ? "tls_resumed" : "tls_handshake", "epoll", "cpu",
                 (double)(bench_cpu() - cpu) / 1e3 / (double)count, "us");
    return 0;
}
