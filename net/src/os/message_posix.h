/* SPDX-License-Identifier: MIT */
/* What message_posix.c and rights_posix.c share with message_linux.c and message_macos.c. */
#ifndef FROND_MESSAGE_POSIX_H
#define FROND_MESSAGE_POSIX_H

#include "os/os_message.h"
#include "os/socket_posix.h"

enum { FROND__CONTROL = 64 /* bytes of control messages of our own */ };

/* A message in the system's form; it points into itself and into what it was made of. */
typedef struct {
    struct msghdr head;
    struct sockaddr_storage name;
    union {
        struct cmsghdr first;
        char bytes[FROND__CONTROL];
    } control;
} frond__system_message;

/* For receiving; what came is taken over afterwards, n bytes of it. */
void frond__message_to_receive(frond__system_message *s, const frond_message *m);
void frond__message_received(const frond__system_message *s, frond_message *m, size_t n);
/* For sending.  0 or an error. */
int frond__message_to_send(frond__system_message *s, frond_message *m);

int frond__message_flags(int flags);

/* The next control message; musl's macro is careless with signs. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
static inline struct cmsghdr *frond__next_control(struct msghdr *head,
                                                  struct cmsghdr *c) {
    return CMSG_NXTHDR(head, c);
}
#pragma GCC diagnostic pop

/* What the system adds: a size of segments among what was received, and close-on-exec. */
size_t frond__message_segment(const struct msghdr *head);
ssize_t frond__rights_recvmsg(int fd, struct msghdr *head);

#endif
