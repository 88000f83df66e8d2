/* SPDX-License-Identifier: MIT */
#ifndef BOOST_CONTEXT_H
#define BOOST_CONTEXT_H

/* The time of one of n switches from one of two contexts to the other, in nanoseconds. */
double boost_context_time(long n);

#endif
