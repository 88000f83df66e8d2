/* SPDX-License-Identifier: MIT */
/* Handles: as the system knows them, and as objects again. */
#include "pipe/pipe.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/file.h>
#include <frond/impl/memory.h>
#include <frond/listener.h>

frond_handle frond_handle_of_stream(frond_stream *s) {
    return (frond_handle){.kind = FROND_HANDLE_STREAM, .of = {.stream = s}};
}

frond_handle frond_handle_of_listener(frond_listener *l) {
    return (frond_handle){.kind = FROND_HANDLE_LISTENER, .of = {.listener = l}};
}

frond_handle frond_handle_of_pipe(frond_pipe *p) {
    return (frond_handle){.kind = FROND_HANDLE_PIPE, .of = {.pipe = p}};
}

frond_handle frond_handle_of_file(frond_file *f) {
    return (frond_handle){.kind = FROND_HANDLE_FILE, .of = {.file = f}};
}

frond_handle frond_handle_of_descriptor(intptr_t fd) {
    return (frond_handle){.kind = FROND_HANDLE_DESCRIPTOR, .of = {.descriptor = fd}};
}

void frond_handle_free(frond_handle *h) {
    if (!h)
        return;
    if (h->kind == FROND_HANDLE_STREAM)
        frond_stream_free(h->of.stream);
    else if (h->kind == FROND_HANDLE_LISTENER)
        frond_listener_free(h->of.listener);
    else if (h->kind == FROND_HANDLE_PIPE)
        frond_pipe_free(h->of.pipe);
    else if (h->kind == FROND_HANDLE_FILE)
        frond_file_free(h->of.file);
    else if (h->kind == FROND_HANDLE_DESCRIPTOR)
        frond__carry_close(h->of.descriptor);
    h->kind = FROND_HANDLE_NONE;
}

/* ---- sending ---- */

static int stream_fd(frond_stream *s, intptr_t *fd) {
    int rc = s ? frond_home_check(&s->home) : FROND_EINVAL;
    if (rc == 0 && s->inside)
        rc = FROND_EBUSY;
    return rc < 0 ? rc : frond_stream_descriptor(s, fd);
}

static int pipe_fd(frond_pipe *p, frond__item *item, intptr_t *fd) {
    int rc = frond__pipe_movable(p, fd);
    if (rc == 0) {
        item->position = (int64_t)p->max;
        item->peer = p->peer;
    }
    return rc;
}

static int file_fd(frond_file *f, frond__item *item, intptr_t *fd) {
    int flags = 0,
        rc = f ? frond_file_handle(f, fd, &flags, &item->position) : FROND_EINVAL;
    item->flags = flags;
    return rc;
}

static int descriptor_of(const frond_pipe *over, const frond_handle *h, frond__item *item,
                         intptr_t *fd) {
    *item = (frond__item){.kind = (uint32_t)h->kind};
    switch (h->kind) {
    case FROND_HANDLE_STREAM:
        return stream_fd(h->of.stream, fd);
    case FROND_HANDLE_LISTENER:
        return h->of.listener ? frond_listener_fd(h->of.listener, fd) : FROND_EINVAL;
    case FROND_HANDLE_PIPE:
        return h->of.pipe == over ? FROND_EBUSY : pipe_fd(h->of.pipe, item, fd);
    case FROND_HANDLE_FILE:
        return file_fd(h->of.file, item, fd);
    case FROND_HANDLE_DESCRIPTOR:
        *fd = h->of.descriptor;
        return 0;
    case FROND_HANDLE_NONE:
        break;
    }
    return FROND_EINVAL;
}

/* Who has the other end may have said so, and nobody has listened yet. */
static void learn_peer(frond_pipe *p) {
    if (frond__carry_self() && p->receivers.count && !p->in.begun)
        (void)frond__pipe_look(p);
}

