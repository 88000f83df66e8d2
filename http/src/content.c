/* SPDX-License-Identifier: MIT */
/* A chain of inflaters.  layer[0] reads the body as it came; each later one reads what
 * the one before it made, from a buffer between them; the last one writes to the
 * caller. */
#include "content.h"

#include "ascii.h"
#include "head.h"

#include <frond/error.h>
#include <frond/impl/memory.h>

#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
    LAYERS = FROND__HTTP_CONTENT_LAYERS,
    BETWEEN = 16 * 1024, /* bytes between two layers */
    STEP = 64 * 1024,    /* output of one inflate: how far the ratio is overrun unseen */
    MAX_RATIO = 200,
    FLOOR = 1024 * 1024
};

enum coding { GZIP, DEFLATE };

enum state {
    SNIFF,  /* deflate: fewer than two bytes seen */
    START,  /* nothing of the (next) member read; whole here */
    INSIDE, /* whole only once zlib says so */
    ENDED   /* deflate: nothing may follow */
};

struct layer {
    z_stream z; /* valid when open */
    int coding, state, open;
    int members;     /* gzip: has one ended? then the next must look like one */
    uint8_t head[2]; /* deflate: the bytes sniffed; zlib gets them from here */
    size_t head_len, head_used;
    uint64_t made;      /* bytes, all members together */
    char *between;      /* BETWEEN bytes of output for the next layer; NULL in the last */
    size_t from, until; /* what of it the next layer has not read */
};

struct frond__http_content {
    struct layer layer[LAYERS];
    int n;
    frond__http_content_limits limits;
    uint64_t taken; /* bytes of body read so far */
    int result;     /* first failure, or 0 */
    const char *reason;
};

/* Input of one layer, and room for its output. */
struct pass {
    const char *in;
    size_t in_len, used;
    char *out;
    size_t cap, made;
};

static int fail(frond__http_content *c, int code, const char *reason) {
    c->reason = reason;
    c->result = code;
    return code;
}

/* ---- opening ---- */

static voidpf zlib_alloc(voidpf user, uInt items, uInt size) {
    (void)user;
    return frond_calloc(items, size);
}

static void zlib_free(voidpf user, voidpf block) {
    (void)user;
    frond_free(block);
}

static int add_layer(frond__http_content *c, const char *name, size_t len,
                     const char **reason) {
    if (frond__ascii_equal(name, len, "identity"))
        return 0;
    int gzip =
        frond__ascii_equal(name, len, "gzip") || frond__ascii_equal(name, len, "x-gzip");
    if (!gzip && !frond__ascii_equal(name, len, "deflate")) {
        *reason = "content coding is not supported";
        return FROND_ENOTSUP;
    }
    if (c->n == LAYERS) {
        *reason = "more than four content codings";
        return FROND_EHTTP_ENCODING;
    }
    struct layer *l = &c->layer[c->n++];
    l->coding = gzip ? GZIP : DEFLATE;
    l->state = gzip ? START : SNIFF;
    return 0;
}

/* The coding named last was applied last, so it comes off first. */
static void reverse(frond__http_content *c) {
    for (int i = 0, j = c->n - 1; i < j; i++, j--) {
        struct layer swap = c->layer[i];
        c->layer[i] = c->layer[j];
        c->layer[j] = swap;
    }
}

static int make_between(frond__http_content *c) {
    for (int i = 0; i + 1 < c->n; i++) {
        c->layer[i].between = frond_alloc(BETWEEN);
        if (c->layer[i].between == NULL)
            return FROND_ENOMEM;
    }
    return 0;
}

static void set_limits(frond__http_content *c, const frond__http_content_limits *limits) {
    if (limits != NULL)
        c->limits = *limits;
    if (c->limits.max_output == 0)
        c->limits.max_output = UINT64_MAX;
    if (c->limits.max_ratio == 0)
        c->limits.max_ratio = MAX_RATIO;
    if (c->limits.floor == 0)
        c->limits.floor = FLOOR;
}

int frond__http_content_new(frond__http_content **out, const char *codings, size_t len,
                            const frond__http_content_limits *limits,
                            const char **reason) {
    const char *ignored;
    if (reason == NULL)
        reason = &ignored;
    *reason = "out of memory";
    *out = NULL;
    frond__http_content *c = frond_calloc(1, sizeof *c);
    if (c == NULL)
        return FROND_ENOMEM;
    set_limits(c, limits);
    frond__http_span item;
    int r = 0;
    for (size_t at = 0; r == 0 && frond__http_list_next(codings, len, &at, &item);)
        r = add_layer(c, codings + item.at, item.len, reason);
    reverse(c);
    if (r == 0)
        r = make_between(c);
    if (r < 0) {
        frond__http_content_free(c);
        return r;
    }
    *out = c;
    return 0;
}

