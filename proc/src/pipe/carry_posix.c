/* SPDX-License-Identifier: MIT */
/* Bytes and descriptors over a unix socket.  The kernel ends a read behind the bytes that descriptors came with, so
 * they are there no later than the first byte of their message, and in the order of the messages. */
#include "pipe/carry.h"

#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <frond/impl/rights.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)FROND__CARRIED <= (int)FROND_MOST_FDS, "they go beside one message");

enum {
    MOST_WAITING = 2 * FROND__CARRIED /* more come only from a program that is no frond */
};

int64_t frond__carry_send(frond_os_fd fd, void *call) {
    const frond__carry_out *out = call;
    return frond_rights_send(fd, out->bufs, out->n, out->fds, out->n_fds);
}

static void keep_fds(const frond_rights *came, frond__carried *to) {
    if (!to->fds)
        to->fds = frond_alloc(MOST_WAITING * sizeof *to->fds);
    for (size_t i = 0; i < came->n; i++)
        if (to->fds && to->n < MOST_WAITING) {
            frond_descriptor_opened(came->fds[i]);
            to->fds[to->n++] = came->fds[i];
        } else {
            close((int)came->fds[i]);
            to->lost = true;
        }
}

int64_t frond__carry_receive(frond_os_fd fd, void *call) {
    frond__carry_in *in = call;
    frond_part parts[2] = {{in->to[0], in->room[0]}, {in->to[1], in->room[1]}};
    frond_rights came;
    int64_t n = frond_rights_receive(fd, parts, in->room[1] ? 2 : 1, &came);
    if (n < 0)
        return n;
    if (came.n)
        keep_fds(&came, in->carried);
    if (came.lost)
        in->carried->lost = true;
    return n;
}

size_t frond__carry_item_size(void) {
    return offsetof(frond__item, to);
}

uint64_t frond__carry_self(void) {
    return 0;
}

int frond__carry_export(uint64_t to, intptr_t fd, frond__item *item) {
    (void)to;
    (void)item;
    return frond__carry_is_open(fd) ? 0 : FROND_EBADF;
}

void frond__carry_retract(frond__item *item) {
    (void)item;
}

int frond__carry_import(frond__item *item, frond__carried *carried, intptr_t *fd) {
    (void)item;
    if (carried->n == 0)
        return carried->lost ? FROND_EMFILE : FROND_EPROTO;
    *fd = carried->fds[0];
    memmove(carried->fds, carried->fds + 1, --carried->n * sizeof *carried->fds);
    frond_descriptor_closing(*fd); /* it is whose it becomes */
    return 0;
}

void frond__carry_forget(frond__carried *carried) {
    for (size_t i = 0; i < carried->n; i++) {
        frond_descriptor_closing(carried->fds[i]);
        close((int)carried->fds[i]);
    }
    frond_free(carried->fds);
    *carried = (frond__carried){0};
}

/* What was sent over a unix socket is the receiver's. */
void frond__carry_finish(intptr_t fd) {
    (void)fd;
}

void frond__carry_close(intptr_t fd) {
    close((int)fd);
}

bool frond__carry_is_open(intptr_t fd) {
    return fcntl((int)fd, F_GETFD) >= 0;
}
