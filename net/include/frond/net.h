/* SPDX-License-Identifier: MIT */
/* Everything of the module net: streams, TCP, UDP, unix sockets, options, readers, servers.  What suspends is said in
 * each header; each object belongs to the thread that made it. */
#ifndef FROND_NET_H
#define FROND_NET_H

#include <frond/backdoor.h>
#include <frond/copy.h>
#include <frond/limits.h>
#include <frond/listener.h>
#include <frond/message.h>
#include <frond/poll.h>
#include <frond/reader.h>
#include <frond/server.h>
#include <frond/sockopt.h>
#include <frond/stream.h>
#include <frond/tcp.h>
#include <frond/udp.h>
#include <frond/udp_server.h>
#include <frond/unix.h>
#include <frond/writer.h>

#endif
