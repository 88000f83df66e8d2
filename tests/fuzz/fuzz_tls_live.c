/* SPDX-License-Identifier: MIT */
/* A conversation of two of ours, with somebody in between who drops, repeats, swaps, bends, cuts and splices records,
 * in both directions.  It ends within its deadlines, with errors that have words or without; what arrives is what was
 * sent, and an end is one only after all of it; nothing is left.  Input: a byte for the version, the transport and
 * the size of the pieces, then four bytes for each thing that is done. */
#include "fuzz.h"

#include "net/pipe.h"
#include "tls/certificates.h"
#include <frond/sdk.h>
#include <frond/tls.h>

/* ---- who does what ---- */

enum { DROP, TWICE, LATER, BEND, CUT, SPLICE, INSERT, RESIZE, ACTS };
enum { ACT = 4, MOST_ACTS = 16, LARGEST = 5 + 65535 };

/* One act: whose records (0: the client's), which of them, what, and where in it. */
#define DO(whose, act, record, at) (whose) << 4 | (act), record, (at) >> 8, (at)&255
static const unsigned char first_inputs[][1 + 2 * ACT] = {
    {0, DO(0, DROP, 0, 0), DO(1, DROP, 1, 0)},
    {1, DO(1, TWICE, 1, 0), DO(0, TWICE, 3, 0)},
    {2, DO(0, LATER, 2, 0), DO(1, LATER, 3, 0)},
    {3, DO(1, BEND, 0, 50), DO(0, BEND, 4, 9)},
    {4, DO(0, CUT, 3, 20), DO(1, SPLICE, 5, 30)},
    {5, DO(1, RESIZE, 2, 3), DO(0, INSERT, 1, 7)},
    {0, DO(0, DROP, 4, 0), DO(0, LATER, 5, 0)},
    {1, DO(0, TWICE, 4, 0), DO(1, TWICE, 6, 0)},
};

#define SEED(i)                                                                          \
    { (const char *)first_inputs[i], sizeof first_inputs[i] }
const fuzz_seed fuzz_seeds[] = {SEED(0), SEED(1), SEED(2), SEED(3),       SEED(4),
                                SEED(5), SEED(6), SEED(7), FUZZ_SEEDS_END};

typedef struct {
    const uint8_t *acts;
    size_t n;
} script;

typedef struct {
    frond_stream *from, *to;
    const script *script;
    int whose;
    unsigned char record[LARGEST], kept[LARGEST]; /* kept: to be sent after the next */
    size_t len, kept_len;
} relay;

static void pass_on(relay *r, const void *data, size_t len) {
    frond_write(r->to, data, len, NULL, FROND_NEVER);
}

/* Returns whether the record is still to be sent. */
static bool act(relay *r, int what, size_t at) {
    static unsigned char other[64];
    size_t where = at % r->len;
    switch (what) {
    case TWICE:
        pass_on(r, r->record, r->len);
        return true;
    case LATER:
        memcpy(r->kept, r->record, r->kept_len = r->len);
        return false;
    case BEND:
        r->record[where] ^= (unsigned char)(1 << (at >> 8 & 7));
        return true;
    case CUT:
        r->len = where;
        return where > 0;
    case SPLICE: /* a part of what was last spliced takes the place of this one's */
        for (size_t i = where; i < r->len && i - where < sizeof other; i++) {
            unsigned char was = r->record[i];
            r->record[i] = other[i - where];
            other[i - where] = was;
        }
        return true;
    case INSERT:
        pass_on(r, r->record + where, r->len - where);
        return true;
    case RESIZE:
        r->record[3 + (at & 1)] = (unsigned char)(at >> 8);
        return true;
    default:
        return false;
    }
}

static void disturb(relay *r, size_t number) {
    bool sends = true;
    size_t kept = r->kept_len;
    for (size_t i = 0; sends && i < r->script->n; i++) {
        const uint8_t *a = r->script->acts + i * ACT;
        if ((a[0] >> 4 & 1) == r->whose && a[1] == number)
            sends = act(r, (a[0] & 15) % ACTS, (size_t)a[2] << 8 | a[3]);
    }
    if (sends)
        pass_on(r, r->record, r->len);
    if (kept && kept == r->kept_len) {
        pass_on(r, r->kept, kept);
        r->kept_len = 0;
    }
}

static void *run_relay(void *arg) {
    relay *r = arg;
    size_t number = 0;
    while (frond_read_exact(r->from, r->record, 5, NULL, FROND_NEVER) == 0) {
        size_t body = (size_t)r->record[3] << 8 | r->record[4];
        if (frond_read_exact(r->from, r->record + 5, body, NULL, FROND_NEVER) < 0)
            break;
        r->len = 5 + body;
        disturb(r, number++);
    }
    frond_shutdown(r->to, FROND_NEVER);
    return NULL;
}

/* ---- the two ---- */

enum { MESSAGES = 4, LENGTH = 300, TOTAL = MESSAGES * LENGTH };

static frond_tls_context
    *contexts[2][2]; /* of clients and servers; all versions, TLS 1.2 */

