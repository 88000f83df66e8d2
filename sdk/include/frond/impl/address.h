/* SPDX-License-Identifier: MIT */
/* Addresses in the system's own form, for code that calls the system.  Nothing here suspends. */
#ifndef FROND_IMPL_ADDRESS_H
#define FROND_IMPL_ADDRESS_H

#include <frond/addr.h>
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
/* in this order */
#include <iphlpapi.h>
#include <afunix.h>
#else
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

FROND_BEGIN

/* Does not suspend.  Cannot fail.  Returns the length of *out, which the caller owns; 0 for an address
 * that has no such form: of another family, or a unix path longer than this system takes.  Since 0.1. */
FROND_API unsigned frond_addr_to_system(const frond_addr *a,
                                        struct sockaddr_storage *out);

/* length: as the system has it, of all that from points to.  Does not suspend.  Returns 0,
 * FROND_EAFNOSUPPORT or FROND_ENAMETOOLONG.  Both are borrowed.  Since 0.1. */
FROND_API int frond_addr_from_system(frond_addr *a, const struct sockaddr *from,
                                     unsigned length);

FROND_END

#endif
