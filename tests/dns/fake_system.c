/* SPDX-License-Identifier: MIT */
#include "fake_system.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#define CALL WSAAPI
typedef DWORD size_of_text;
#else
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#define CALL
typedef socklen_t size_of_text;
#endif

atomic_int fake_system_asked;
atomic_bool fake_system_holds;

typedef struct {
    struct addrinfo info;
    struct sockaddr_in6 addr; /* has room for either */
    char full[40];
} answer;

static struct addrinfo *make(int family, const char *ip) {
    answer *a = calloc(1, sizeof *a);
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&a->addr;
    strcpy(a->full, "full.known.system");
    a->info.ai_family = family;
    a->info.ai_socktype = SOCK_STREAM;
    a->info.ai_addr = (struct sockaddr *)&a->addr;
    a->info.ai_addrlen = family == AF_INET ? sizeof *four : sizeof a->addr;
    a->info.ai_canonname = a->full;
    a->info.ai_addr->sa_family = (unsigned char)family;
    inet_pton(family, ip,
              family == AF_INET ? (void *)&four->sin_addr : (void *)&a->addr.sin6_addr);
    return &a->info;
}

static int look_up(const char *host, const struct addrinfo *hints,
                   struct addrinfo **out) {
    fake_system_asked++;
    while (strncmp(host, "slow", 4) == 0 && fake_system_holds)
        uv_sleep(1);
    if (strcmp(host, "failing.system") == 0 || strcmp(host, "v4.local") == 0)
        return EAI_AGAIN;
    else if (strcmp(host, "known.system") != 0)
        return EAI_NONAME;
    struct addrinfo **at = out;
    if (hints->ai_family != AF_INET6) {
        *at = make(AF_INET, "192.0.2.77");
        at = &(*at)->ai_next;
    }
    if (hints->ai_family != AF_INET)
        *at = make(AF_INET6, "2001:db8::77");
    return 0;
}

static void free_all(struct addrinfo *list) {
    for (struct addrinfo *next; list; list = next) {
        next = list->ai_next;
        free(list);
    }
}

static bool is(const struct sockaddr *a, const char *ip) {
    struct in_addr wanted;
    return a->sa_family == AF_INET && inet_pton(AF_INET, ip, &wanted) == 1 &&
           memcmp(&wanted, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4) ==
               0;
}

static int name(const struct sockaddr *a, char *host, size_of_text cap) {
    fake_system_asked++;
    if (is(a, "192.0.2.79"))
        return EAI_AGAIN;
    if (!is(a, "192.0.2.77") && !is(a, "169.254.7.7"))
        return EAI_NONAME;
    strncpy(host, is(a, "192.0.2.77") ? "known.system" : "link.local", cap);
    return 0;
}

/* ---- in place of the system's ---- */

#ifdef _WIN32
static int CALL fake_getaddrinfo(const char *host, const char *service,
                                 const struct addrinfo *hints, struct addrinfo **out) {
    (void)service;
    return look_up(host, hints, out);
}

static void CALL fake_freeaddrinfo(struct addrinfo *list) {
    free_all(list);
}

static int CALL fake_getnameinfo(const struct sockaddr *a, socklen_t n, char *host,
                                 DWORD cap, char *service, DWORD service_cap, int flags) {
    (void)n, (void)service, (void)service_cap, (void)flags;
    return name(a, host, cap);
}

/* What a call goes through into another library. */
extern int(CALL *__imp_getaddrinfo)(const char *, const char *, const struct addrinfo *,
                                    struct addrinfo **);
extern void(CALL *__imp_freeaddrinfo)(struct addrinfo *);
extern int(CALL *__imp_getnameinfo)(const struct sockaddr *, socklen_t, char *, DWORD,
                                    char *, DWORD, int);
int(CALL *__imp_getaddrinfo)(const char *, const char *, const struct addrinfo *,
                             struct addrinfo **) = fake_getaddrinfo;
void(CALL *__imp_freeaddrinfo)(struct addrinfo *) = fake_freeaddrinfo;
int(CALL *__imp_getnameinfo)(const struct sockaddr *, socklen_t, char *, DWORD, char *,
                             DWORD, int) = fake_getnameinfo;
#else
int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out) {
    (void)service;
    return look_up(host, hints, out);
}

void freeaddrinfo(struct addrinfo *list) {
    free_all(list);
}

int getnameinfo(const struct sockaddr *restrict a, socklen_t n, char *restrict host,
                socklen_t cap, char *restrict service, socklen_t service_cap, int flags) {
    (void)n, (void)service, (void)service_cap, (void)flags;
    return name(a, host, cap);
}
#endif