int frond__handles_export(frond_pipe *p, const frond_handle *handles, size_t n,
                          frond__item *items, intptr_t *fds) {
    int rc = 0;
    size_t done = 0;
    learn_peer(p);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = descriptor_of(p, &handles[i], &items[i], &fds[i]);
        if (rc == 0 && !frond__carry_is_open(fds[i]))
            rc = FROND_EBADF;
    }
    while (rc == 0 && done < n) {
        rc = frond__carry_export(p->peer, fds[done], &items[done]);
        done += rc == 0;
    }
    for (size_t i = 0; rc < 0 && i < done; i++)
        frond__carry_retract(&items[i]);
    return rc < 0 ? frond_fail_set(rc, "send handles") : 0;
}

static void close_sent(frond_pipe *p, const frond_handle *h) {
    if (h->kind == FROND_HANDLE_STREAM)
        frond_close(h->of.stream);
    else if (h->kind == FROND_HANDLE_LISTENER)
        frond_listener_close(h->of.listener);
    else if (h->kind == FROND_HANDLE_PIPE)
        frond__pipe_moved(h->of.pipe, p->peer);
    else if (h->kind == FROND_HANDLE_FILE)
        (void)frond_file_close(h->of.file,
                               FROND_NOW); /* without a call it waits for none */
    else
        frond__carry_close(h->of.descriptor);
}

void frond__handles_gone(frond_pipe *p, const frond_handle *handles, size_t n,
                         bool keep) {
    for (size_t i = 0; i < n; i++) {
        frond_pipe *pipe =
            handles[i].kind == FROND_HANDLE_PIPE ? handles[i].of.pipe : NULL;
        if (keep && pipe && pipe->twin)
            pipe->twin->peer = p->peer;
        if (keep && pipe)
            pipe->moved = true;
        if (!keep)
            close_sent(p, &handles[i]);
    }
}

/* ---- receiving ---- */

static int object_of(const frond__item *item, intptr_t fd, frond_handle *h) {
    int rc = FROND_EPROTO;
    h->kind = FROND_HANDLE_NONE;
    if (item->kind == FROND_HANDLE_STREAM)
        rc = frond_stream_adopt(fd, &h->of.stream);
    else if (item->kind == FROND_HANDLE_LISTENER)
        rc = frond_listener_adopt(fd, &h->of.listener);
    else if (item->kind == FROND_HANDLE_PIPE)
        rc = frond__pipe_adopt(fd, (uint64_t)item->position, item->peer, &h->of.pipe);
    else if (item->kind == FROND_HANDLE_FILE)
        rc = frond_file_adopt(fd, item->flags, item->position, &h->of.file);
    else if (item->kind == FROND_HANDLE_DESCRIPTOR) {
        h->of.descriptor = fd;
        rc = 0;
    }
    if (rc < 0)
        frond__carry_close(fd);
    else
        h->kind = (frond_handle_kind)item->kind;
    return rc;
}

int frond__handles_import(frond_pipe *p, frond_handle *handles, size_t *n) {
    frond__pipe_input *in = &p->in;
    size_t room = *n, size = frond__carry_item_size(), there = in->items_got / size;
    int rc = 0;
    *n = 0;
    if (!in->items && !in->carried.n && !in->carried.lost)
        return 0;
    for (size_t i = 0; i < in->n_items && i < there; i++) {
        intptr_t fd;
        int one = frond__carry_import(&in->items[i], &in->carried, &fd);
        if (one == 0 && i < room && rc == 0)
            one = object_of(&in->items[i], fd, &handles[(*n)++]);
        else if (one == 0)
            frond__carry_close(fd);
        rc = rc < 0 ? rc : one;
    }
    while (rc < 0 && *n)
        frond_handle_free(&handles[--*n]);
    frond_free(in->items);
    in->items = NULL;
    in->n_items = in->items_got = 0;
    if (in->at == in->end) /* what else came belongs to no message */
        frond__carry_forget(&in->carried);
    in->carried.lost = false;
    return rc < 0 ? frond_fail_set(rc, "receive handles") : 0;
}
