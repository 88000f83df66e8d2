/* SPDX-License-Identifier: MIT */
/* Sockets on Windows.  They are made for overlapped calls, as the loop's poll wants them, never
 * inherited, and called without overlapping. */
#include "os/os_socket.h"
#include "os/socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <limits.h>
#include <mswsock.h>
#include <mstcpip.h>
#include <string.h>
#include <uv.h>

enum {
    MOST_PARTS = 64, /* of one gathered write; the rest goes with the next */
    MOST_TRIES = 8
};

/* Newer than some headers. */
#define UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#define UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)
#define TCP_INITIAL_RTO _WSAIOW(IOC_VENDOR, 17)

/* libuv's table knows most. */
static int code_of(int error) {
    switch (error) {
    case WSAEWOULDBLOCK:
        return FROND__AGAIN;
    case WSAENETDOWN:
        return FROND_ENETDOWN;
    case WSAENETRESET:
    case WSAEDISCON:
        return FROND_ECONNRESET;
    case WSAEHOSTDOWN:
        return FROND_EHOSTUNREACH;
    case WSAEOPNOTSUPP:
    case WSAENOPROTOOPT:
        return FROND_ENOTSUP;
    }
    return frond_error_from_system(error);
}

int frond__socket_code(void) {
    return code_of(WSAGetLastError());
}

static ULONG length(size_t n) {
    return n > INT_MAX ? INT_MAX : (ULONG)n;
}

/* ---- the library ---- */

static INIT_ONCE library_once = INIT_ONCE_STATIC_INIT;
static int library_error;
static LPFN_WSARECVMSG receive_message;

/* Where datagrams have no such call, none of it is missed: see frond__socket_recvfrom. */
static void find_receive_message(void) {
    GUID wanted = WSAID_WSARECVMSG;
    DWORD got;
    SOCKET any = socket(AF_INET, SOCK_DGRAM, 0);
    if (any == INVALID_SOCKET)
        return;
    if (WSAIoctl(any, SIO_GET_EXTENSION_FUNCTION_POINTER, &wanted, sizeof wanted,
                 &receive_message, sizeof receive_message, &got, NULL, NULL) != 0)
        receive_message = NULL;
    closesocket(any);
}

LPFN_WSARECVMSG frond__socket_recvmsg(void) {
    return receive_message;
}

static BOOL CALLBACK start_library(INIT_ONCE *once, void *arg, void **out) {
    (void)once;
    (void)arg;
    (void)out;
    WSADATA about;
    library_error = WSAStartup(MAKEWORD(2, 2), &about);
    if (library_error == 0)
        find_receive_message();
    return TRUE;
}

int frond__socket_library(void) {
    InitOnceExecuteOnce(&library_once, start_library, NULL, NULL);
    return frond_error_from_system(library_error);
}

/* ---- sockets ---- */

int frond__socket_prepare(frond_os_fd fd) {
    u_long on = 1;
    if (frond__socket_library() < 0)
        return FROND_ENOBUFS;
    if (ioctlsocket(fd, (long)FIONBIO, &on) != 0)
        return frond__socket_code();
    SetHandleInformation((HANDLE)fd, HANDLE_FLAG_INHERIT, 0);
    return 0;
}

static int system_family(const frond_addr *a) {
    return a->family == FROND_IPV4   ? AF_INET
           : a->family == FROND_IPV6 ? AF_INET6
           : a->family == FROND_UNIX ? AF_UNIX
                                     : -1;
}

/* An answer that nobody listens there is about one destination: a socket that has many goes on. */
static void report_refusals(frond_os_fd fd, bool on) {
    BOOL value = on;
    DWORD got;
    WSAIoctl(fd, UDP_CONNRESET, &value, sizeof value, NULL, 0, &got, NULL, NULL);
    WSAIoctl(fd, UDP_NETRESET, &value, sizeof value, NULL, 0, &got, NULL, NULL);
}

