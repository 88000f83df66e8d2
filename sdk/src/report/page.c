/* SPDX-License-Identifier: MIT */
/* Pages: text that grows. */
#include "report/page.h"

#include "os/os.h"
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <stdarg.h>
#include <stdio.h>

enum { FIRST_TEXT = 4096 };

static bool grow(frond__page *p, size_t n) {
    size_t cap = p->cap ? p->cap * 2 : FIRST_TEXT;
    while (cap - p->used <= n)
        cap *= 2;
    char *text = frond_realloc(p->text, cap);
    p->failed = text == NULL;
    if (text) {
        p->text = text;
        p->cap = cap;
    }
    return text != NULL;
}

void frond__vprint(frond__page *p, const char *format, va_list all) {
    for (int attempt = 0; attempt < 2 && !p->failed; attempt++) {
        va_list args;
        va_copy(args, all);
        int n =
            vsnprintf(p->text ? p->text + p->used : NULL, p->cap - p->used, format, args);
        va_end(args);
        if (n < 0)
            return;
        if ((size_t)n < p->cap - p->used) {
            p->used += (size_t)n;
            return;
        }
        (void)grow(p, (size_t)n);
    }
}

void frond__print(frond__page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    frond__vprint(p, format, args);
    va_end(args);
}

int frond__page_write(frond__page *p, int fd) {
    int rc = p->failed ? FROND_ENOMEM : 0;
    if (p->used && frond__os_write(fd, p->text, p->used) < 0)
        rc = FROND_EIO;
    frond__page_free(p);
    return rc;
}

void frond__page_free(frond__page *p) {
    frond_free(p->text);
    *p = (frond__page){0};
}
