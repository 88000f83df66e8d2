/* SPDX-License-Identifier: MIT */
/* What the program says on stderr. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>

static void say(const char *before, const char *format, va_list args) FROND_PRINTF(2, 0);

static void say(const char *before, const char *format, va_list args) {
    char text[2000];
    vsnprintf(text, sizeof text, format, args);
    fprintf(stderr, "frond%s%s: %s\n", *before ? " " : "", before, text);
}

int usage_error(const char *command, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(command, format, args);
    va_end(args);
    fprintf(stderr, "Try: frond help%s%s\n", *command ? " " : "", command);
    return EXIT_WRONG_USAGE;
}

int complain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
    return 1;
}
