/* SPDX-License-Identifier: MIT */
/* What those that drive servers share. */
#ifndef BENCH_CONNECT_H
#define BENCH_CONNECT_H

typedef struct {
    char name[32];
    int port;
    long pid;
} server_name;

/* Of NAME:PORT:PID, or ends the program. */
void server_parse(const char *argument, server_name *s);

/* A connection to a port of this machine, or ends the program.  host: from 127.0.0.(1 + host): each has
 * ports of its own, and many connections in a short time take more than one has; 0: the system's choice. */
int connect_from(unsigned host, int port);

#endif