int frond__http_content_layers(const frond__http_content *c) {
    return c->n;
}

/* ---- one layer ---- */

/* window_bits as zlib wants it: 16 more for gzip, negative for raw deflate. */
static int open_layer(frond__http_content *c, struct layer *l, int window_bits) {
    l->z.zalloc = zlib_alloc;
    l->z.zfree = zlib_free;
    if (inflateInit2(&l->z, window_bits) != Z_OK)
        return fail(c, FROND_ENOMEM, "out of memory");
    l->open = 1;
    return 0;
}

/* RFC 1950 2.2: method 8, a window zlib has, and a check over both bytes.  A raw stream
 * that looks like this would begin with a stored block whose padding bits are not
 * zero. */
static int zlib_header(const uint8_t b[2]) {
    return (b[0] & 15) == 8 && b[0] >> 4 <= 7 && (b[0] * 256 + b[1]) % 31 == 0;
}

/* Gathers the first two bytes of a deflate body and opens zlib for what they are. */
static int sniff(frond__http_content *c, struct layer *l, struct pass *p) {
    while (l->head_len < 2 && p->used < p->in_len)
        l->head[l->head_len++] = (uint8_t)p->in[p->used++];
    if (l->head_len < 2)
        return 0;
    l->state = INSIDE;
    return open_layer(c, l, zlib_header(l->head) ? MAX_WBITS : -MAX_WBITS);
}

/* zlib would want two bytes before it says that a member does not begin like this. */
static int start_member(frond__http_content *c, struct layer *l, const struct pass *p) {
    l->state = INSIDE;
    if (!l->open)
        return open_layer(c, l, MAX_WBITS + 16);
    if (p->in[p->used] != 0x1F)
        return fail(c, FROND_EHTTP_ENCODING, "bytes after the end of gzip data");
    inflateReset(&l->z);
    return 0;
}

/* Bytes zlib reads next: those sniffed first. */
static void give_input(struct layer *l, struct pass *p) {
    if (l->head_used < l->head_len) {
        l->z.next_in = l->head + l->head_used;
        l->z.avail_in = (uInt)(l->head_len - l->head_used);
    } else {
        size_t n = p->in_len - p->used;
        l->z.next_in = (z_const Bytef *)(uintptr_t)(p->in + p->used);
        l->z.avail_in = (uInt)(n < INT_MAX ? n : INT_MAX);
    }
}

/* Takes back the one byte too many that space() leaves room for. */
static int check_output(frond__http_content *c, struct layer *l, struct pass *p) {
    if (l->between != NULL || l->made <= c->limits.max_output)
        return 0;
    l->made--;
    p->made--;
    return fail(c, FROND_EHTTP_BODY_SIZE, "decoded body is over the limit");
}

static int check_ratio(frond__http_content *c, const struct layer *l) {
    uint64_t ratio = c->limits.max_ratio;
    if (ratio != UINT32_MAX && l->made > c->limits.floor && l->made / ratio > c->taken)
        return fail(c, FROND_EHTTP_RATIO, "decoded body is over the ratio limit");
    return 0;
}

static int zlib_failed(frond__http_content *c, const struct layer *l, int code) {
    if (code == Z_MEM_ERROR)
        return fail(c, FROND_ENOMEM, "out of memory");
    if (l->members && l->z.total_out == 0)
        return fail(c, FROND_EHTTP_ENCODING, "bytes after the end of gzip data");
    return fail(c, FROND_EHTTP_ENCODING,
                l->coding == GZIP ? "corrupt gzip data" : "corrupt deflate data");
}

/* Room for one step: one byte more than max_output lets tell too much from just
 * enough. */
static uInt space(const frond__http_content *c, const struct layer *l,
                  const struct pass *p) {
    uint64_t left = c->limits.max_output - l->made;
    size_t n = p->cap - p->made;
    if (n > STEP)
        n = STEP;
    return (uInt)(l->between == NULL && n > left ? left + 1 : n);
}

