/* SPDX-License-Identifier: MIT */
/* A text that grows.  Where memory is out it stays as it was. */
#ifndef FROND_CLI_LINE_H
#define FROND_CLI_LINE_H

#include <frond/api.h>
#include <stddef.h>

typedef struct {
    char *text; /* frond_free; NULL while empty */
    size_t used, cap;
} line;

void line_add(line *l, const char *text, size_t n);
void line_addf(line *l, const char *format, ...) FROND_PRINTF(2, 3);
/* A JSON string, or null for NULL. */
void line_add_json(line *l, const char *text);
/* A URL as one word of one line: spaces and control bytes are percent-encoded. */
void line_add_shown(line *l, const char *text);

#endif
