/* SPDX-License-Identifier: MIT */
/* Commands: questions to a running program, and orders, as lines of text.  `help` lists them: ps, bt, kill, dump,
 * stat, config, trace, and the program's own.  They reach all hubs of the process.  frond/backdoor.h answers them
 * over a socket, for `frond ctl`. */
#ifndef FROND_COMMAND_H
#define FROND_COMMAND_H

#include <frond/api.h>
#include <frond/deadline.h>
#include <stddef.h>

FROND_BEGIN

/* What a command answers. */
typedef struct frond_reply frond_reply;

/* Adds to the answer, which stays the command's caller's own.  Does not suspend.  Returns 0 or FROND_ENOMEM, and then
 * all of the answer is lost.  Since 0.1. */
FROND_API int frond_reply_print(frond_reply *out, const char *format, ...)
    FROND_PRINTF(2, 3);

/* argv[0] is the command's name; words are told apart by blanks.  It runs in a greenlet of its own on the thread of
 * frond_command_run, may suspend, and is killed when that does not wait any longer.  Returns 0, or a FROND_E* code, or
 * ends by frond_fail: what it has printed is told all the same. */
typedef int (*frond_command_fn)(frond_reply *out, int argc, const char *const *argv,
                                void *arg);

typedef struct {
    const char *name;  /* letters and digits, - and _ */
    const char *usage; /* its arguments, as "ID [ERROR]"; may be NULL */
    const char *help;  /* one line */
    frond_command_fn fn;
    void *arg;
    uintptr_t reserved[2]; /* zero */
} frond_command;

/* Has the program a command of its own, on all threads.  Any thread.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL  no name, or none that is allowed, no function, or reserved is not zero
 *   FROND_EEXIST  there is one of that name     FROND_ENOMEM  no memory
 * The texts and arg are borrowed until it is taken back.  Since 0.1. */
FROND_API int frond_command_add(const frond_command *c);

/* Takes it back; one that is under way goes on.  Any thread.  Does not suspend.  Cannot fail.  Returns 1 when it was
 * there, else 0; the texts are the caller's again.
 * Since 0.1. */
FROND_API int frond_command_remove(const char *name);

/* Runs the command of a line.  Suspends.  Returns 0, or
 *   FROND_EINVAL     no such command, or arguments that it does not take: the text says which
 *   FROND_ETIMEDOUT  d passed         FROND_ECANCELED  this greenlet was killed, or the command's
 *   FROND_ENOMEM     no memory        FROND_ENOSUSPEND called in a hub callback
 * or what the command returned or failed with.  *text (NULL where there is nothing) is what it has answered until then,
 * owned by the caller (frond_free).  Since 0.1. */
FROND_API int frond_command_run(const char *line, char **text, frond_deadline d);

FROND_END

#endif
