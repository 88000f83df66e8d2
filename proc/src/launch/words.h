/* SPDX-License-Identifier: MIT */
/* The words a program is started with, on POSIX: its arguments, its environment, where it may lie. */
#ifndef FROND_WORDS_H
#define FROND_WORDS_H

#include <frond/subprocess.h>

typedef struct {
    char **argv, **env, **programs; /* each one block, ended by NULL */
} frond__words;

/* 0, or an error with its text set.  To be freed in any case. */
int frond__words_make(frond__words *w, const char *const *argv,
                      const frond_subprocess_options *o);
void frond__words_free(frond__words *w);

#endif
