/* SPDX-License-Identifier: MIT */
/* What the system does for pipes: bytes, and with them handles, from one process to another.  POSIX sends
 * descriptors beside the bytes, with the first of them; Windows copies each into the process at the other end,
 * whose number has to be known, and what tells of it travels among the bytes. */
#ifndef FROND_SRC_CARRY_H
#define FROND_SRC_CARRY_H

#include <frond/impl/stream.h>
#include <stdbool.h>

enum { FROND__CARRIED = 64 /* handles of one message */ };

/* A handle as it travels in front of a message: the first frond__carry_item_size() bytes of it. */
typedef struct {
    uint32_t kind;             /* frond_handle_kind */
    int32_t flags;             /* of a file */
    int64_t position;          /* of a file; of a pipe, the limit of its messages */
    uint64_t peer;             /* of a pipe: the process that has the other end */
    uint64_t to;               /* the process that this is for; from here on Windows' */
    uint64_t handle;           /* there; 0: a socket */
    unsigned char socket[640]; /* WSAPROTOCOL_INFOW */
} frond__item;

typedef struct {
    const frond_buf *bufs;
    size_t n;
    const intptr_t *fds; /* go with the first byte, where they go beside the bytes */
    size_t n_fds;
} frond__carry_out;

/* Descriptors that have come beside the bytes, in order. */
typedef struct {
    intptr_t *fds; /* owned; NULL: none has come yet */
    size_t n;
    bool lost; /* some could not be had */
} frond__carried;

typedef struct {
    void *to[2];
    size_t room[2];
    frond__carried *carried;
} frond__carry_in;

/* One attempt each, as frond_attempt: a frond__carry_out, a frond__carry_in. */
int64_t frond__carry_send(frond_os_fd fd, void *call);
int64_t frond__carry_receive(frond_os_fd fd, void *call);

size_t frond__carry_item_size(void);

/* The number of this process, if handles can be sent only to one whose number is known; else 0. */
uint64_t frond__carry_self(void);

/* Before the send: readies a handle for the process `to`.  0 or an error. */
int frond__carry_export(uint64_t to, intptr_t fd, frond__item *item);
/* Takes that back, as far as it can be. */
void frond__carry_retract(frond__item *item);

/* Opens what has come, in order; *fd is the caller's.  0 or an error. */
int frond__carry_import(frond__item *item, frond__carried *carried, intptr_t *fd);
/* Closes what has come and nobody has opened. */
void frond__carry_forget(frond__carried *carried);

/* Right before a pipe's socket is closed: what was sent must still arrive. */
void frond__carry_finish(intptr_t fd);

void frond__carry_close(intptr_t fd);
bool frond__carry_is_open(intptr_t fd);

#endif
