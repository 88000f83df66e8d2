/* SPDX-License-Identifier: MIT */
/* What differs between systems, and nothing else. */
#ifndef FROND_DNS_COMPAT_H
#define FROND_DNS_COMPAT_H

#include <stddef.h>
#include <stdint.h>

#if !defined(_WIN32)
#include <sys/time.h> /* struct timeval; ares.h brings it along on Windows */
#endif

/* How to open a file to read that no child is to have. */
#ifdef _WIN32
#define FROND__READ_MODE "rbN"
#elif defined(__APPLE__)
#define FROND__READ_MODE "rb"
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#else
#define FROND__READ_MODE "rbe"
#endif

/* Answers of getaddrinfo that not every system has: there they are one that all have. */
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#endif
#ifdef EAI_NODATA
#define FROND__EAI_NODATA EAI_NODATA
#else
#define FROND__EAI_NODATA EAI_NONAME
#endif
#ifdef EAI_ADDRFAMILY
#define FROND__EAI_ADDRFAMILY EAI_ADDRFAMILY
#else
#define FROND__EAI_ADDRFAMILY EAI_NONAME
#endif

/* The paths of the system's files, by os_*.c.  0: there is no such file, or cap is too small. */
typedef enum {
    FROND__HOSTS,
    FROND__SERVICES,
    FROND__RESOLV,
    FROND__NSSWITCH
} frond__file;
int frond__file_path(frond__file which, char *out, size_t cap);

/* What tells one version of a file from another, also of one that was put in its place; 0: there is none. */
uint64_t frond__file_stamp(const char *path);

#endif
