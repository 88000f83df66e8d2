/* SPDX-License-Identifier: MIT */
/* Settings: what the environment, or the program, says about how frond is to work; docs/guide/configuration.md
 * lists them all.  They are read when a hub is made while the process has none, and hold for as long as there is
 * one, and for forked children.  A value that is not allowed is an error there, not a default that nobody asked
 * for: a line on standard error names it and what is allowed, no hub is made, and every call that needs one
 * answers FROND_EINVAL where it would answer FROND_ENOMEM at a thread's first call; frond_error_text() says the
 * same.  The environment is not heeded where whoever set it has fewer rights than the program.
 * Nothing here suspends; any thread may use it. */
#ifndef FROND_CONFIG_H
#define FROND_CONFIG_H

#include <frond/api.h>

FROND_BEGIN

/* Sets one for this program, over whatever the environment says; value NULL takes that back, "" is no value.
 * Only while no thread has a hub: frond's settings do not change under it.  Does not suspend.  Returns 0, or
 *   FROND_EINVAL  there is no setting of that name, or the value is not allowed (the text says what is)
 *   FROND_EBUSY   there is a hub already
 * Both are copied.  Since 0.1. */
FROND_API int frond_config_set(const char *name, const char *value);

/* Whether all settings are as they may be, for programs that want to say so at their start and in their own
 * way.  Does not suspend.  Returns 0, or FROND_EINVAL: the text names the first that is not.  Since 0.1. */
FROND_API int frond_config_check(void);

/* Writes all settings to a descriptor: name, value, where that is from (default, environment, program), what
 * is allowed and what it does; then variables of the environment that begin as they do and are none, and by what
 * the loop polls.  Does not suspend.  Returns 0, FROND_EINVAL when a value is not allowed, which
 * is written beside it, FROND_ENOMEM, or FROND_EIO when it cannot be written.  Since 0.1. */
FROND_API int frond_config_print(int fd);

FROND_END

#endif
