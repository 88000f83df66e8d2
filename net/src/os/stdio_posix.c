/* SPDX-License-Identifier: MIT */
/* The program's standard streams, on POSIX.
 *
 * The descriptors are shared with other processes, so their mode must stay as it is.  A socket is asked
 * not to block call by call; a pipe or terminal is opened anew through the file system, which makes a
 * description of our own that may be non-blocking; everything else (files, systems that cannot reopen) is
 * read and written by the thread pool. */
#include "os/polled.h"
#include "os/stdio_os.h"
#include "stream/file_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"standard input", "standard output",
                                    "standard error"};

static int open_polled(int which, int fd, bool is_socket, frond_stream **s) {
    int set = is_socket ? frond__stdio_set(fd, which == FROND_STDIN) : -1;
    int rc = is_socket && set < 0 ? frond_fail_set(FROND_ENOMEM, names[which])
                                  : frond__polled_stream(fd, set, names[which], s);
    if (rc < 0) {
        if (set >= 0)
            close(set);
        close(fd);
    }
    return rc;
}

int frond_stdio_open(frond_std which, frond_stream **s) {
    struct stat st;
    int shared = (int)which, fd = -1;
    if (!s || shared < 0 || shared > FROND_STDERR)
        return frond_fail_set(FROND_EINVAL, "standard stream");
    if (fstat(shared, &st) < 0)
        return frond_fail_set(frond_error_from_system(errno), names[shared]);
    if (S_ISSOCK(st.st_mode))
        fd = fcntl(shared, F_DUPFD_CLOEXEC, 3);
    else if (S_ISFIFO(st.st_mode) || isatty(shared))
        fd = frond__stdio_reopen(shared, shared == FROND_STDIN);
    if (fd >= 0)
        return open_polled(shared, fd, S_ISSOCK(st.st_mode), s);
    return frond__file_stream(shared, names[shared], s);
}
