/* SPDX-License-Identifier: MIT */
/* A terminal that a child has to itself: a pseudo terminal on POSIX, a pseudo console on Windows. */
#ifndef FROND_TERMINAL_H
#define FROND_TERMINAL_H

#include "start.h"

typedef struct {
    intptr_t writes,
        reads; /* our ends, as frond_stream_adopt_pipe takes them; reads is -1 where one does both */
    intptr_t child; /* what the child gets */
    intptr_t
        by; /* what it is resized by; the same as child where that is no descriptor */
} frond__terminal;

/* rows and columns of 0: 24 and 80.  0, or an error. */
int frond__terminal_open(int rows, int columns, frond__terminal *t);
int frond__terminal_resize(intptr_t by, int rows, int columns);
/* Nobody resizes it any more; our ends are closed by whom they belong to. */
void frond__terminal_let_go(intptr_t by);

/* What is typed there for the end of the input at the beginning of a line. */
extern const char *const frond__terminal_end;

#endif
