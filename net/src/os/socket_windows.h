/* SPDX-License-Identifier: MIT */
/* Winsock, for whoever needs it before there is a socket of ours. */
#ifndef FROND_SOCKET_WINDOWS_H
#define FROND_SOCKET_WINDOWS_H

#include <winsock2.h>
/* after it */
#include <mswsock.h>

/* Starts it, once; 0 or an error. */
int frond__socket_library(void);

/* WSARecvMsg, once the library is started; NULL where there is none. */
LPFN_WSARECVMSG frond__socket_recvmsg(void);

/* What Winsock says of its last call. */
int frond__socket_code(void);

#endif
