/* SPDX-License-Identifier: MIT */
/* Asking all hubs of the process, each on its own thread. */
#ifndef FROND_VISIT_H
#define FROND_VISIT_H

#include "core.h"
#include "report/page.h"

enum { FROND__QUESTION = 64, FROND__ANSWER = 512 };

/* On the thread of h, in a hub callback: what is printed comes behind what other hubs have, and answer is room for a
 * struct of the asker's. */
typedef struct {
    frond_hub *hub;
    const void *question; /* a copy of what was asked */
    frond__page *page;
    void *answer; /* FROND__ANSWER bytes, zero */
} frond__visit;
typedef void (*frond__visit_fn)(frond__visit *v);

/* What a hub has answered; NULL: it did not turn in time. */
typedef void (*frond__visited_fn)(uint64_t hub, uint64_t thread, const void *answer,
                                  void *arg);

/* Asks one hub after the other, this thread's too, and adds what they print to page; says which has not answered.
 * visited (may be NULL) is called for each.  Suspends.  0, FROND_ETIMEDOUT, FROND_ECANCELED or FROND_ENOMEM. */
FROND_INTERNAL int frond__visit_all(frond__visit_fn fn, const void *question, size_t n,
                                    frond__page *page, frond__visited_fn visited,
                                    void *arg, frond_deadline d);

#endif
