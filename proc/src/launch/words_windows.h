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

/* An environment: the entries, or ours where env is NULL, and then those of change (may be NULL), in the order that the
 * system wants.  To be freed; NULL with an error's text set: FROND_EINVAL, FROND_ENOMEM. */
wchar_t *frond__words_env(const char *const *env, const char *const *change);

#endif
