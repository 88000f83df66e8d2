/* SPDX-License-Identifier: MIT */
/* Sockets of the system's own, for tests of how frond lives with them. */
#ifndef FROND_TESTS_SOCKETS_H
#define FROND_TESTS_SOCKETS_H

#include <frond/impl/address.h>
#include <stdbool.h>
#include <uv.h>

void socket_nonblocking(uv_os_sock_t s);
void socket_close(uv_os_sock_t s);
bool socket_inherited(uv_os_sock_t s); /* by the processes this one starts */
long socket_send(uv_os_sock_t s, const void *data, size_t n);
long socket_receive(uv_os_sock_t s, void *data, size_t n);

#endif
