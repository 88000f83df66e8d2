/* SPDX-License-Identifier: MIT */
/* The inside of a stream server, which accepts in accept.c. */
#ifndef FROND_NET_SERVER_H
#define FROND_NET_SERVER_H

#include "server/crew.h"
#include "os/os_socket.h"
#include "server/peers.h"
#include <frond/server.h>

struct frond_server {
    frond__crew crew;
    frond_listener *listener;
    frond_addr addr;
    frond_handler handle;
    void *arg;
    frond_server_options options; /* without zeros */
    frond_os_fd reserve;          /* FROND__NO_FD: none */
    frond_server_idle idle;       /* head of the list */
    frond__peers peers;
    frond_server_stats stats; /* without what the crew counts */
};

/* What the greenlet that accepts does.  The other tells it to end. */
void *frond__accept_all(frond__crew *crew);
void frond__accept_end(frond_server *server);

#endif
