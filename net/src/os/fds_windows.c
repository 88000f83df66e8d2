/* SPDX-License-Identifier: MIT */
/* Handing descriptors over on Windows, where they cannot travel beside the bytes: each is copied into the process at
 * the other end, and a head in front of the bytes tells it which they are.  A head and its bytes are never torn: what
 * the system does not take at once is kept, and goes first the next time.  For unix sockets, of which the
 * system knows who made the other end, and pairs, whose both ends were made here. */
#include "os/os_message.h"
#include "os/socket_windows.h"
#include "stream/socket.h"
#include "stream/stream_limits.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { MAGIC = 0x64667266, MOST_DATA = 16 * 1024 };

#define UNIX_PEER_PID _WSAIOR(IOC_VENDOR, 256) /* newer than some headers */

typedef struct {
    uint32_t magic, pid; /* whom it is for */
    uint32_t n, len;     /* items, and bytes behind them */
} head;

typedef struct {
    uint64_t handle; /* of the process that it is for, if it is no socket */
    WSAPROTOCOL_INFOW socket;
    uint32_t is_socket;
} item;

struct frond__handover {
    char *tail; /* of what is to be sent; NULL: nothing is left */
    size_t tail_at, tail_len;
    head in; /* of what comes, as far as it is there */
    size_t in_len, items_len;
    item items[FROND_MOST_FDS];
    size_t rest; /* bytes that belong to them; 0: the next head comes */
};

static frond__handover *handover_of(frond_stream *s) {
    frond_stream_extras *e = frond__extras_need(s);
    if (e && !e->handover)
        e->handover = frond_calloc(1, sizeof *e->handover);
    return e ? e->handover : NULL;
}

/* The process that made the other end. */
static int peer_of(SOCKET fd, const frond_stream *s, uint32_t *pid) {
    struct sockaddr_storage name;
    ULONG owner = 0;
    DWORD got;
    int n = sizeof name;
    if (frond__socket_is_paired(s)) {
        *pid = GetCurrentProcessId();
        return 0;
    }
    if (getsockname(fd, (struct sockaddr *)&name, &n) != 0)
        return frond__socket_code();
    if (name.ss_family != AF_UNIX ||
        WSAIoctl(fd, UNIX_PEER_PID, NULL, 0, &owner, sizeof owner, &got, NULL, NULL) != 0)
        return FROND_ENOTSUP;
    *pid = owner;
    return owner ? 0 : FROND_ENOTSUP;
}

/* ---- sending ---- */

static bool is_socket(intptr_t fd) {
    int type, n = sizeof type;
    return getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &n) == 0;
}

/* Before any is copied: what has been copied cannot be taken back. */
static bool are_open(const intptr_t *fds, size_t n) {
    DWORD flags;
    for (size_t i = 0; i < n; i++)
        if (!is_socket(fds[i]) && !GetHandleInformation((HANDLE)fds[i], &flags))
            return false;
    return true;
}

static int copy_to(HANDLE process, uint32_t pid, intptr_t fd, item *out) {
    HANDLE copy;
    memset(out, 0, sizeof *out);
    if (is_socket(fd)) {
        out->is_socket = 1;
        return WSADuplicateSocketW((SOCKET)fd, pid, &out->socket) == 0
                   ? 0
                   : frond__socket_code();
    }
    if (!DuplicateHandle(GetCurrentProcess(), (HANDLE)fd, process, &copy, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return frond_error_from_system((int)GetLastError());
    out->handle = (uint64_t)(uintptr_t)copy;
    return 0;
}

static int copy_all(uint32_t pid, const intptr_t *fds, size_t n, char *out) {
    HANDLE process = n ? OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid) : NULL;
    int rc = n && !process ? frond_error_from_system((int)GetLastError()) : 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        item one;
        rc = copy_to(process, pid, fds[i], &one);
        memcpy(out + i * sizeof one, &one, sizeof one);
    }
    if (process)
        CloseHandle(process);
    return rc;
}

static int make_tail(frond__handover *h, uint32_t pid, const frond_buf *data,
                     const intptr_t *fds, size_t n) {
    head first = {MAGIC, pid, (uint32_t)n, (uint32_t)data->len};
    size_t at = sizeof first + n * sizeof(item);
    char *tail = frond_alloc(at + data->len);
    if (!tail)
        return FROND_ENOMEM;
    memcpy(tail, &first, sizeof first);
    memcpy(tail + at, data->data, data->len);
    int rc = copy_all(pid, fds, n, tail + sizeof first);
    if (rc < 0) {
        frond_free(tail);
        return rc;
    }
    h->tail = tail;
    h->tail_at = 0;
    h->tail_len = at + data->len;
    return 0;
}

