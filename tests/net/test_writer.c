/* SPDX-License-Identifier: MIT */
/* Writers, to every kind of stream (streams.h). */
#include "streams.h"

static void gathers(void) {
    frond_stream *a, *b;
    char buf[64];
    streams_open(&a, &b);
    frond_writer *w = frond_writer_new(a, 16, 64);
    CHECK_INT(frond_writer_text(w, "abc", FROND_NEVER), 0);
    CHECK_INT(frond_writer_format(w, " %d-%s", 42, "x"), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_writer_buffered(w), 8);
    CHECK_INT(frond_writer_flush(w, FROND_NEVER), 0);
    CHECK_INT(frond_writer_flush(w, FROND_NEVER), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW), 8);
    CHECK(memcmp(buf, "abc 42-x", 8) == 0);
    CHECK_INT(frond_writer_text(w, "0123456789", FROND_NEVER), 0);
    CHECK_INT(frond_writer_text(w, "abcdefghij", FROND_NEVER), 0); /* sends the first */
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW), 10);
    CHECK_INT(frond_writer_text(w, "more than the buffer is for", FROND_NEVER), 0);
    CHECK_INT(frond_writer_buffered(w), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NOW), 37);
    CHECK(memcmp(buf, "abcdefghijmore than the buffer is for", 37) == 0);
    frond_writer_free(w);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void limits(void) {
    frond_stream *a, *b;
    streams_open(&a, &b);
    frond_writer *w = frond_writer_new(a, 16, 64);
    CHECK_INT(frond_writer_format(w, "%60d", 1), 0);
    CHECK_INT(frond_writer_format(w, "%5d", 1), FROND_ELIMIT);
    CHECK_INT(frond_writer_buffered(w), 60);
    CHECK_INT(frond_writer_format(w, "%4d", 1), 0);
    CHECK(frond_writer_new(NULL, 0, 0) == NULL);
    CHECK_INT(frond_writer_write(NULL, "x", 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_writer_write(w, NULL, 1, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_writer_text(w, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_writer_flush(NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_writer_buffered(NULL), 0);
    frond_writer_free(w);
    frond_writer_free(NULL);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void *reads_to_the_end(void *s) {
    return (void *)(intptr_t)net_read_checked(s, 0, SIZE_MAX);
}

/* Pieces of every length, with a peer that does not read for a while: each call is taken whole or not at all. */
static void nothing_is_lost(void) {
    enum { PIECES = 3000 };
    frond_stream *a, *b;
    size_t at = 0;
    int refused = 0;
    void *got = NULL;
    char *data = net_bytes(4000000);
    streams_open_narrow(&a, &b); /* it takes little at a time */
    frond_writer *w = frond_writer_new(a, 1000, 0);
    frond_greenlet *g = frond_spawn(reads_to_the_end, b);
    for (int i = 0; i < PIECES; i++) {
        size_t n = (size_t)(i * 7919 % 2600);
        int rc = frond_writer_write(w, data + at, n, FROND_NOW);
        CHECK(rc == 0 || rc == FROND_ETIMEDOUT);
        at += rc == 0 ? n : 0;
        refused += rc < 0;
        if (rc < 0)
            CHECK_INT(frond_yield(), 0);
    }
    CHECK(refused > 0);
    while (frond_writer_flush(w, FROND_NOW) < 0)
        CHECK_INT(frond_yield(), 0);
    frond_shutdown(a, FROND_NEVER);
    CHECK_INT(frond_get(g, &got, FROND_NEVER), 0);
    CHECK_INT((intptr_t)got, at);
    frond_release(g);
    frond_writer_free(w);
    free(data);
    frond_stream_free(a);
    frond_stream_free(b);
}

static int pieces;
static void *write_small(void *w) {
    while (pieces < 1000000 && frond_writer_text(w, "x", FROND_NEVER) == 0)
        pieces++;
    return NULL;
}

/* What only fills the buffer gives way to others, too, and notices a kill. */
static void buffered_writes_are_calls(void) {
    frond_stream *a, *b;
    streams_open(&a, &b);
    frond_writer *w = frond_writer_new(a, 4000000, 0);
    pieces = 0;
    frond_greenlet *g = frond_spawn(write_small, w);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    CHECK(pieces > 0 && pieces < 100000);
    CHECK_INT(frond_writer_buffered(w), pieces);
    frond_release(g);
    frond_writer_free(w);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void without_memory(void) {
    frond_stream *a = NULL, *b = NULL;
    if (frond_stream_pair(&a, &b) < 0)
        return;
    frond_writer *w = frond_writer_new(a, 8, 0);
    if (w && frond_writer_text(w, "hi", FROND_NEVER) == 0 &&
        frond_writer_format(w, "%100d", 5) == 0)
        CHECK_INT(frond_writer_flush(w, FROND_NEVER), 0);
    frond_writer_free(w);
    frond_stream_free(a);
    frond_stream_free(b);
}

static void sweep(void) {
    memory_sweep(without_memory);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"gathers", gathers},
        {"limits", limits},
        {"nothing is lost", nothing_is_lost},
        {"buffered writes are calls", buffered_writes_are_calls},
        {"without memory", sweep},
        {NULL, NULL}};
    return streams_main("writer", tests, argc, argv);
}
