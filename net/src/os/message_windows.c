/* SPDX-License-Identifier: MIT */
/* Messages on Windows: control messages for datagrams only. */
#include "os/message_each.h"
#include "os/socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <limits.h>
#include <mswsock.h>
#include <stddef.h>
#include <string.h>

enum { MOST_PARTS = 1024 }; /* as on POSIX, where it is IOV_MAX */

static DWORD set_parts(WSABUF *parts, const frond_message *m) {
    DWORD n = m->n_parts > MOST_PARTS ? MOST_PARTS : (DWORD)m->n_parts;
    for (DWORD i = 0; i < n; i++)
        parts[i] = (WSABUF){m->parts[i].len > INT_MAX ? INT_MAX : (ULONG)m->parts[i].len,
                            m->parts[i].data};
    return n;
}

static DWORD system_flags(int flags) {
    return (flags & FROND_MSG_PEEK ? MSG_PEEK : 0) |
           (flags & FROND_MSG_OOB ? MSG_OOB : 0) |
           (flags & FROND_MSG_DONTROUTE ? MSG_DONTROUTE : 0);
}

/* Of datagrams only, and the flags that it takes are those of the answer. */
static int receive_with_control(frond_os_fd fd, WSAMSG *message, DWORD *n) {
    LPFN_WSARECVMSG call = frond__socket_recvmsg();
    return call ? call(fd, message, n, NULL, NULL) : (WSASetLastError(WSAEOPNOTSUPP), -1);
}

int64_t frond__message_receive(frond_os_fd fd, frond_message *m, int flags) {
    WSABUF parts[MOST_PARTS];
    struct sockaddr_storage source = {.ss_family = AF_UNSPEC};
    WSAMSG message = {.name = (struct sockaddr *)&source,
                      .namelen = sizeof source,
                      .lpBuffers = parts,
                      .dwBufferCount = set_parts(parts, m),
                      .Control = {(ULONG)(m->control ? m->control_len : 0), m->control},
                      .dwFlags = system_flags(flags)};
    DWORD n = 0;
    int rc;
    if (m->control)
        rc = receive_with_control(fd, &message, &n);
    else
        rc = WSARecvFrom(fd, parts, message.dwBufferCount, &n, &message.dwFlags,
                         message.name, &message.namelen, NULL, NULL);
    bool cut = rc != 0 && WSAGetLastError() == WSAEMSGSIZE;
    if (rc != 0 && !cut)
        return frond__socket_code();
    for (DWORD i = 0; cut && i < message.dwBufferCount; i++)
        n = i ? n + parts[i].len : parts[i].len; /* it fills all of them */
    m->len = n;
    m->segment = 0;
    m->control_len = m->control ? message.Control.len : 0;
    m->flags = (cut || message.dwFlags & MSG_TRUNC ? FROND_MSG_TRUNCATED : 0) |
               (message.dwFlags & MSG_CTRUNC ? FROND_MSG_CONTROL_TRUNCATED : 0);
    if (frond_addr_from_system(&m->addr, (struct sockaddr *)&source,
                               (unsigned)message.namelen) < 0)
        memset(&m->addr, 0, sizeof m->addr);
    return n;
}

int64_t frond__message_send(frond_os_fd fd, frond_message *m, int flags) {
    WSABUF parts[MOST_PARTS];
    struct sockaddr_storage target;
    unsigned to = m->addr.family ? frond_addr_to_system(&m->addr, &target) : 0;
    WSAMSG message = {.name = to ? (struct sockaddr *)&target : NULL,
                      .namelen = (INT)to,
                      .lpBuffers = parts,
                      .dwBufferCount = set_parts(parts, m),
                      .Control = {(ULONG)m->control_len, m->control}};
    DWORD n = 0;
    int rc = m->control_len
                 ? WSASendMsg(fd, &message, system_flags(flags), &n, NULL, NULL)
                 : WSASendTo(fd, parts, message.dwBufferCount, &n, system_flags(flags),
                             message.name, message.namelen, NULL, NULL);
    return rc != 0 ? frond__socket_code() : (int64_t)n;
}

int64_t frond__message_send_segments(frond_os_fd fd, frond_message *m, int flags) {
    (void)fd;
    (void)m;
    (void)flags;
    return FROND_ENOTSUP;
}

int64_t frond__message_receive_many(frond_os_fd fd, frond_message *list, size_t n) {
    return frond__message_each(fd, list, n, frond__message_receive);
}

int64_t frond__message_send_many(frond_os_fd fd, frond_message *list, size_t n) {
    return frond__message_each(fd, list, n, frond__message_send);
}
