/* SPDX-License-Identifier: MIT */
/* Sockets' types and calls where systems differ, and nothing else. */
#ifndef FROND_DNS_SOCKET_H
#define FROND_DNS_SOCKET_H

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
typedef SOCKET frond__socket;
#define FROND__NO_SOCKET INVALID_SOCKET
#define frond__socket_close closesocket
#else
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
typedef int frond__socket;
#define FROND__NO_SOCKET (-1)
#define frond__socket_close close
#endif

#endif
