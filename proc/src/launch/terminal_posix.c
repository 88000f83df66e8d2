/* SPDX-License-Identifier: MIT */
/* Pseudo terminals: the master is ours, for reading, writing and the size; it ends by our closing it, which hangs
 * up. */
#include "launch/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

const char *const frond__terminal_end = "\004";

int frond__terminal_resize(intptr_t by, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)(rows ? rows : 24),
                           .ws_col = (unsigned short)(columns ? columns : 80)};
    return ioctl((int)by, TIOCSWINSZ, &size) < 0 ? frond_error_from_system(errno) : 0;
}

static int open_child(int master, intptr_t *child) {
    const char *name =
        grantpt(master) == 0 && unlockpt(master) == 0 ? ptsname(master) : NULL;
    int fd = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    *child = fd;
    return fd < 0 ? frond_error_from_system(errno) : 0;
}

int frond__terminal_open(int rows, int columns, frond__terminal *t) {
    frond_opening_begin();
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    int rc = master < 0 ? frond_error_from_system(errno) : 0;
    if (rc == 0)
        (void)fcntl(master, F_SETFD, FD_CLOEXEC);
    frond_opening_end();
    *t = (frond__terminal){.writes = master, .reads = -1, .child = -1, .by = master};
    if (rc == 0 && (rc = open_child(master, &t->child)) == 0)
        (void)frond__terminal_resize(
            t->child, rows, columns); /* macOS: not by the master before it is open */
    else if (master >= 0)
        close(master);
    return rc;
}

void frond__terminal_let_go(intptr_t by) {
    (void)by;
}
