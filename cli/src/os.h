/* SPDX-License-Identifier: MIT */
/* What the program asks of each system in a way of its own: os_posix.c, os_windows.c. */
#ifndef FROND_CLI_OS_H
#define FROND_CLI_OS_H

#include <stdbool.h>

/* First in main: standard streams that are there and take bytes as they are, a closed standard output
 * as an error instead of a signal, arguments in UTF-8. */
void os_begin(int *argc, char ***argv);

/* First in a worker. */
void os_begin_worker(void);

/* Has an open file take the place of standard input; 0 or a FROND_E* code. */
int os_become_stdin(int fd);

/* Whether a rename that was refused should be tried again, a little later: where virus scanners open what
 * was just written.  It waits; attempts count from 0. */
bool os_tries_again(int error, int attempt);

bool os_is_separator(char c); /* of the names in a path */

/* Makes room for so many descriptors; 0, or the limit that stands against it. */
unsigned long long os_need_descriptors(unsigned long long n);

/* Keys of the terminal at standard input, as they are pressed and unseen, until the end, or until a signal ends the
 * program.  false: there is none, or it is another program's now. */
bool os_keys_begin(void);
void os_keys_end(void);
/* Does not wait; false: none was pressed. */
bool os_key(char *key);

#endif
