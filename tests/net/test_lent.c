/* SPDX-License-Identifier: MIT */
/* The buffers that readers of sockets share. */
#include "net.h"

enum { MANY = 40, LONG = 20000 };

typedef struct {
    frond_stream *in, *out;
    frond_reader *reader;
    char seen[LONG + 8];
} one_of_many;

static void *read_lines(void *arg) {
    one_of_many *o = arg;
    char *text;
    int64_t n;
    while ((n = frond_reader_line(o->reader, &text, FROND_NEVER)) >= 0) {
        frond_yield(); /* others read meanwhile, and what it has borrowed stays */
        memcpy(o->seen, text, (size_t)n + 1);
    }
    return NULL;
}

/* Lines of many readers of one thread, in pieces, do not meet in a buffer, and who waits with nothing read has
 * no memory but itself. */
static void buffers_are_lent(void) {
    static one_of_many all[MANY];
    static char text[LONG + 2];
    frond_greenlet *g[MANY];
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(frond_stream_pair(&all[i].in, &all[i].out), 0);
        all[i].reader = frond_reader_new(all[i].in, 0);
        g[i] = frond_spawn(read_lines, &all[i]);
    }
    frond_sleep(1);
    long before = memory_live();
    for (size_t len = 1; len <= LONG; len = len * 3 + 1)
        for (int piece = 0; piece < 2; piece++) {
            size_t half = piece ? len - len / 2 : len / 2;
            for (int i = 0; i < MANY; i++) {
                memset(text, 'a' + (i + (int)len) % 26, half);
                text[half] = '\n';
                CHECK_INT(frond_write(all[i].out, text, half + (piece ? 1 : 0), NULL,
                                      FROND_NEVER),
                          0);
            }
            frond_sleep(1);
            for (int i = 0; piece && i < MANY; i++) {
                CHECK_INT(strlen(all[i].seen), len);
                CHECK_INT(all[i].seen[0], 'a' + (i + (int)len) % 26);
                CHECK_INT(all[i].seen[len - 1], all[i].seen[0]);
            }
        }
    CHECK_INT(frond_write(all[0].out, "x\n", 2, NULL, FROND_NEVER), 0);
    for (int i = 0; i < MANY; i++)
        CHECK_INT(frond_write(all[i].out, "last\n", 5, NULL, FROND_NEVER), 0);
    frond_sleep(1);
    CHECK(memory_live() - before < MANY / 2); /* the few that are kept to be lent */
    for (int i = 0; i < MANY; i++) {
        CHECK_TEXT(all[i].seen, "last");
        frond_shutdown(all[i].out, FROND_NEVER);
        CHECK_INT(frond_join(g[i], FROND_NEVER), 0);
        frond_release(g[i]);
        frond_reader_free(all[i].reader);
        frond_stream_free(all[i].in);
        frond_stream_free(all[i].out);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"buffers are lent", buffers_are_lent}, {0}};
    test_clock_virtual();
    return test_main("lent", tests, argc, argv);
}
