/* SPDX-License-Identifier: MIT */
/* Answers of frond's netdb calls and of libc's as one kind of text, to be compared. */
#ifndef FROND_TESTS_DNS_LIBC_H
#define FROND_TESTS_DNS_LIBC_H

#include <frond/dns.h>

typedef struct {
    const char *host, *service;
    int flags, family, socktype, protocol; /* frond's */
} question;

enum { TEXT = 4000 };

/* "family socktype protocol [ip]:port canonname; ..." or the error, as EAI_... */
void ask_frond(frond_resolver *r, const question *q, char *out);
/* gethostbyname: "name alias ... : ip ..." or the error. */
void ask_frond_host(frond_resolver *r, const char *host, char *out);
void ask_libc_host(const char *host, char *out); /* blocks */
void ask_libc(const question *q, char *out);     /* blocks */

#endif
