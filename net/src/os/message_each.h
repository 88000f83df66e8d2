/* SPDX-License-Identifier: MIT */
/* Many messages where the system takes one at a time. */
#ifndef FROND_MESSAGE_EACH_H
#define FROND_MESSAGE_EACH_H

#include "os/os_message.h"

/* How many of n, or what the first met. */
static inline int64_t frond__message_each(frond_os_fd fd, frond_message *list, size_t n,
                                          int64_t (*one)(frond_os_fd, frond_message *,
                                                         int)) {
    for (size_t i = 0; i < n; i++) {
        int64_t rc = one(fd, &list[i], 0);
        if (rc < 0)
            return i ? (int64_t)i : rc;
        list[i].len = (size_t)rc;
    }
    return (int64_t)n;
}

#endif
