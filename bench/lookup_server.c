/* SPDX-License-Identifier: MIT */
/* lookup_server: a name server on loopback that says 192.0.2.1 to every question.  Prints its port; serves until it
 * is killed. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

int main(void) {
    static const unsigned char record[] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                           0,    60, 0, 4, 192, 0, 2, 1};
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    unsigned char packet[600];
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0 ||
        getsockname(s, (struct sockaddr *)&a, &n) < 0)
        bench_die("no socket");
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (;;) {
        n = sizeof a;
        ssize_t size = recvfrom(s, packet, 512, 0, (struct sockaddr *)&a, &n);
        if (size < 17)
            continue;
        packet[2] |= 0x84;
        packet[3] |= 0x80;
        packet[7] = 1;
        memcpy(packet + size, record, sizeof record);
        sendto(s, packet, (size_t)size + sizeof record, 0, (struct sockaddr *)&a, n);
    }
}
