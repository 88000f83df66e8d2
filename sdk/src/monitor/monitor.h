/* SPDX-License-Identifier: MIT */
/* The monitor: one thread that watches the hubs of the process, while there are any and a setting asks for it.
 * It notices hubs that do not turn, memory beyond a limit, and the signal for dumps.
 *
 * Invariants:
 *  - a hub's `pulse` is written by its thread only: odd while it runs greenlets, even while it polls;
 *  - what the monitor keeps in a hub (`seen`) is touched with the registry's lock, and so is a hub of another
 *    thread at all: it is alive as long as it is in the registry;
 *  - nobody is told of anything while that lock is held. */
#ifndef FROND_SRC_MONITOR_H
#define FROND_SRC_MONITOR_H

#include "core.h"
#include "report/page.h"

/* For each hub that is made or ends, on its thread.  0, or FROND_ENOMEM: there could be no thread to watch it. */
FROND_INTERNAL int frond__monitor_begin(frond_hub *h);
FROND_INTERNAL void frond__monitor_end(frond_hub *h);

/* Around a fork; in the child nothing of the monitor is left. */
FROND_INTERNAL void frond__monitor_hold(void);
FROND_INTERNAL void frond__monitor_release(void);
FROND_INTERNAL void frond__monitor_renew(void);

/* This thread's hub was asked to dump itself. */
FROND_INTERNAL void frond__dump_asked(frond_hub *h);
/* Asks all hubs that have a loop, save the one given; how many. */
FROND_INTERNAL size_t frond__dump_ask(const frond_hub *but);
/* Writes a page where dumps go, and frees it.  0, FROND_ENOMEM, or the error of the file. */
FROND_INTERNAL int frond__dump_write(frond__page *p);

/* ---- what a hub is doing, seen from another thread ---- */

typedef struct {
    frond_hub *hub;
    uint64_t pulse; /* expected; 0: any */
    bool blocked;   /* it is still that, and what follows is valid */
    unsigned traits;
    uint64_t greenlet;
    char name[64];
    frond_fn run;
    void *arg;
    int n; /* of frames; 0: they could not be had */
    void *frames[64];
} frond__sample;

/* To be called where the hub's thread stands still or is the one that runs; signal safe.  Answers s->blocked. */
FROND_INTERNAL bool frond__sample_look(frond__sample *s);

/* ---- of each system: monitor_posix.c, monitor_windows.c ---- */

enum { FROND__MONITOR_STOP = 1, FROND__MONITOR_DUMP = 2 };

/* What wakes the monitor's thread, and the signal that does (0: none).  0, or FROND_ENOMEM. */
FROND_INTERNAL int frond__waker_begin(int signal);
FROND_INTERNAL void frond__waker_end(void);
FROND_INTERNAL void frond__waker_stop(void);
/* In a forked child: that of the parent is left alone. */
FROND_INTERNAL void frond__waker_forget(void);
/* Waits so many milliseconds at most (-1: no limit); what of the above has happened. */
FROND_INTERNAL unsigned frond__waker_wait(int ms);

/* Notes what it takes to find the running thread later. */
FROND_INTERNAL void frond__sample_enroll(frond_hub *h);
/* Fills in s about the thread of s->hub, with the registry's lock; false: it gave no answer. */
FROND_INTERNAL bool frond__sample_take(frond__sample *s, uint64_t thread);
FROND_INTERNAL void frond__sample_end(void);

/* Keeps signals of the program from the thread that the caller is about to make, and takes that back. */
FROND_INTERNAL void frond__signals_mask(void);
FROND_INTERNAL void frond__signals_unmask(void);

#endif
