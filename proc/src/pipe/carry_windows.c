/* SPDX-License-Identifier: MIT */
/* Bytes over a socket, and handles copied into the process that is to have them before the bytes tell it so. */
#include "pipe/carry.h"
#include "error_windows.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>

enum { MOST_PARTS = 4, MOST_AT_ONCE = 1 << 30 };

_Static_assert(sizeof(WSAPROTOCOL_INFOW) <= sizeof((frond__item *)0)->socket,
               "an item has room for a socket");

static int64_t code(void) {
    int error = WSAGetLastError();
    return error == WSAEWOULDBLOCK ? FROND_STREAM_AGAIN : frond_error_from_system(error);
}

static ULONG length(size_t n) {
    return (ULONG)(n < MOST_AT_ONCE ? n : MOST_AT_ONCE);
}

int64_t frond__carry_send(frond_os_fd fd, void *call) {
    const frond__carry_out *out = call;
    WSABUF parts[MOST_PARTS];
    DWORD n = out->n < MOST_PARTS ? (DWORD)out->n : MOST_PARTS, done = 0;
    for (DWORD i = 0; i < n; i++)
        parts[i] =
            (WSABUF){length(out->bufs[i].len), (char *)(uintptr_t)out->bufs[i].data};
    int rc = WSASend((SOCKET)fd, parts, n, &done, 0, NULL, NULL);
    return rc != 0 ? code() : (int64_t)done;
}

int64_t frond__carry_receive(frond_os_fd fd, void *call) {
    frond__carry_in *in = call;
    WSABUF parts[2] = {{length(in->room[0]), in->to[0]},
                       {length(in->room[1]), in->to[1]}};
    DWORD done = 0, flags = 0;
    int rc = WSARecv((SOCKET)fd, parts, in->room[1] ? 2 : 1, &done, &flags, NULL, NULL);
    return rc != 0 ? code() : (int64_t)done;
}

size_t frond__carry_item_size(void) {
    return sizeof(frond__item);
}

uint64_t frond__carry_self(void) {
    return GetCurrentProcessId();
}

/* ---- handles ---- */

static bool is_socket(intptr_t fd) {
    int type, n = sizeof type;
    return getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &n) == 0;
}

static int export_handle(uint64_t to, intptr_t fd, frond__item *item) {
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)to), copy;
    if (!process)
        return frond__last_error();
    int rc = DuplicateHandle(GetCurrentProcess(), (HANDLE)fd, process, &copy, 0, FALSE,
                             DUPLICATE_SAME_ACCESS)
                 ? 0
                 : frond__last_error();
    if (rc == 0)
        item->handle = (uint64_t)(uintptr_t)copy;
    CloseHandle(process);
    return rc;
}

int frond__carry_export(uint64_t to, intptr_t fd, frond__item *item) {
    WSAPROTOCOL_INFOW info;
    item->to = to;
    if (!to)
        return FROND_ENOTSUP;
    if (!is_socket(fd))
        return export_handle(to, fd, item);
    if (WSADuplicateSocketW((SOCKET)fd, (DWORD)to, &info) != 0)
        return frond_error_from_system(WSAGetLastError());
    memcpy(item->socket, &info, sizeof info);
    return 0;
}

/* What was told of a socket has no handle that is known. */
void frond__carry_retract(frond__item *item) {
    HANDLE process =
        item->handle ? OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)item->to) : NULL;
    if (!process)
        return;
    DuplicateHandle(process, (HANDLE)(uintptr_t)item->handle, NULL, NULL, 0, FALSE,
                    DUPLICATE_CLOSE_SOURCE);
    CloseHandle(process);
}

int frond__carry_import(frond__item *item, frond__carried *carried, intptr_t *fd) {
    (void)carried;
    WSAPROTOCOL_INFOW info;
    if (item->to != GetCurrentProcessId())
        return FROND_EPROTO;
    if (item->handle) {
        *fd = (intptr_t)item->handle;
        return 0;
    }
    memcpy(&info, item->socket, sizeof info);
    SOCKET s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                          &info, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET)
        return frond_error_from_system(WSAGetLastError());
    *fd = (intptr_t)s;
    return 0;
}

void frond__carry_forget(frond__carried *carried) {
    (void)carried;
}

/* The pair is a connection of TCP's, which is reset, and what was sent lost, when its socket is closed with bytes in
 * it that nobody has read. */
void frond__carry_finish(intptr_t fd) {
    char unread[4096];
    shutdown((SOCKET)fd, SD_SEND);
    while (recv((SOCKET)fd, unread, sizeof unread, 0) > 0) {}
}

void frond__carry_close(intptr_t fd) {
    if (is_socket(fd))
        closesocket((SOCKET)fd);
    else
        CloseHandle((HANDLE)fd);
}

bool frond__carry_is_open(intptr_t fd) {
    DWORD flags;
    return is_socket(fd) || GetHandleInformation((HANDLE)fd, &flags);
}