int frond__socket_open(const frond_addr *of, bool stream, frond_os_fd *fd) {
    int family = system_family(of), type = stream ? SOCK_STREAM : SOCK_DGRAM;
    int rc = frond__socket_library();
    if (family < 0)
        return FROND_EAFNOSUPPORT;
    if (rc < 0)
        return rc;
    *fd = WSASocketW(family, type, 0, NULL, 0,
                     WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (*fd == INVALID_SOCKET)
        return frond__socket_code();
    if ((rc = frond__socket_prepare(*fd)) < 0) {
        closesocket(*fd);
        return rc;
    }
    if (!stream)
        report_refusals(*fd, false);
    return 0;
}

/* A pair is made by way of a port that any program of this machine could connect to first. */
static bool are_peers(frond_os_fd a, frond_os_fd b) {
    frond_addr name, peer;
    return frond__socket_name(a, false, &name) == 0 &&
           frond__socket_name(b, true, &peer) == 0 && frond_addr_equal(&name, &peer);
}

/* Of datagrams: two that know each other, on loopback. */
static int make_datagram_pair(frond_os_fd fds[2]) {
    frond_addr at[2];
    int rc = 0, made = 0;
    for (; made < 2 && rc == 0; made++) {
        frond_addr_loopback(&at[made], FROND_IPV4, 0);
        if ((rc = frond__socket_open(&at[made], false, &fds[made])) < 0)
            break;
        if ((rc = frond__socket_bind(fds[made], &at[made])) == 0)
            rc = frond__socket_name(fds[made], false, &at[made]);
    }
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = frond__socket_connect(fds[i], &at[1 - i]);
    while (rc < 0 && made-- > 0)
        frond__socket_close(fds[made]);
    return rc;
}

int frond__socket_pair(frond_os_fd fds[2], bool stream) {
    if (!stream)
        return make_datagram_pair(fds);
    uv_os_sock_t pair[2];
    int rc = frond__socket_library();
    if (rc < 0)
        return rc;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        rc = uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE);
        if (rc < 0)
            return frond_error_from_uv(rc);
        if (are_peers(pair[0], pair[1]) && are_peers(pair[1], pair[0]))
            break;
        closesocket(pair[0]);
        closesocket(pair[1]);
        if (tries == MOST_TRIES - 1)
            return FROND_ECONNABORTED;
    }
    for (int i = 0; i < 2; i++) {
        fds[i] = pair[i];
        frond__socket_prepare(fds[i]);
        frond__socket_nodelay(fds[i], true); /* it is a connection of TCP's */
    }
    return 0;
}

static bool set_exclusive(frond_os_fd fd, bool on) {
    int value = on;
    return setsockopt(fd, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&value,
                      sizeof value) == 0;
}

int frond__socket_dup(frond_os_fd fd, frond_os_fd *twin) {
    WSAPROTOCOL_INFOW info;
    if (WSADuplicateSocketW(fd, GetCurrentProcessId(), &info) != 0)
        return frond__socket_code();
    *twin = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info,
                       0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (*twin == INVALID_SOCKET)
        return frond__socket_code();
    return frond__socket_prepare(*twin);
}

void frond__socket_close(frond_os_fd fd) {
    if (fd != FROND__NO_FD)
        closesocket(fd);
}

/* An exclusive port counts as in use while connections that were accepted on it live on: without the
 * option it can be bound then, and still not while somebody listens. */
int frond__socket_bind(frond_os_fd fd, const frond_addr *a) {
    struct sockaddr_storage to;
    int n = (int)frond_addr_to_system(a, &to);
    if (bind(fd, (struct sockaddr *)&to, n) == 0)
        return 0;
    if (WSAGetLastError() != WSAEADDRINUSE || !set_exclusive(fd, false))
        return frond__socket_code();
    return bind(fd, (struct sockaddr *)&to, n) != 0 ? frond__socket_code() : 0;
}

int frond__socket_listen(frond_os_fd fd, int backlog) {
    return listen(fd, backlog > 0 ? backlog : SOMAXCONN) != 0 ? frond__socket_code() : 0;
}

int frond__socket_accept(frond_os_fd fd, frond_os_fd *accepted, frond_addr *peer) {
    struct sockaddr_storage from;
    int n = sizeof from;
    *accepted = accept(fd, (struct sockaddr *)&from, &n);
    if (*accepted == INVALID_SOCKET) {
        int rc = frond__socket_code();
        return rc == FROND_ECONNRESET ? FROND_ECONNABORTED
                                      : rc; /* as it is called elsewhere */
    }
    int rc = frond__socket_prepare(*accepted);
    if (rc < 0) {
        closesocket(*accepted);
        return rc;
    }
    if (frond_addr_from_system(peer, (struct sockaddr *)&from, (unsigned)n) < 0)
        memset(peer, 0, sizeof *peer);
    return 0;
}

static bool is_datagram(frond_os_fd fd) {
    int type = 0, n = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, (char *)&type, &n) == 0 &&
           type == SOCK_DGRAM;
}

static bool is_loopback(const frond_addr *a) {
    static const uint8_t six[16] = {[15] = 1};
    return a->family == FROND_IPV4   ? a->ip[0] == 127
           : a->family == FROND_UNIX ? false
                                     : memcmp(a->ip, six, sizeof six) == 0;
}

/* A refusal is asked again for two seconds, which on the same machine is of no use. */
static void believe_refusals(frond_os_fd fd) {
    struct {
        USHORT rtt;
        UCHAR retransmissions;
    } initial = {(USHORT)-1, (UCHAR)-2};
    DWORD got;
    WSAIoctl(fd, TCP_INITIAL_RTO, &initial, sizeof initial, NULL, 0, &got, NULL, NULL);
}

