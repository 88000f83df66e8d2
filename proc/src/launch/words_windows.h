/* SPDX-License-Identifier: MIT */
/* The words a program is started with, on Windows: its command line, its environment, its file. */
#ifndef FROND_WORDS_WINDOWS_H
#define FROND_WORDS_WINDOWS_H

#include <frond/subprocess.h>
#include <wchar.h>

typedef struct {
    wchar_t *program, *line, *env, *directory; /* directory NULL: ours */
} frond__words;

/* 0, or an error with its text set.  To be freed in any case. */
int frond__words_make(frond__words *w, const char *const *argv,
                      const frond_subprocess_options *o);
void frond__words_free(frond__words *w);

#endif
