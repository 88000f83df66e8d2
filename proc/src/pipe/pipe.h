/* SPDX-License-Identifier: MIT */
/* Pipes inside proc: their state, and as descriptors.
 *
 * Over the stream socket go frames: eight bytes, which are a length (six, little-endian), a kind, and how many
 * handles come with it; what tells of these; and the bytes.  A message is one frame, or parts and a last one. */
#ifndef FROND_SRC_PIPE_H
#define FROND_SRC_PIPE_H

#include "pipe/carry.h"
#include <frond/handle.h>
#include <frond/impl/home.h>
#include <frond/impl/waiter.h>
#include <frond/pipe.h>
#include <frond/semaphore.h>
#include <stdbool.h>

enum { FROND__PIPE_HEADER = 8 };

typedef enum {
    FROND__WHOLE = 0,
    FROND__PART,
    FROND__LAST,
    FROND__GIVEN_UP, /* there will be no last part */
    FROND__HELLO, /* no message: the length is the number of a process, which has this end now */
    FROND__KINDS
} frond__frame;

/* What has come. */
typedef struct {
    char *buf; /* owned; NULL while nothing is in it and somebody waits */
    size_t at, end;
    bool drained; /* the last read has emptied the socket */
    bool ended;
    int broken; /* what has come is no frame, or nothing comes any more */
    frond__carried carried;
    /* the frame */
    bool known; /* its header was read */
    uint8_t kind;
    size_t len;    /* of the last frame: what large ones cost is known then */
    uint64_t left; /* bytes of it that were not taken yet */
    /* its message */
    bool begun;
    bool skip;                 /* nobody wants the rest of it */
    bool whole;                /* body is all of it */
    frond__item *items;        /* owned; NULL: no handles */
    size_t n_items, items_got; /* bytes */
    char *body; /* owned: it grows as the message comes, for a length alone costs no
                                  memory */
    size_t got, cap;
} frond__pipe_input;

struct frond_pipe {
    frond_stream *stream;
    frond_home home;
    uint64_t max;
    const frond_codec *codec; /* NULL: none */
    uint64_t peer;            /* who has the other end, where that has to be known */
    frond_pipe *twin; /* the other end while it is here; NULL: it is not, or was freed */
    unsigned inside;  /* calls, and the flusher: they keep the memory */
    bool freed;
    bool moved;                         /* another process has it, perhaps too */
    frond_semaphore senders, receivers; /* turns, in the order in which they came */
    /* going out: what was said to be on its way and the system does not have yet */
    char *out;
    size_t out_at, out_len, out_cap;
    bool blocked;   /* the system would not take more */
    bool flusher;   /* a greenlet is going to send it */
    int broken;     /* what that met */
    uint64_t burst; /* 1 + the hub's switches after the last send; 0: none */
    frond__pipe_input in;
    /* those who wait until something can be received */
    frond_waitlist watchers;
    frond_waiter watch; /* of the socket */
    bool watching;
};

/* The entry of a call: 0 with the turn taken and p kept until frond__pipe_leave, or an error with its text set. */
int frond__pipe_enter(frond_pipe *p, frond_semaphore *turn, frond_deadline d,
                      const char *doing);
/* turn: NULL: none. */
void frond__pipe_leave(frond_pipe *p, frond_semaphore *turn);

/* ---- sending; the turn is the caller's ---- */

int frond__pipe_send_rest(frond_pipe *p, frond_deadline d);
/* One frame.  0 also when only some of it was sent: the rest is kept. */
int frond__pipe_send_frame(frond_pipe *p, frond__frame kind, const void *data, size_t len,
                           frond_deadline d);
/* The same without waiting: what the system does not take is sent by the flusher. */
int frond__pipe_post_frame(frond_pipe *p, frond__frame kind, uint64_t length);

/* Takes the turn, too: a message of a head and data. */
int frond__pipe_send_headed(frond_pipe *p, const void *head, size_t head_len,
                            const void *data, size_t len, frond_deadline d);

/* ---- receiving; the turn is the caller's ---- */

/* The next frame's header, of the message that has begun or of another. */
int frond__pipe_next_frame(frond_pipe *p, frond_deadline d);
/* 1 .. cap bytes of the frame, or an error. */
int64_t frond__pipe_read_frame(frond_pipe *p, void *to, size_t cap, frond_deadline d);
/* A whole message in p->in. */
int frond__pipe_collect(frond_pipe *p, int flags, frond_deadline d);
/* The rest of one that nobody wants. */
int frond__pipe_skip_rest(frond_pipe *p, frond_deadline d);
/* The message is over; what is still there of it is thrown away. */
void frond__pipe_drop_message(frond_pipe *p);
/* Whether a receive would not have to wait. */
bool frond__pipe_look(frond_pipe *p);
/* Tells those who wait for that. */
void frond__pipe_tell(frond_pipe *p);

/* ---- handles ---- */

/* Readies n of them for the process at the other end.  0 or an error with its text set. */
int frond__handles_export(frond_pipe *p, const frond_handle *handles, size_t n,
                          frond__item *items, intptr_t *fds);
/* They have gone. */
void frond__handles_gone(frond_pipe *p, const frond_handle *handles, size_t n, bool keep);
/* Opens those of the message that was received, *n of them at most, and closes others. */
int frond__handles_import(frond_pipe *p, frond_handle *handles, size_t *n);

/* ---- ends ---- */

/* An end over a connected socket, which is the pipe's on success. */
int frond__pipe_adopt(intptr_t fd, uint64_t max_message, uint64_t peer, frond_pipe **p);

/* 0 with the socket, which stays the pipe's, of an end that another process may take over; or FROND_ECLOSED,
 * FROND_EBUSY and so on. */
int frond__pipe_movable(frond_pipe *p, intptr_t *fd);
/* It has one now: here it is closed. */
void frond__pipe_moved(frond_pipe *p, uint64_t to);

uint64_t frond__pipe_max(const frond_pipe *p);

#endif