int frond__socket_connect(frond_os_fd fd, const frond_addr *a) {
    struct sockaddr_storage to;
    int n = (int)frond_addr_to_system(a, &to);
    if (is_loopback(a))
        believe_refusals(fd);
    if (connect(fd, (struct sockaddr *)&to, n) != 0)
        return frond__socket_code();
    if (is_datagram(fd))
        report_refusals(fd, true);
    return 0;
}

int frond__socket_error(frond_os_fd fd) {
    int error = 0, n = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, (char *)&error, &n) != 0)
        return frond__socket_code();
    return code_of(error);
}

int64_t frond__socket_recv(frond_os_fd fd, void *buf, size_t cap) {
    int n = recv(fd, buf, (int)length(cap), 0);
    return n < 0 ? frond__socket_code() : n;
}

int64_t frond__socket_send(frond_os_fd fd, const frond_buf *bufs, size_t n) {
    WSABUF parts[MOST_PARTS];
    DWORD done = 0, used = n > MOST_PARTS ? MOST_PARTS : (DWORD)n;
    for (DWORD i = 0; i < used; i++)
        parts[i] = (WSABUF){length(bufs[i].len), (char *)(uintptr_t)bufs[i].data};
    int rc = WSASend(fd, parts, used, &done, 0, NULL, NULL);
    return rc != 0 ? frond__socket_code() : (int64_t)done;
}

/* A refusal that an earlier datagram has met; only connected sockets are told. */
static int datagram_code(void) {
    int rc = frond__socket_code();
    return rc == FROND_ECONNRESET ? FROND_ECONNREFUSED : rc;
}

int64_t frond__socket_recvfrom(frond_os_fd fd, void *buf, size_t cap, frond_addr *from,
                               bool *truncated) {
    struct sockaddr_storage source = {0};
    WSABUF part = {length(cap), buf};
    WSAMSG message = {.name = (struct sockaddr *)&source,
                      .namelen = sizeof source,
                      .lpBuffers = &part,
                      .dwBufferCount = 1};
    DWORD n = 0, flags = 0;
    int rc = receive_message ? receive_message(fd, &message, &n, NULL, NULL)
                             : WSARecvFrom(fd, &part, 1, &n, &flags, message.name,
                                           &message.namelen, NULL, NULL);
    *truncated = (message.dwFlags & MSG_TRUNC) != 0;
    if (rc != 0 && WSAGetLastError() == WSAEMSGSIZE) {
        *truncated = true;
        n = part.len;
    } else if (rc != 0) {
        return datagram_code();
    }
    if (from && frond_addr_from_system(from, (struct sockaddr *)&source,
                                       (unsigned)message.namelen) < 0)
        memset(from, 0, sizeof *from);
    return n;
}

int64_t frond__socket_sendto(frond_os_fd fd, const void *buf, size_t len,
                             const frond_addr *to) {
    struct sockaddr_storage target;
    int n = to ? (int)frond_addr_to_system(to, &target) : 0;
    if (len > INT_MAX)
        return FROND_EMSGSIZE;
    int done = to ? sendto(fd, buf, (int)len, 0, (struct sockaddr *)&target, n)
                  : send(fd, buf, (int)len, 0);
    return done < 0 ? datagram_code() : done;
}

int frond__socket_shutdown(frond_os_fd fd) {
    return shutdown(fd, SD_SEND) != 0 ? frond__socket_code() : 0;
}

int frond__socket_name(frond_os_fd fd, bool peer, frond_addr *a) {
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    int n = sizeof name;
    int rc = peer ? getpeername(fd, (struct sockaddr *)&name, &n)
                  : getsockname(fd, (struct sockaddr *)&name, &n);
    if (rc != 0)
        return frond__socket_code();
    return frond_addr_from_system(a, (struct sockaddr *)&name, (unsigned)n) < 0
               ? FROND_ENOTSUP
               : 0;
}

static int set(frond_os_fd fd, int level, int option, bool on) {
    int value = on;
    return setsockopt(fd, level, option, (const char *)&value, sizeof value) != 0
               ? frond__socket_code()
               : 0;
}

void frond__socket_nodelay(frond_os_fd fd, bool on) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, on);
}

/* SO_REUSEADDR would share a port that is in use, and without this option others could share ours. */
void frond__socket_reuse(frond_os_fd fd) {
    set_exclusive(fd, true);
}

int frond__socket_reuseport(frond_os_fd fd) {
    (void)fd;
    return FROND_ENOTSUP;
}

int frond__socket_v6only(frond_os_fd fd, bool on) {
    return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, on);
}

int frond__socket_credentials(frond_os_fd fd, frond_credentials *c) {
    (void)fd;
    (void)c;
    return FROND_ENOTSUP;
}
