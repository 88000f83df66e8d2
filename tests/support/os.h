/* SPDX-License-Identifier: MIT */
/* What the frame of the tests asks of the system. */
#ifndef FROND_TESTS_OS_H
#define FROND_TESTS_OS_H

#include <stdio.h>

/* Where any user may write; it goes when it is closed.  NULL: none. */
FILE *temporary_file(void);

/* support.c: all that was written to one, which is closed; NULL: "".  Valid until the next call. */
const char *temporary_text(FILE *f);

/* Has standard error go to a file, and back. */
void os_redirect_stderr(FILE *to);
void os_restore_stderr(void);

/* "wine"; NULL where the system is none that is emulated. */
const char *os_emulator(void);

#endif
