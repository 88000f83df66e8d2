/* SPDX-License-Identifier: MIT */
/* What the commands of the program share. */
#ifndef FROND_CLI_COMMAND_H
#define FROND_CLI_COMMAND_H

#include <frond/api.h>

enum { EXIT_WRONG_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* Says on stderr what was wrong with the arguments of a command; EXIT_WRONG_USAGE. */
int usage_error(const char *command, const char *format, ...) FROND_PRINTF(2, 3);

/* Says a sentence on stderr; 1. */
int complain(const char *format, ...) FROND_PRINTF(1, 2);

int command_fetch(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_ctl(int argc, char **argv);
int command_config(int argc, char **argv);
int command_version(int argc, char **argv);

extern const char help_text[], help_fetch[], help_serve[], help_ctl[], help_config[],
    help_version[];

#endif