static void make_contexts(void) {
    certificate c;
    certificate_make(&c, "a", "DNS:a.test", -1, 9000, 0, NULL);
    for (int i = 0; i < 2; i++) {
        frond_tls_options client = {.ca_pem = c.cert, .no_sessions = 1};
        frond_tls_options server = {.cert_pem = c.cert, .key_pem = c.key};
        client.highest = server.highest = i ? FROND_TLS_1_2 : FROND_TLS_ANY;
        FUZZ_CHECK(frond_tls_context_new(&client, &contexts[0][i]) == 0);
        FUZZ_CHECK(frond_tls_context_new(&server, &contexts[1][i]) == 0);
    }
    certificate_free(&c);
}

typedef struct {
    frond_stream *under;
    frond_tls_context *context;
    bool client;
    bool heard_all; /* and the end after it */
} side;

static void check_failed(int rc) {
    FUZZ_CHECK(frond_error_code() == rc && *frond_error_text());
}

static unsigned char byte_at(bool client, size_t i) {
    return (unsigned char)(i * 7 + (i >> 8) + client);
}

static void *send_all(void *arg) {
    frond_stream *s = ((frond_stream **)arg)[0];
    bool client = ((frond_stream **)arg)[1] != NULL;
    unsigned char data[LENGTH];
    int rc = 0;
    for (size_t k = 0; rc == 0 && k < MESSAGES; k++) {
        for (size_t i = 0; i < LENGTH; i++)
            data[i] = byte_at(client, k * LENGTH + i);
        rc = frond_write(s, data, LENGTH, NULL, frond_in(1000));
        if (rc == 0 && k == 1 && client) {
            int keys = frond_tls_new_keys(s, 1, frond_in(1000));
            rc = keys == FROND_ENOTSUP ? 0 : keys;
        }
    }
    if (rc == 0)
        rc = frond_shutdown(s, frond_in(1000));
    if (rc < 0)
        check_failed(rc);
    return NULL;
}

static bool receive_all(frond_stream *s, bool client) {
    unsigned char data[1000];
    size_t got = 0;
    int64_t n;
    while ((n = frond_read(s, data, sizeof data, frond_in(1000))) > 0)
        for (int64_t i = 0; i < n; i++)
            FUZZ_CHECK(data[i] == byte_at(!client, got++));
    FUZZ_CHECK(n < 0 || got == TOTAL);
    if (n < 0)
        check_failed((int)n);
    return n == 0;
}

static void *talk(void *arg) {
    side *me = arg;
    frond_stream *s = NULL;
    int rc = me->client
                 ? frond_tls_client(me->under, "a.test", me->context, &s, frond_in(1000))
                 : frond_tls_server(me->under, me->context, &s, frond_in(1000));
    if (rc < 0) {
        check_failed(rc);
        frond_stream_free(me->under);
        return NULL;
    }
    frond_stream *sender[] = {s, me->client ? s : NULL};
    frond_greenlet *g = frond_spawn(send_all, sender);
    me->heard_all = receive_all(s, me->client);
    FUZZ_CHECK(frond_join(g, FROND_NEVER) == 0);
    frond_release(g);
    frond_stream_free(s);
    return NULL;
}

/* ---- memory ---- */

static long live;

static void *resize(void *block, size_t size, void *user) {
    (void)user;
    void *moved = realloc(block, size);
    live += moved && !block;
    return moved;
}

static void release(void *block, void *user) {
    (void)user;
    live -= block != NULL;
    free(block);
}

static void prepare(void) {
    static const frond_allocator counting = {.resize = resize, .release = release};
    FUZZ_CHECK(frond_allocator_set(&counting) == 0);
    frond_clock_virtual(1);
    make_contexts();
}

/* ---- one conversation ---- */

static void converse(uint8_t kind, uint32_t seed, const script *acts) {
    static relay relays[2];
    pipe_end *ends[4]; /* client's, the other end of that, another, server's */
    frond_greenlet *g[4];
    bool direct = kind >> 1 & 1, small = kind >> 2 & 1;
    pipe_open(direct, small ? seed | 1 : 0, &ends[0], &ends[1]);
    pipe_open(direct, small ? seed * 3 | 1 : 0, &ends[2], &ends[3]);
    side client = {&ends[0]->base, contexts[0][kind & 1], true, false};
    side server = {&ends[3]->base, contexts[1][kind & 1], false, false};
    for (int i = 0; i < 2; i++) {
        relays[i].from = &ends[1 + i]->base;
        relays[i].to = &ends[2 - i]->base;
        relays[i].script = acts;
        relays[i].whose = i;
        relays[i].kept_len = 0;
        g[i] = frond_spawn(run_relay, &relays[i]);
        g[2 + i] = frond_spawn(talk, i ? &server : &client);
    }
    for (int i = 0; i < 4; i++) {
        FUZZ_CHECK(frond_join(g[i], FROND_NEVER) == 0);
        frond_release(g[i]);
    }
    FUZZ_CHECK(acts->n || (client.heard_all && server.heard_all));
    frond_stream_free(&ends[1]->base);
    frond_stream_free(&ends[2]->base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static long before;
    if (!contexts[0][0])
        prepare();
    if (size < 1)
        return 0;
    script acts = {data + 1, (size - 1) / ACT};
    if (acts.n > MOST_ACTS)
        acts.n = MOST_ACTS;
    int64_t start = frond_now();
    converse(data[0], fuzz_hash(data, size), &acts);
    FUZZ_CHECK(frond_now() - start < INT64_C(20000000000));
    FUZZ_CHECK(frond_hub_close(frond_in(1000)) == 0);
    FUZZ_CHECK(before == 0 || live == before);
    before = live;
    return 0;
}
