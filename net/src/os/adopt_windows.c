/* SPDX-License-Identifier: MIT */
/* Listeners on Windows, where nobody passes them on as systemd does. */
#include "server/listener.h"
#include "os/socket_windows.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>

int frond__listener_check(frond_os_fd fd) {
    BOOL listens = FALSE;
    int n = sizeof listens, rc = frond__socket_library();
    if (rc < 0)
        return rc;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens, &n) != 0)
        return frond_error_from_system(WSAGetLastError());
    return listens ? 0 : FROND_EINVAL;
}

int frond_listeners_from_system(frond_system_listener *list, size_t n) {
    (void)list;
    (void)n;
    return frond_fail_set(FROND_ENOTSUP, "listeners from system");
}
