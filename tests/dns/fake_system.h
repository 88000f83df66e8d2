/* SPDX-License-Identifier: MIT */
/* The system's getaddrinfo and getnameinfo in a program that links this: what they answer does not depend on the
 * machine.  frond has to be in the program itself, as static libraries are.
 *
 *   known.system     192.0.2.77, 2001:db8::77; called full.known.system
 *   slow...          not before it may end          failing.system, v4.local  EAI_AGAIN
 *   192.0.2.77       known.system                   169.254.7.7               link.local
 *   192.0.2.79       EAI_AGAIN                      all others                EAI_NONAME
 */
#ifndef FROND_TESTS_DNS_FAKE_SYSTEM_H
#define FROND_TESTS_DNS_FAKE_SYSTEM_H

#include <stdatomic.h>

extern atomic_int fake_system_asked;
extern atomic_bool fake_system_holds; /* what is slow */

#endif
