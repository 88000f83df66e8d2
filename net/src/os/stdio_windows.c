/* SPDX-License-Identifier: MIT */
/* The program's standard streams, on Windows: pipes by the loop, sockets as sockets, consoles and files
 * by the thread pool. */
#include "stream/file_stream.h"
#include "stream/loop_stream.h"
#include "os/os_socket.h"
#include "os/socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/stream.h>
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static const char *const names[] = {"standard input", "standard output",
                                    "standard error"};

static bool is_socket(HANDLE h) {
    int type, n = sizeof type;
    return getsockopt((SOCKET)h, SOL_SOCKET, SO_TYPE, (char *)&type, &n) == 0;
}

int frond_stdio_open(frond_std which, frond_stream **s) {
    if (!s || (int)which < 0 || which > FROND_STDERR)
        return frond_fail_set(FROND_EINVAL, "standard stream");
    /* The loop has the C library answer for a closed descriptor instead of ending the program. */
    if (!frond_loop() || frond__socket_library() < 0)
        return frond_fail_set(FROND_ENOMEM, names[which]);
    HANDLE h = (HANDLE)_get_osfhandle((int)which);
    DWORD type = (intptr_t)h >= 0 ? GetFileType(h) : FILE_TYPE_UNKNOWN;
    if (type == FILE_TYPE_UNKNOWN)
        return frond_fail_set(FROND_EBADF, names[which]);
    if (type == FILE_TYPE_PIPE && is_socket(h)) {
        intptr_t copy = frond__file_duplicate((intptr_t)h);
        if (copy < 0)
            return frond_fail_set(FROND_EMFILE, names[which]);
        int rc = frond_stream_adopt(copy, s);
        if (rc < 0)
            frond__socket_close((frond_os_fd)copy);
        return rc;
    }
    if (type == FILE_TYPE_PIPE && frond__loop_stream((int)which, names[which], s) == 0)
        return 0; /* else it is one that the loop does not know */
    return frond__file_stream((intptr_t)h, names[which], s);
}

/* The C library's descriptor, by which the loop takes pipes, is one of a copy: what fails leaves the
 * caller's handle alone. */
int frond_stream_adopt_pipe(intptr_t fd, frond_stream **s) {
    if (!s || fd == 0 || fd == -1)
        return frond_fail_set(FROND_EINVAL, "adopt pipe");
    HANDLE h = (HANDLE)fd;
    if (GetFileType(h) != FILE_TYPE_PIPE || is_socket(h))
        return frond_fail_set(FROND_ENOTSUP, "adopt pipe");
    intptr_t copy = frond__file_duplicate(fd);
    if (copy < 0)
        return frond_fail_set(FROND_EMFILE, "adopt pipe");
    int own = _open_osfhandle(copy, _O_RDWR | _O_BINARY);
    if (own < 0) {
        CloseHandle((HANDLE)copy);
        return frond_fail_set(FROND_EMFILE, "adopt pipe");
    }
    int rc = frond__loop_stream(own, "pipe", s);
    if (rc < 0)
        _close(own);
    else
        CloseHandle(h);
    return rc;
}
