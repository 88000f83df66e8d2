/* SPDX-License-Identifier: MIT */
/* Winsock, for whoever needs it before there is a socket of ours. */
#ifndef FROND_SOCKET_WINDOWS_H
#define FROND_SOCKET_WINDOWS_H

/* Starts it, once; 0 or an error. */
int frond__socket_library(void);

#endif
