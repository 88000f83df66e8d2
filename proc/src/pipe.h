/* SPDX-License-Identifier: MIT */
/* Pipes inside proc: as descriptors. */
#ifndef FROND_SRC_PIPE_H
#define FROND_SRC_PIPE_H

#include <frond/pipe.h>

/* An end over a connected socket, which is the pipe's on success. */
int frond__pipe_adopt(intptr_t fd, uint64_t max_message, frond_pipe **p);

/* 0 with the socket, which stays the pipe's, or FROND_ECLOSED and so on. */
int frond__pipe_descriptor(const frond_pipe *p, intptr_t *fd);

uint64_t frond__pipe_max(const frond_pipe *p);

#endif