/* One call of inflate; answers 1 when it moved anything, 0 when it could not. */
static int inflate_once(frond__http_content *c, struct layer *l, struct pass *p) {
    int from_head = l->head_used < l->head_len;
    give_input(l, p);
    uInt had = l->z.avail_in, room = space(c, l, p);
    l->z.next_out = (Bytef *)(p->out + p->made);
    l->z.avail_out = room;
    int r = inflate(&l->z, Z_NO_FLUSH);
    size_t ate = had - l->z.avail_in, made = room - l->z.avail_out;
    if (from_head)
        l->head_used += ate;
    else
        p->used += ate;
    p->made += made;
    l->made += made;
    if (check_output(c, l, p) < 0)
        return c->result;
    if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
        return zlib_failed(c, l, r);
    if (r == Z_STREAM_END) {
        l->state = l->coding == GZIP ? START : ENDED;
        l->members = 1;
    }
    return ate > 0 || made > 0 || r == Z_STREAM_END;
}

/* Takes one layer as far as input and room go; answers 1 when anything moved. */
static int run_layer(frond__http_content *c, struct layer *l, struct pass *p) {
    int moved = 0;
    uint64_t taken = c->taken - p->used; /* when this call of decode began */
    while (c->result == 0) {
        int fed = p->used < p->in_len || l->head_used < l->head_len;
        int r = 1;
        if (l->state == SNIFF) {
            if (!fed || p->used == p->in_len)
                break;
            sniff(c, l, p);
        } else if (l->state == START) {
            if (!fed)
                break;
            start_member(c, l, p);
        } else if (l->state == ENDED) {
            if (fed)
                fail(c, FROND_EHTTP_ENCODING, "bytes after the end of deflate data");
            break;
        } else {
            if (p->made == p->cap)
                break;
            r = inflate_once(c, l, p);
        }
        if (l == c->layer)
            c->taken = taken + p->used;
        if (r > 0)
            check_ratio(c, l);
        if (r <= 0)
            break;
        moved = 1;
    }
    return moved;
}

/* ---- the chain ---- */

/* What is left of the buffer moves to its front when its end is reached. */
static void compact(struct layer *l) {
    if (l->from == 0)
        return;
    memmove(l->between, l->between + l->from, l->until - l->from);
    l->until -= l->from;
    l->from = 0;
}

static int pass_layer(frond__http_content *c, int i, struct pass *body) {
    struct layer *l = &c->layer[i];
    struct layer *before = i > 0 ? l - 1 : NULL;
    struct pass p = *body;
    if (before != NULL) {
        p.in = before->between + before->from;
        p.in_len = before->until - before->from;
        p.used = 0;
    }
    if (l->between != NULL) {
        compact(l);
        p.out = l->between;
        p.cap = BETWEEN;
        p.made = l->until;
    }
    int moved = run_layer(c, l, &p);
    if (before != NULL)
        before->from += p.used;
    else
        body->used = p.used;
    if (l->between != NULL)
        l->until = p.made;
    else
        body->made = p.made;
    return moved;
}

static void copy(frond__http_content *c, struct pass *p) {
    size_t n = p->in_len < p->cap ? p->in_len : p->cap;
    uint64_t left = c->limits.max_output - c->taken;
    if (n > left) {
        n = (size_t)left;
        fail(c, FROND_EHTTP_BODY_SIZE, "decoded body is over the limit");
    }
    if (n > 0)
        memcpy(p->out, p->in, n);
    c->taken += n;
    p->used = p->made = n;
}

int frond__http_content_decode(frond__http_content *c, const char *in, size_t in_len,
                               size_t *used, char *out, size_t cap, size_t *made) {
    struct pass body = {in_len > 0 ? in : "", in_len, 0, out, cap, 0};
    if (c->n == 0 && c->result == 0)
        copy(c, &body);
    for (int moved = c->n > 0; moved && c->result == 0;) {
        moved = 0;
        for (int i = c->n - 1; i >= 0; i--)
            if (c->result == 0 && pass_layer(c, i, &body))
                moved = 1;
    }
    *used = body.used;
    *made = body.made;
    return c->result;
}

int frond__http_content_finish(frond__http_content *c) {
    for (int i = 0; i < c->n && c->result == 0; i++) {
        const struct layer *l = &c->layer[i];
        int fed = l->head_len > 0 || l->open;
        if (fed && (l->state == SNIFF || l->state == INSIDE))
            fail(c, FROND_EHTTP_TRUNCATED, "coded data ends early");
        else if (l->from < l->until)
            fail(c, FROND_EHTTP_TRUNCATED, "decoded data was not all taken");
    }
    return c->result;
}

const char *frond__http_content_reason(const frond__http_content *c) {
    return c->reason;
}

void frond__http_content_free(frond__http_content *c) {
    if (c == NULL)
        return;
    for (int i = 0; i < LAYERS; i++) {
        if (c->layer[i].open)
            inflateEnd(&c->layer[i].z);
        frond_free(c->layer[i].between);
    }
    frond_free(c);
}
