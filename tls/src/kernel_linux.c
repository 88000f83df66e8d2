/* SPDX-License-Identifier: MIT */
/* TLS in Linux' kernel: a socket that takes keys, and whose records other than data carry their type in a
 * control message (Documentation/networking/tls.rst). */
#include "transport.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

enum { SET_RECORD_TYPE = 1 /* TLS_SET_RECORD_TYPE in linux/tls.h */ };

BIO *frond__tls_kernel_bio(intptr_t fd) {
#ifdef OPENSSL_NO_KTLS
    (void)fd;
    return NULL;
#else
    if (setsockopt((int)fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") != 0)
        return NULL; /* no TCP, or no such module */
    return BIO_new_socket((int)fd, BIO_NOCLOSE);
#endif
}

int64_t frond__tls_kernel_control(BIO *kernel, int type, const void *data, size_t len) {
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(1)];
    } control;
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.space};
    memset(&control, 0, sizeof control);
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(1), .cmsg_level = SOL_TLS, .cmsg_type = SET_RECORD_TYPE};
    *CMSG_DATA(&control.head) = (unsigned char)type;
    ssize_t n = sendmsg((int)BIO_get_fd(kernel, NULL), &message, MSG_NOSIGNAL);
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
               ? FROND_STREAM_AGAIN
               : frond_error_from_system(errno);
}
