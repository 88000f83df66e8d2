/* SPDX-License-Identifier: MIT */
/* What comes over a message pipe: whatever the other end sends, in whatever pieces, and however it is received, whole,
 * as a stream, skipped or waited for, the bytes add up, nothing is longer than it may be, and all of it ends. */
#include "fuzz.h"

#include <frond/impl/stream.h>
#include <frond/memory.h>
#include <frond/proc.h>

enum { MOST = 300, ROUNDS = 4000 };

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\0"
              "\5\0\0\0\0\0\0\0hello\3\0\0\0\0\0\0\0abc"),
    FUZZ_SEED("\1"
              "\2\0\0\0\0\0\1\0ab\2\0\0\0\0\0\2\0cd\0\0\0\0\0\0\0\0"),
    FUZZ_SEED("\2"
              "\4\0\0\0\0\0\1\0abcd\0\0\0\0\0\0\3\0\1\0\0\0\0\0\0\0x"),
    FUZZ_SEED("\3"
              "\7\0\0\0\0\0\4\0\1\0\0\0\0\0\0\1"
              "\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x"),
    FUZZ_SEED("\4"
              "\377\377\377\377\0\0\0\0abc"),
    FUZZ_SEED("\5"
              "\0\2\0\0\0\0\1\0x"),
    FUZZ_SEEDS_END};

static int64_t receive_whole(frond_pipe *p) {
    frond_handle handles[2];
    frond_pipe_message m = {.handles = handles, .n_handles = 2};
    int64_t n = frond_pipe_receive_message(p, &m, FROND_NOW);
    if (n < 0)
        return n;
    FUZZ_CHECK(n <= MOST && (size_t)n == m.len && m.n_handles <= 2);
    FUZZ_CHECK(((char *)m.data)[n] == '\0');
    for (size_t i = 0; i < m.n_handles; i++)
        frond_handle_free(&handles[i]);
    frond_free(m.data);
    return n;
}

static int64_t receive_stream(frond_pipe *p, uint32_t *state) {
    frond_stream *s;
    char buf[64];
    int rc = frond_pipe_receive_stream(p, &s, FROND_NOW);
    if (rc < 0)
        return rc;
    int64_t n = 1;
    for (uint32_t i = fuzz_next(state) % 8; n > 0 && i > 0; i--)
        n = frond_read(s, buf, 1 + fuzz_next(state) % sizeof buf, FROND_NOW);
    FUZZ_CHECK(n <= (int64_t)sizeof buf);
    frond_stream_free(s);
    return n < 0 ? n : 0;
}

static int64_t receive(frond_pipe *p, uint32_t *state) {
    frond_waitable w = frond_pipe_waitable(p);
    switch (fuzz_next(state) % 4) {
    case 0:
        return receive_stream(p, state);
    case 1:
        return frond_pipe_skip(p, FROND_NOW);
    case 2:
        if (frond_waitable_ready(&w) == 1) {
            int64_t n = receive_whole(p);
            FUZZ_CHECK(n != FROND_ETIMEDOUT);
            return n;
        }
        return FROND_ETIMEDOUT;
    default:
        return receive_whole(p);
    }
}

/* Once all was sent and the end closed, what is received comes to an end by name. */
static void receive_to_the_end(frond_pipe *p, uint32_t *state) {
    int64_t n = 0;
    for (int i = 0; i < ROUNDS; i++) {
        n = receive(p, state);
        if (n == FROND_EPIPE || n == FROND_EOF || n == FROND_ECONNRESET ||
            n == FROND_EPROTO)
            return;
    }
    FUZZ_CHECK(n == FROND_EMSGSIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frond_pipe *a, *b;
    uint32_t state = fuzz_hash(data, size);
    frond_pipe_options o = {.max_message = MOST};
    if (size == 0 || size > 20000)
        return 0;
    FUZZ_CHECK(frond_pipe_pair(&o, &a, &b) == 0);
    frond_stream *s = *(frond_stream **)(void *)a; /* its stream comes first */
    for (size_t at = 1, n; at < size; at += n) {
        n = data[0] & 1 ? size - at : 1 + fuzz_next(&state) % 40;
        n = n < size - at ? n : size - at;
        char *piece = fuzz_copy(data + at, n);
        FUZZ_CHECK(frond_write(s, piece, n, NULL, FROND_NEVER) == 0);
        free(piece);
        if (data[0] & 2)
            receive(b, &state);
    }
    frond_pipe_free(a);
    receive_to_the_end(b, &state);
    frond_pipe_free(b);
    return 0;
}