static int send_tail(SOCKET fd, frond__handover *h) {
    while (h->tail && h->tail_at < h->tail_len) {
        int n = send(fd, h->tail + h->tail_at, (int)(h->tail_len - h->tail_at), 0);
        if (n < 0)
            return frond__socket_code();
        h->tail_at += (size_t)n;
    }
    frond_free(h->tail);
    h->tail = NULL;
    return 0;
}

static bool takes_more(SOCKET fd) {
    fd_set one;
    struct timeval now = {0, 0};
    FD_ZERO(&one);
    FD_SET(fd, &one);
    return select(0, NULL, &one, NULL, &now) == 1;
}

int64_t frond__fds_send(frond_os_fd fd, frond_stream *s, const frond_buf *data,
                        const intptr_t *fds, size_t n) {
    frond__handover *h = handover_of(s);
    frond_buf part = {data->data, data->len < MOST_DATA ? data->len : MOST_DATA};
    uint32_t pid = 0;
    if (!h)
        return FROND_ENOMEM;
    int rc = send_tail(fd, h);
    if (rc < 0 || (rc = peer_of(fd, s, &pid)) < 0)
        return rc;
    if (!are_open(fds, n))
        return FROND_EBADF;
    if (!takes_more(fd))
        return FROND__AGAIN;
    if ((rc = make_tail(h, pid, &part, fds, n)) == 0)
        rc = send_tail(fd, h);
    return rc < 0 && rc != FROND__AGAIN ? rc : (int64_t)part.len;
}

int64_t frond__fds_flush(frond_os_fd fd, frond_stream *s) {
    frond__handover *h = s->extras ? s->extras->handover : NULL;
    return h ? send_tail(fd, h) : 0;
}

/* ---- receiving ---- */

/* 1 once all of it is there, 0 at the end. */
static int fill(SOCKET fd, void *to, size_t n, size_t *have) {
    while (*have < n) {
        int got = recv(fd, (char *)to + *have, (int)(n - *have), 0);
        if (got <= 0)
            return got < 0 ? frond__socket_code() : 0;
        *have += (size_t)got;
    }
    return 1;
}

static int read_head(SOCKET fd, frond__handover *h) {
    int rc = fill(fd, &h->in, sizeof h->in, &h->in_len);
    if (rc <= 0)
        return rc == 0 && h->in_len ? FROND_ECONNRESET : rc;
    if (h->in.magic != MAGIC || h->in.pid != GetCurrentProcessId() ||
        h->in.n > FROND_MOST_FDS || !h->in.len || h->in.len > MOST_DATA)
        return FROND_EPROTO;
    rc = fill(fd, h->items, h->in.n * sizeof(item), &h->items_len);
    if (rc <= 0)
        return rc == 0 ? FROND_ECONNRESET : rc;
    h->rest = h->in.len;
    h->in_len = h->items_len = 0;
    return 1;
}

/* -1: it cannot be had. */
static intptr_t open_item(item *one) {
    if (!one->is_socket)
        return (intptr_t)one->handle;
    SOCKET s =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                   &one->socket, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    return s == INVALID_SOCKET ? -1 : (intptr_t)s;
}

static void close_item(const item *one, intptr_t fd) {
    if (one->is_socket && fd != -1)
        closesocket((SOCKET)fd);
    else if (!one->is_socket)
        CloseHandle((HANDLE)fd);
}

/* Those that there is room for; the rest is closed.  0, or an error and all are. */
static int take_items(frond__handover *h, intptr_t *fds, size_t room, size_t *n) {
    int rc = 0;
    size_t all = h->in.n, i = 0;
    h->in.n = 0;
    for (; i < all; i++) {
        intptr_t one = open_item(&h->items[i]);
        if (one == -1 && rc == 0)
            rc = frond__socket_code();
        if (i < room)
            fds[i] = one;
        else
            close_item(&h->items[i], one);
    }
    *n = all;
    for (i = 0; rc < 0 && i < all && i < room; i++)
        close_item(&h->items[i], fds[i]);
    if (rc < 0)
        *n = 0;
    return rc;
}

int64_t frond__fds_receive(frond_os_fd fd, frond_stream *s, void *buf, size_t cap,
                           intptr_t *fds, size_t *n) {
    frond__handover *h = handover_of(s);
    size_t room = *n;
    *n = 0;
    if (!h)
        return FROND_ENOMEM;
    int rc = h->rest ? 1 : read_head(fd, h);
    if (rc <= 0)
        return rc;
    int got = recv(fd, buf, (int)(cap < h->rest ? cap : h->rest), 0);
    if (got <= 0)
        return got < 0 ? frond__socket_code() : FROND_ECONNRESET;
    h->rest -= (size_t)got;
    rc = take_items(h, fds, room, n);
    return rc < 0 ? rc : got;
}

void frond__handover_free(frond__handover *h) {
    size_t n;
    if (!h)
        return;
    if (h->rest)
        take_items(h, NULL, 0, &n);
    frond_free(h->tail);
    frond_free(h);
}
