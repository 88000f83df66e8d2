/* SPDX-License-Identifier: MIT */
/* Many streams found ready by one poll: their greenlets are woken a few at a time, and what happens to the rest
 * meanwhile. */
#include "net.h"

enum { MANY = 200 /* fewer than a greenlet may write in a row */, MOST = 1100 };

typedef struct {
    frond_stream *in, *out;
    frond_greenlet *g;
    int64_t got;
} one;

static one all[MOST];
static int n_all, first;       /* whose turn came first */
static void (*at_first)(void); /* what that one does */

static void *read_one(void *arg) {
    one *o = arg;
    char c[4];
    o->got = frond_read(o->in, c, sizeof c, FROND_NEVER);
    if (first < 0) {
        first = (int)(o - all);
        if (at_first)
            at_first();
    }
    return NULL;
}

/* All wait, and all have something to read by the next poll.  Of more than MANY as many as may be open. */
static void begin(int n, void (*at)(void)) {
    first = -1;
    at_first = at;
    for (n_all = 0; n_all < n; n_all++) {
        one *o = &all[n_all];
        int rc = frond_stream_pair(&o->in, &o->out);
        if (rc == FROND_EMFILE && n_all >= MANY)
            break;
        CHECK_INT(rc, 0);
        o->got = -9999;
        o->g = frond_spawn(read_one, o);
    }
    for (int i = 0; i < n_all; i++)
        while (frond_greenlet_state(all[i].g) != FROND_WAITING)
            frond_yield();
    frond_sleep(1);
    for (int i = 0; i < n_all; i++)
        CHECK_INT(frond_write(all[i].out, "abc", 3, NULL, FROND_NOW), 0);
}

static void end(void) {
    for (int i = 0; i < n_all; i++) {
        CHECK_INT(frond_join(all[i].g, frond_in(20000)), 0);
        frond_release(all[i].g);
        frond_stream_free(all[i].in);
        frond_stream_free(all[i].out);
    }
}

static void each_is_woken(void) {
    for (int round = 0; round < 2; round++) {
        begin(round ? MANY : MOST, NULL); /* or more than one poll reports */
        for (int i = 0; i < n_all; i++)
            CHECK_INT(frond_join(all[i].g, frond_in(20000)), 0);
        for (int i = 0; i < n_all; i++)
            CHECK_INT(all[i].got, 3);
        end();
    }
}

static void close_all(void) {
    for (int i = 0; i < n_all; i++)
        CHECK_INT(frond_close(all[i].in), 0);
}

/* Those not woken yet learn of the close; none reads from another's descriptor. */
static void closed_by_the_first(void) {
    begin(MANY, close_all);
    end();
    for (int i = 0; i < MANY; i++)
        CHECK(all[i].got == (i == first ? 3 : FROND_ECLOSED));
}

static void free_all(void) {
    for (int i = 0; i < n_all; i++) {
        frond_stream_free(all[i].in);
        all[i].in = NULL;
    }
}

static void freed_by_the_first(void) {
    begin(MANY, free_all);
    end();
    for (int i = 0; i < MANY; i++)
        CHECK(all[i].got == (i == first ? 3 : FROND_ECLOSED));
}

static void kill_all(void) {
    for (int i = 0; i < n_all; i++)
        if (i != first)
            CHECK_INT(frond_kill(all[i].g, FROND_EXIT, FROND_NOW) <= 0, 1);
}

/* What the killed have not read is there for the next. */
static void killed_by_the_first(void) {
    char c[4];
    begin(MANY, kill_all);
    for (int i = 0; i < MANY; i++)
        CHECK_INT(frond_join(all[i].g, frond_in(20000)), 0);
    for (int i = 0; i < MANY; i++) {
        if (all[i].got == FROND_ECANCELED)
            all[i].got = frond_read(all[i].in, c, sizeof c, frond_in(20000));
        CHECK_INT(all[i].got, 3);
    }
    end();
}

static void read_all(void) {
    char c[4];
    for (int i = 0; i < n_all; i++)
        if (i != first)
            CHECK_INT(frond_receive(all[i].in, c, 3, 0, FROND_NOW), FROND_EBUSY);
}

/* Nobody else may read before those who wait. */
static void not_taken_by_the_first(void) {
    begin(MANY, read_all);
    end();
    for (int i = 0; i < MANY; i++)
        CHECK_INT(all[i].got, 3);
}

/* The hub closes when the first few have run: main is one of them. */
static void the_hub_closes(void) {
    char c[4];
    begin(MANY, NULL);
    frond_stream *a, *b;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_write(b, "abc", 3, NULL, FROND_NOW), 0);
    CHECK_INT(frond_read(a, c, sizeof c, FROND_NEVER), 3);
    for (int i = 0; i < MANY; i++)
        frond_release(all[i].g);
    CHECK_INT(frond_hub_close(frond_in(20000)), 0);
    for (int i = 0; i < MANY; i++) {
        CHECK(all[i].got == 3 || all[i].got == FROND_ECANCELED);
        frond_stream_free(all[i].in);
        frond_stream_free(all[i].out);
    }
    frond_stream_free(a);
    frond_stream_free(b);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"each is woken", each_is_woken},
                                      {"closed by the first", closed_by_the_first},
                                      {"freed by the first", freed_by_the_first},
                                      {"killed by the first", killed_by_the_first},
                                      {"not taken by the first", not_taken_by_the_first},
                                      {"the hub closes", the_hub_closes},
                                      {NULL, NULL}};
    return test_main("found", tests, argc, argv);
}
