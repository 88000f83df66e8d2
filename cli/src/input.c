/* SPDX-License-Identifier: MIT */
/* Where URLs come from: the command line, then a file or standard input, read as they are needed. */
#include "command.h"
#include "disk.h"
#include "fetch.h"
#include "os.h"

#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 64 * 1024 };

struct fetch_input {
    char **urls;
    int n_urls, next;
    const char *name;
    frond_stream *stream;
    frond_reader *reader; /* NULL: the command line alone */
    long line;
    bool ended, missing;
};

/* A file takes the place of standard input, which is green whatever it is. */
static int become_stdin(const char *path) {
    disk_entry e;
    int rc = disk_look(path, true, &e);
    if (rc == 0 && e.folder)
        rc = FROND_EISDIR;
    if (rc == 0)
        rc = disk_open(path);
    return rc < 0 ? rc : os_become_stdin(rc);
}

fetch_input *fetch_input_open(const fetch_options *o) {
    fetch_input *in = frond_calloc(1, sizeof *in);
    if (!in) {
        complain("out of memory");
        return NULL;
    }
    in->urls = o->urls;
    in->n_urls = o->n_urls;
    in->name = o->input;
    in->ended = o->input == NULL;
    if (!o->input)
        return in;
    int rc = strcmp(o->input, "-") != 0 ? become_stdin(o->input) : 0;
    if (rc < 0) {
        complain("%s: %s", o->input, frond_error_message(rc));
        in->ended = in->missing = true; /* the command line's are fetched all the same */
    } else if (frond_stdio_open(FROND_STDIN, &in->stream) < 0 ||
               !(in->reader = frond_reader_new(in->stream, LONGEST_LINE))) {
        complain("%s: %s", o->input, frond_error_text());
        in->ended = in->missing = true;
    }
    return in;
}

bool fetch_input_missing(const fetch_input *in) {
    return in->missing;
}

static char *trim(char *text, size_t n) {
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r'))
        text[--n] = '\0';
    return text + strspn(text, " \t");
}

/* The beginning of a line that is too long; the rest is skipped. */
static char *shorten(fetch_input *in) {
    enum { SHOWN = 60 };
    const char *data;
    int64_t n = frond_reader_peek(in->reader, 1, &data, FROND_NEVER);
    char *text = n > 0 ? frond_alloc(SHOWN + 4) : NULL;
    if (text) {
        size_t shown = (size_t)n < SHOWN ? (size_t)n : SHOWN;
        memcpy(text, data, shown);
        memcpy(text + shown, "...", 4);
    }
    while (n > 0) {
        const char *end = memchr(data, '\n', (size_t)n);
        frond_reader_skip(in->reader, end ? (size_t)(end - data) + 1 : (size_t)n);
        if (end)
            break;
        n = frond_reader_peek(in->reader, 1, &data, FROND_NEVER);
    }
    return text;
}

char *fetch_input_next(fetch_input *in, long *line, const char **why, int *rc) {
    *rc = 0;
    *line = 0;
    *why = NULL;
    if (in->next < in->n_urls) {
        const char *url = in->urls[in->next++];
        return frond_strndup(url, strlen(url));
    }
    while (!in->ended) {
        char *text;
        int64_t n = frond_reader_line(in->reader, &text, FROND_NEVER);
        if (n == FROND_ELIMIT) {
            *line = ++in->line;
            *why = "longer than 64 KiB";
            return shorten(in);
        }
        if (n < 0) {
            in->ended = true;
            *rc = n == FROND_EOF ? 0 : (int)n;
            break;
        }
        *line = ++in->line;
        if (in->line == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
            text += 3; /* a byte order mark */
            n -= 3;
        }
        if (memchr(text, '\0', (size_t)n))
            *why = "a NUL in it";
        text = trim(text, (size_t)n);
        if (*why || (*text && *text != '#'))
            return frond_strndup(text, strlen(text));
    }
    return NULL;
}

long fetch_input_total(const fetch_input *in) {
    return in->reader ? -1 : in->n_urls;
}

void fetch_input_close(fetch_input *in) {
    if (!in)
        return;
    frond_reader_free(in->reader);
    frond_stream_free(in->stream);
    frond_free(in);
}
