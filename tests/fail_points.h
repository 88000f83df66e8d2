/* SPDX-License-Identifier: MIT */
/* System calls that fail when a test wants it: the linker leads the calls of frond's libraries here (--wrap, in
 * tests/CMakeLists.txt).  Only those of the main thread are counted. */
#ifndef FROND_TESTS_FAIL_POINTS_H
#define FROND_TESTS_FAIL_POINTS_H

#include "support.h"

enum { FAIL_POINT_KINDS = 4 };

typedef struct {
    const char *name;
    int errors
        [FAIL_POINT_KINDS]; /* of each kind of failure, below; 0: it does not fail so */
} fail_point;

/* For calls that a test leads here by itself: whether this one fails, with errno set. */
bool fail_point_fails(const fail_point *p);

/* Runs part again and again, as memory_sweep does, with the first, the second ... system call failing: in earnest,
 * interrupted, not ready after all, and as one that this kernel has not.  But for the first kind part must
 * get through (must_work). */
void fail_points_sweep(void (*part)(void));

/* Whether the failure in hand is one that nobody may notice. */
bool fail_points_harmless(void);

/* No more failures from here on: what survived must work. */
void fail_points_end(void);

/* True for success.  A harmless failure must not be seen, and none may end in a hang. */
bool works(int64_t rc, const char *what, const char *file, int line);

#define WORKS(call) works((call), #call, __FILE__, __LINE__)

/* The deadline of everything that is tried. */
#define SOON frond_in(10000)

#endif
