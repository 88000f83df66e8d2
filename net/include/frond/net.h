/* SPDX-License-Identifier: MIT */
/* Everything of the module net: streams, TCP, UDP, readers, servers.  What suspends is said in each
 * header; each object belongs to the thread that made it. */
#ifndef FROND_NET_H
#define FROND_NET_H

#include <frond/listener.h>
#include <frond/poll.h>
#include <frond/reader.h>
#include <frond/server.h>
#include <frond/stream.h>
#include <frond/tcp.h>
#include <frond/udp.h>
#include <frond/udp_server.h>

#endif
