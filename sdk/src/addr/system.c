/* SPDX-License-Identifier: MIT */
/* Addresses in the system's own form and back. */
#include <frond/error.h>
#include <frond/impl/address.h>
#include <stddef.h>
#include <string.h>

/* Abstract names, whose first byte is NUL, end where the length says, the others with a NUL. */
static unsigned unix_to_system(const frond_addr *a, struct sockaddr_un *out) {
    size_t n = a->path_length, before = offsetof(struct sockaddr_un, sun_path);
    if (n == 0 || n > sizeof out->sun_path - (a->path[0] != '\0'))
        return 0;
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, a->path, n);
    return (unsigned)(before + n + (a->path[0] != '\0'));
}

unsigned frond_addr_to_system(const frond_addr *a, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (a->family == FROND_IPV4) {
        struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
        four->sin_family = AF_INET;
        four->sin_port = htons(a->port);
        memcpy(&four->sin_addr, a->ip, 4);
        return sizeof *four;
    }
    if (a->family == FROND_IPV6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(a->port);
        six->sin6_scope_id = a->scope;
        memcpy(&six->sin6_addr, a->ip, 16);
        return sizeof *six;
    }
    return a->family == FROND_UNIX ? unix_to_system(a, (struct sockaddr_un *)(void *)out)
                                   : 0;
}

/* What a name's file was called counts up to its NUL, in an abstract name every byte does; an unnamed
 * socket's ends before either. */
static int unix_from_system(frond_addr *a, const struct sockaddr_un *from,
                            unsigned length) {
    size_t before = offsetof(struct sockaddr_un, sun_path);
    size_t n = length > before ? length - before : 0;
    a->family = FROND_UNIX;
    if (n > sizeof a->path)
        return FROND_ENAMETOOLONG;
    memcpy(a->path, from->sun_path, n);
    a->path_length = (uint8_t)(n && a->path[0] ? strnlen(a->path, n) : n);
    return 0;
}

int frond_addr_from_system(frond_addr *a, const struct sockaddr *from, unsigned length) {
    memset(a, 0, sizeof *a);
    if (length < offsetof(struct sockaddr, sa_data))
        return FROND_EAFNOSUPPORT;
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
        a->family = FROND_IPV4;
        a->port = ntohs(four->sin_port);
        memcpy(a->ip, &four->sin_addr, 4);
        return 0;
    }
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
        a->family = FROND_IPV6;
        a->port = ntohs(six->sin6_port);
        a->scope = six->sin6_scope_id;
        memcpy(a->ip, &six->sin6_addr, 16);
        return 0;
    }
    return from->sa_family == AF_UNIX
               ? unix_from_system(a, (const struct sockaddr_un *)(const void *)from,
                                  length)
               : FROND_EAFNOSUPPORT;
}
