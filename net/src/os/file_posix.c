/* SPDX-License-Identifier: MIT */
#include "stream/file_stream.h"

#include "os/stdio_os.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <unistd.h>

intptr_t frond__file_duplicate(intptr_t fd) {
    return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
}

void frond__file_close(frond__file *f) {
    close((int)f->fd);
}

int64_t frond__file_read(const frond__file *f, void *buf, size_t cap) {
    ssize_t n;
    do
        n = read((int)f->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    return n < 0 ? frond_error_from_system(errno) : n;
}

int64_t frond__file_write(frond__file *f, const void *buf, size_t n) {
    ssize_t done = frond__stdio_write((int)f->fd, buf, n);
    if (done < 0 && errno != EINTR)
        return frond_error_from_system(errno);
    return done > 0 ? done : 0;
}
