/* SPDX-License-Identifier: MIT */
/* A state machine over single bytes, except for data, which is handed out in as large
 * pieces as the input has, and the trailer section, which the head parser reads. */
#include "chunked.h"

#include "ascii.h"

#include <frond/error.h>
#include <frond/impl/memory.h>

#include <string.h>

enum {
    MAX_LINE = 4096,
    MAX_EXTENSION = 16 * 1024,
    MAX_TRAILER = 16 * 1024,
    MAX_FIELDS = 64
};

enum state {
    SIZE_FIRST, /* a digit must come */
    SIZE,
    SPACE, /* white space after the size: only an extension may follow */
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LAST,    /* after the last chunk: CR, or a trailer section */
    LAST_LF, /* that CR was read */
    TRAILER,
    END
};

static int fail(frond__http_chunked *c, int code, const char *reason) {
    c->reason = reason;
    c->result = code;
    return code;
}

static int malformed(frond__http_chunked *c, const char *reason) {
    return fail(c, FROND_EHTTP_PROTOCOL, reason);
}

void frond__http_chunked_init(frond__http_chunked *c,
                              const frond__http_chunked_limits *limits) {
    memset(c, 0, sizeof *c);
    if (limits != NULL)
        c->limits = *limits;
    if (c->limits.max_line == 0)
        c->limits.max_line = MAX_LINE;
    if (c->limits.max_extension == 0)
        c->limits.max_extension = MAX_EXTENSION;
    if (c->limits.max_trailer == 0)
        c->limits.max_trailer = MAX_TRAILER;
    if (c->limits.max_fields == 0)
        c->limits.max_fields = MAX_FIELDS;
    frond__http_head_limits t = {c->limits.max_trailer, c->limits.max_fields};
    frond__http_head_init(&c->trailer, FROND__HTTP_TRAILER, &t);
}

static int size_digit(frond__http_chunked *c, char byte) {
    int digit = frond__ascii_hex(byte);
    if (c->left > ((uint64_t)INT64_MAX - (uint64_t)digit) / 16)
        return malformed(c, "chunk size is beyond 2^63");
    c->left = c->left * 16 + (uint64_t)digit;
    c->state = SIZE;
    return 0;
}

/* What may follow the digits of a size. */
static int after_size(frond__http_chunked *c, char byte) {
    if (byte == '\r' && c->state == SIZE)
        c->state = SIZE_LF;
    else if (byte == ';')
        c->state = EXTENSION;
    else if (byte == ' ' || byte == '\t')
        c->state = SPACE;
    else
        return malformed(c, "bad byte after chunk size");
    return 0;
}

static int extension(frond__http_chunked *c, char byte) {
    if (byte == '\r') {
        c->state = SIZE_LF;
        return 0;
    }
    if (!frond__ascii_is(byte, FROND__ASCII_VALUE))
        return malformed(c, "control character in chunk extension");
    return 0;
}

static int size_byte(frond__http_chunked *c, char byte) {
    if (++c->line > c->limits.max_line)
        return fail(c, FROND_EHTTP_HEAD_SIZE, "chunk-size line is over the limit");
    if ((c->state == EXTENSION || c->state == SPACE) &&
        ++c->extension > c->limits.max_extension)
        return fail(c, FROND_EHTTP_HEAD_SIZE, "chunk extensions are over the limit");
    int hex = frond__ascii_hex(byte) >= 0;
    if (c->state == SIZE_FIRST)
        return hex ? size_digit(c, byte) : malformed(c, "chunk size is not hexadecimal");
    if (c->state == SIZE && hex)
        return size_digit(c, byte);
    return c->state == EXTENSION ? extension(c, byte) : after_size(c, byte);
}

/* One byte outside data and trailer. */
static int step(frond__http_chunked *c, char byte) {
    switch (c->state) {
    case SIZE_LF:
        if (byte != '\n')
            return malformed(c, "CR without LF after chunk size");
        c->state = c->left > 0 ? DATA : LAST;
        c->line = 0;
        return 0;
    case DATA_CR:
        if (byte != '\r')
            return malformed(c, "chunk data does not end where its size says");
        c->state = DATA_LF;
        return 0;
    case DATA_LF:
        if (byte != '\n')
            return malformed(c, "CR without LF after chunk data");
        c->state = SIZE_FIRST;
        return 0;
    case LAST:
        c->state = LAST_LF;
        return 0;
    case LAST_LF:
        if (byte != '\n')
            return malformed(c, "CR without LF after the last chunk");
        c->state = END;
        return 0;
    default:
        return size_byte(c, byte);
    }
}

static int grow_trailer(frond__http_chunked *c, size_t more) {
    size_t need = c->trailer_len + more;
    if (need <= c->trailer_cap)
        return 0;
    size_t cap = c->trailer_cap == 0 ? 256 : c->trailer_cap;
    while (cap < need)
        cap *= 2;
    char *text = frond_realloc(c->trailer_text, cap);
    if (text == NULL)
        return fail(c, FROND_ENOMEM, "out of memory");
    c->trailer_text = text;
    c->trailer_cap = cap;
    return 0;
}

/* Collects the trailer section, whose bytes may come from many buffers; answers how many
 * of these belong to it. */
static int64_t trailer(frond__http_chunked *c, const char *in, size_t len) {
    size_t before = c->trailer_len;
    size_t most = c->limits.max_trailer - before;
    size_t take = len < most ? len : most;
    if (grow_trailer(c, take) < 0)
        return c->result;
    memcpy(c->trailer_text + before, in, take);
    c->trailer_len += take;
    int64_t r = frond__http_head_feed(&c->trailer, c->trailer_text, c->trailer_len);
    if (r < 0)
        return fail(c, (int)r, c->trailer.reason);
    if (r == 0)
        return (int64_t)take;
    c->state = END;
    c->trailer_len = (size_t)r;
    return r - (int64_t)before;
}

static void hand_out(frond__http_chunked *c, const char *in, size_t len,
                     const char **data, size_t *size) {
    *data = in;
    *size = c->left < len ? (size_t)c->left : len;
    c->left -= *size;
    c->total += *size;
    if (c->left == 0)
        c->state = DATA_CR;
}

int frond__http_chunked_next(frond__http_chunked *c, const char *in, size_t len,
                             size_t *used, const char **data, size_t *size) {
    size_t at = 0;
    *data = NULL;
    *size = 0;
    while (c->result == 0 && c->state != END && c->state != DATA && at < len) {
        if (c->state == LAST && in[at] != '\r')
            c->state = TRAILER;
        if (c->state == TRAILER) {
            int64_t n = trailer(c, in + at, len - at);
            if (n > 0)
                at += (size_t)n;
        } else if (step(c, in[at]) == 0) {
            at++;
        }
    }
    *used = at;
    if (c->result < 0)
        return c->result;
    if (c->state == END)
        return FROND__HTTP_CHUNKED_END;
    if (c->state != DATA || at == len)
        return FROND__HTTP_CHUNKED_MORE;
    hand_out(c, in + at, len - at, data, size);
    *used = at + *size;
    return FROND__HTTP_CHUNKED_DATA;
}

void frond__http_chunked_free(frond__http_chunked *c) {
    frond__http_head_free(&c->trailer);
    frond_free(c->trailer_text);
    memset(c, 0, sizeof *c);
}
