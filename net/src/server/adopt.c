/* SPDX-License-Identifier: MIT */
/* Listeners that come from elsewhere or go there. */
#include "server/listener.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <string.h>

int frond_listener_adopt(intptr_t fd, frond_listener **l) {
    frond_addr addr;
    if (fd < 0 || !l)
        return frond_fail_set(FROND_EINVAL, "adopt listener");
    int rc = frond__listener_check((frond_os_fd)fd);
    if (rc == 0 && frond_descriptor_noted(fd))
        rc = FROND_EBUSY;
    if (rc < 0)
        return frond_fail_set(rc, "adopt listener");
    if (frond__socket_name((frond_os_fd)fd, false, &addr) < 0)
        memset(&addr, 0, sizeof addr); /* of a family that has none here */
    if ((rc = frond__socket_prepare((frond_os_fd)fd)) < 0)
        return frond_fail_set(rc, "adopt listener");
    if ((rc = frond__listener_of((frond_os_fd)fd, &addr, l)) < 0) {
        frond_descriptor_closing(fd);
        return frond_fail_set(rc, "adopt listener");
    }
    return 0;
}

int frond_listener_release(frond_listener *l, intptr_t *fd) {
    frond_os_fd of;
    int rc = frond__listener_fd(fd ? l : NULL, "release listener", &of);
    if (rc < 0)
        return rc;
    if ((rc = frond__listener_give(l)) < 0)
        return frond_fail_set(rc, "release listener");
    frond_descriptor_closing((intptr_t)of);
    *fd = (intptr_t)of;
    return 0;
}

int frond_listener_dup(const frond_listener *l, intptr_t *fd) {
    frond_os_fd of, copy;
    int rc = frond__listener_fd(fd ? l : NULL, "copy listener", &of);
    if (rc < 0)
        return rc;
    if ((rc = frond__socket_dup(of, &copy)) < 0)
        return frond_fail_set(rc, "copy listener");
    frond_descriptor_closing((intptr_t)copy); /* the caller's from now on */
    *fd = (intptr_t)copy;
    return 0;
}
