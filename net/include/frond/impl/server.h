/* SPDX-License-Identifier: MIT */
/* For what puts a protocol between a server and its handlers. */
#ifndef FROND_IMPL_SERVER_H
#define FROND_IMPL_SERVER_H

#include <frond/server.h>

FROND_BEGIN

/* Counts a handshake that has failed.  Does not suspend.  Cannot fail.  It is borrowed.  Since 0.1. */
FROND_API void frond_server_handshake_failed(frond_server *server);

FROND_END

#endif
