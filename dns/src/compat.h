/* SPDX-License-Identifier: MIT */
/* What differs between systems, and nothing else. */
#ifndef FROND_DNS_COMPAT_H
#define FROND_DNS_COMPAT_H

#if !defined(_WIN32)
#include <sys/time.h> /* struct timeval; ares.h brings it along on Windows */
#endif

#endif
