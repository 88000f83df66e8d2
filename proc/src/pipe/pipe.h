/* SPDX-License-Identifier: MIT */
/* Pipes inside proc: their state, and as descriptors. */
#ifndef FROND_SRC_PIPE_H
#define FROND_SRC_PIPE_H

#include <frond/lock.h>
#include <frond/pipe.h>
#include <frond/reader.h>
#include <stdbool.h>

enum { FROND__PIPE_HEADER = 8 /* the length of a message, little-endian */ };

struct frond_pipe {
    frond_stream *stream;
    uint64_t max;
    unsigned inside; /* calls, and the flusher: they keep the memory */
    bool freed;
    frond_lock senders, receivers; /* each in the order in which they came */
    /* going out: what was said to be on its way and the system does not have yet */
    char *out;
    size_t out_at, out_len, out_cap;
    bool blocked;   /* the system would not take more */
    bool flusher;   /* a greenlet is going to send it */
    int broken;     /* what that met */
    uint64_t burst; /* 1 + the hub's switches after the last send; 0: none */
    /* coming in */
    frond_reader *in;
    bool in_body;
    uint64_t body_len;
    char *body; /* grows as the message comes: a length alone costs no memory */
    size_t body_got, body_cap;
};

/* The entry of a call: 0 with the lock (NULL: none) taken and p kept until frond__pipe_leave, or an error with its text
 * set. */
int frond__pipe_enter(frond_pipe *p, frond_lock *lock, frond_deadline d,
                      const char *doing);
void frond__pipe_leave(frond_pipe *p, frond_lock *lock);

/* Sends what is left of earlier calls; the lock of the senders is the caller's. */
int frond__pipe_send_rest(frond_pipe *p, frond_deadline d);

/* An end over a connected socket, which is the pipe's on success. */
int frond__pipe_adopt(intptr_t fd, uint64_t max_message, frond_pipe **p);

/* 0 with the socket, which stays the pipe's, or FROND_ECLOSED and so on. */
int frond__pipe_descriptor(const frond_pipe *p, intptr_t *fd);

uint64_t frond__pipe_max(const frond_pipe *p);

#endif
