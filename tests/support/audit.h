/* SPDX-License-Identifier: MIT */
/* The fork auditor: with FROND_FORK_AUDIT=K in the environment a test's program forks in the middle of its switches:
 * K times at every one, K times at every other, K times at every fourth and so on.  Each child has to find a hub of its
 * own in which nobody runs but itself; what that does to the parent, its own checks tell. */
#ifndef FROND_TESTS_AUDIT_H
#define FROND_TESTS_AUDIT_H

/* Before a test; nothing, without that variable. */
void audit_begin(void);

/* After it: how many children have found something else, and in words the last that was found. */
int audit_failures(const char **what);

#endif
