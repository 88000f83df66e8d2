/* SPDX-License-Identifier: MIT */
/* See file.h.  These files are local and small, and are read by who would have to wait for them anyway. */
#include "file.h"

#include "compat.h"
#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FIRST = 16 * 1024, MOST = 64 * 1024 * 1024 };

/* U+FEFF, which editors put at the beginning. */
static const char mark[] = "\xef\xbb\xbf";

static int read_all(FILE *f, char **text) {
    size_t n = 0, cap = FIRST;
    char *block = frond_alloc(cap);
    while (block) {
        n += fread(block + n, 1, cap - n - 1, f);
        if (n < cap - 1 || cap > MOST)
            break;
        char *grown = frond_realloc(block, cap *= 2);
        if (!grown)
            frond_free(block);
        block = grown;
    }
    if (!block)
        return FROND_ENOMEM;
    block[n] = '\0';
    *text = block;
    return 0;
}

/* Whether it is the file that cannot be had, not something to open it with: it counts as empty then. */
static bool is_absent(int error) {
    return error != EMFILE && error != ENFILE && error != ENOMEM && error != EIO;
}

int frond__text_read(const char *path, char **text) {
    FILE *f = fopen(path, FROND__READ_MODE);
    if (!f && !is_absent(errno))
        return frond_error_from_system(errno);
    if (!f)
        return (*text = frond_calloc(1, 1)) ? 0 : FROND_ENOMEM;
    errno = 0;
    int rc = read_all(f, text);
    if (rc == 0 && strncmp(*text, mark, sizeof mark - 1) == 0)
        memmove(*text, *text + sizeof mark - 1, strlen(*text + sizeof mark - 1) + 1);
    if (rc == 0 && ferror(f) && !is_absent(errno)) {
        rc = frond_error_from_system(errno);
        frond_free(*text);
        *text = NULL;
    }
    fclose(f);
    return rc;
}

char *frond__text_line(char **at) {
    char *line = *at;
    if (!*line)
        return NULL;
    size_t n = strcspn(line, "\n");
    *at = line + n + (line[n] != '\0');
    line[n] = '\0';
    line[strcspn(line, "#\r")] = '\0';
    return line;
}

char *frond__text_word(char **at) {
    char *word = *at + strspn(*at, " \t");
    if (!*word)
        return NULL;
    size_t n = strcspn(word, " \t");
    *at = word + n + (word[n] != '\0');
    word[n] = '\0';
    return word;
}
