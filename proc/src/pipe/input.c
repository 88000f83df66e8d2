/* SPDX-License-Identifier: MIT */
/* What comes in, frame by frame.  One read of the system may bring many messages, or go straight into a large one's
 * place with no more than the beginning of the next behind it: so neither is copied often.  A pipe has a buffer from a
 * read that got something to the next wait, so that those that are idle cost no memory. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

enum {
    BUFFER = 32 * 1024,
    LARGE = 16 * 1024, /* a frame that is read into its place */
    LOOK_AHEAD = 512   /* behind one of those */
};

static void drop_buffer(frond__pipe_input *in) {
    frond_free(in->buf);
    in->buf = NULL;
    in->at = in->end = 0;
}

/* One message may take many reads: who makes them gives way to others as one who makes many calls does.  Not who
 * only looks: he does not have the turn. */
static int give_way(frond_pipe *p, frond_deadline d) {
    int rc = d.ns > 0 && !frond_home_go_ahead(&p->home) ? frond_wait_enter(d) : 0;
    return rc == 0 && p->stream->closed ? FROND_ECLOSED : rc;
}

/* A read that did not fill its buffer has emptied the socket's, as a rule: the next one waits before it tries. */
static int await_more(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    int rc = give_way(p, d);
    if (rc < 0)
        return rc;
    if (in->drained && d.ns > 0) {
        if (in->at == in->end)
            drop_buffer(in);
        rc = p->stream->ops->wait(p->stream, FROND_FD_READ, d);
        if (rc < 0)
            return rc;
        in->drained = false;
    }
    if (!in->buf && !(in->buf = frond_alloc(BUFFER)))
        return FROND_ENOMEM;
    return 0;
}

static size_t room_ahead(const frond__pipe_input *in) {
    return in->len < LARGE ? BUFFER : LOOK_AHEAD;
}

/* Bytes, 0 at the end, or an error with its text set. */
static int64_t read_into(frond_pipe *p, frond__carry_in *to, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    to->carried = &in->carried;
    int64_t n =
        p->stream->ops->run(p->stream, FROND_FD_READ, frond__carry_receive, to, d);
    if (n == FROND_ECONNRESET) /* which the system says once */
        in->broken = (int)n;
    if (n < 0)
        return frond_fail_set((int)n, "pipe receive");
    in->drained = n > 0 && (size_t)n < to->room[0] + to->room[1];
    in->ended = n == 0;
    return n;
}

/* Reads more behind what is in the buffer. */
static int64_t fill(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    if (in->ended)
        return 0;
    int rc = await_more(p, d);
    if (rc < 0)
        return frond_fail_set(rc, "pipe receive");
    if (in->at) {
        memmove(in->buf, in->buf + in->at, in->end - in->at);
        in->end -= in->at;
        in->at = 0;
    }
    frond__carry_in space = {.to = {in->buf + in->end, NULL},
                             .room = {room_ahead(in) - in->end, 0}};
    int64_t n = read_into(p, &space, d);
    if (n > 0)
        in->end += (size_t)n;
    return n;
}

/* The beginning of the next message, or of the next frame of this one, is there. */
static int need_header(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    while (in->end - in->at < FROND__PIPE_HEADER) {
        int64_t n = fill(p, d);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return frond_fail_set(in->begun || in->at < in->end ? FROND_EOF : FROND_EPIPE,
                                  "pipe receive");
    }
    return 0;
}

static int begin_items(frond__pipe_input *in, size_t n) {
    if (n == 0)
        return 0;
    if (!(in->items = frond_calloc(n, sizeof *in->items)))
        return FROND_ENOMEM;
    in->n_items = n;
    in->items_got = 0;
    return 0;
}

static int read_header(frond_pipe *p) {
    frond__pipe_input *in = &p->in;
    const unsigned char *header = (unsigned char *)in->buf + in->at;
    uint64_t len = 0;
    for (int i = 0; i < 6; i++)
        len |= (uint64_t)header[i] << (8 * i);
    uint8_t kind = header[6], n = header[7];
    if (kind >= FROND__KINDS || n > FROND__CARRIED || (n && in->begun))
        return frond_fail_set(in->broken = FROND_EPROTO, "pipe receive");
    if (kind == FROND__HELLO) {
        p->peer = len;
    } else {
        int rc = begin_items(in, n);
        if (rc < 0)
            return frond_fail_set(rc, "pipe receive");
        in->known = in->begun = true;
        in->kind = kind;
        in->left = len;
        in->len = len < SIZE_MAX ? (size_t)len : SIZE_MAX;
    }
    in->at += FROND__PIPE_HEADER;
    return 0;
}

static int read_items(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    size_t size = frond__carry_item_size(), all = in->n_items * size;
    while (in->items_got < all) {
        if (in->at == in->end) {
            int64_t n = fill(p, d);
            if (n <= 0)
                return n < 0 ? (int)n : frond_fail_set(FROND_EOF, "pipe receive");
        }
        size_t of_item = in->items_got % size, n = size - of_item;
        n = n < in->end - in->at ? n : in->end - in->at;
        memcpy((char *)&in->items[in->items_got / size] + of_item, in->buf + in->at, n);
        in->at += n;
        in->items_got += n;
    }
    return 0;
}

int frond__pipe_next_frame(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    while (!in->known) {
        int rc =
            in->broken ? frond_fail_set(in->broken, "pipe receive") : need_header(p, d);
        if (rc < 0 || (rc = read_header(p)) < 0)
            return rc;
    }
    return read_items(p, d);
}

int64_t frond__pipe_read_frame(frond_pipe *p, void *to, size_t cap, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    size_t there = in->end - in->at;
    cap = cap < in->left ? cap : (size_t)in->left;
    int64_t n = (int64_t)(there < cap ? there : cap);
    if (there) {
        memcpy(to, in->buf + in->at, (size_t)n);
        in->at += (size_t)n;
    } else {
        int rc = in->ended ? FROND_EOF : await_more(p, d);
        if (rc < 0)
            return frond_fail_set(rc, "pipe receive");
        frond__carry_in parts = {.to = {to, in->buf}, .room = {cap, room_ahead(in)}};
        n = read_into(p, &parts, d);
        in->at = in->end = 0;
        if (n <= 0)
            return n < 0 ? n : frond_fail_set(FROND_EOF, "pipe receive");
        if ((size_t)n > cap) {
            in->end = (size_t)n - cap;
            n = (int64_t)cap;
        }
    }
    in->left -= (uint64_t)n;
    return n;
}

void frond__pipe_drop_message(frond_pipe *p) {
    frond__pipe_input *in = &p->in;
    size_t none = 0;
    frond__handles_import(p, NULL, &none);
    frond_free(in->body);
    in->body = NULL;
    in->got = in->cap = 0;
    in->known = in->begun = in->skip = in->whole = false;
}

int frond__pipe_skip_rest(frond_pipe *p, frond_deadline d) {
    frond__pipe_input *in = &p->in;
    bool over = in->whole;
    while (!over) {
        int rc = frond__pipe_next_frame(p, d);
        while (rc == 0 && in->left) {
            size_t there = in->end - in->at;
            size_t n = there < in->left ? there : (size_t)in->left;
            in->at += n;
            in->left -= n;
            int64_t more = in->left ? fill(p, d) : 1;
            if (more <= 0)
                rc = more < 0 ? (int)more : frond_fail_set(FROND_EOF, "pipe receive");
        }
        if (rc < 0)
            return rc;
        in->known = false;
        over = in->kind != FROND__PART;
    }
    frond__pipe_drop_message(p);
    return 0;
}
