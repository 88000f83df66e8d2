/* SPDX-License-Identifier: MIT */
/* The files of unix sockets. */
#ifndef FROND_NET_UNIX_H
#define FROND_NET_UNIX_H

#include "os/os_socket.h"
#include <frond/tcp.h>

typedef struct {
    uint64_t device, inode; /* 0: there is none of ours */
} frond__unix_file;

/* Before binding: with o->replace a socket's file at which nobody listens is removed. */
void frond__unix_prepare(const frond_addr *at, const frond_listen_options *o);
/* After it: gives the file its mode, and remembers which it is.  0 or an error. */
int frond__unix_bound(const frond_addr *at, const frond_listen_options *o,
                      frond__unix_file *file);
/* Removes it, if it is still there. */
void frond__unix_remove(const frond_addr *at, const frond__unix_file *file);

#endif
