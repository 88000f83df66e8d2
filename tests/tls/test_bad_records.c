/* SPDX-License-Identifier: MIT */
/* Peers that make an honest handshake and then say what no TLS may, or too much of what it may, rightly encrypted: each
 * ends in an error that has a name and words, or does no harm; the next calls behave, others get their turns, and what
 * is kept for the peer is bounded. */
#include "support.h"

#include "link.h"
#include "net/pipe.h"
#include "villain.h"
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static frond_tls_context *trusting, *serving;

static void begin(void) {
    link_certificates();
    frond_tls_options c = {.ca_pem = link_ca.cert, .no_sessions = 1},
                      s = {.no_sessions = 1};
    s.cert_pem = link_good.cert;
    s.key_pem = link_good.key;
    CHECK_INT(frond_tls_context_new(&c, &trusting), 0);
    CHECK_INT(frond_tls_context_new(&s, &serving), 0);
}

static void end(void) {
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
    link_certificates_free();
}

/* ---- an honest one, and one that is not ---- */

typedef struct {
    frond_stream *tls; /* the honest side's */
    villain bad;
    pipe_end *honest_end, *bad_end;
} meeting;

enum { KINDS = 8 };

static bool is_client(int kind) {
    return kind & 1;
}

static bool is_old(int kind) {
    return kind >> 1 & 1;
}

/* The honest one is client or server, of TLS 1.2 or 1.3, straight or through buffers. */
static void meet(meeting *m, int kind) {
    *m = (meeting){0};
    pipe_open(kind >> 2 & 1, 0, &m->honest_end, &m->bad_end);
    link_side honest = {.under = &m->honest_end->base,
                        .host = is_client(kind) ? "good.test" : NULL,
                        .context = is_client(kind) ? trusting : serving,
                        .deadline = frond_in(20000)};
    m->bad = (villain){
        .under = &m->bad_end->base, .client = !is_client(kind), .old = is_old(kind)};
    frond_greenlet *g = frond_spawn(link_handshake, &honest);
    frond_greenlet *h = frond_spawn(villain_shakes_hands, &m->bad);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(frond_join(h, FROND_NEVER), 0);
    frond_release(g);
    frond_release(h);
    CHECK_INT(honest.rc, 0);
    CHECK(m->bad.done);
    m->tls = honest.tls;
}

static void part(meeting *m) {
    frond_stream_free(m->tls);
    frond_stream_free(m->bad.under);
    villain_free(&m->bad);
}

static int64_t read_some(meeting *m) {
    char buf[20000];
    return frond_read(m->tls, buf, sizeof buf, frond_in(20));
}

/* After an error all goes on failing; after none, all goes on. */
static void check_next(meeting *m, int64_t n) {
    bool fine = n >= 0 || n == FROND_ETIMEDOUT;
    CHECK_INT(frond_write(m->tls, "x", 1, NULL, frond_in(20)),
              fine ? 0 : FROND_ETLS_PROTOCOL);
    if (!fine)
        CHECK_HAS(frond_error_text(), "the connection failed before");
    CHECK_INT(read_some(m), n == 0 ? 0 : fine ? FROND_ETIMEDOUT : FROND_ETLS_PROTOCOL);
}

static void check_words(int kind, const char *words) {
    char sentence[200];
    snprintf(sentence, sizeof sentence, "tls read from %s: %s",
             is_client(kind) ? "good.test" : "client", words);
    CHECK_TEXT(frond_error_text(), sentence);
}

/* ---- one record ---- */

typedef struct {
    const char *what;
    int type;
    const char *data; /* NULL: zeros */
    size_t len;
    int times;
    const char *
        words[2]
             [2]; /* of TLS 1.3, of 1.2; at a server, at a client; NULL: it is left out */
} row;

#define BOTH(words)                                                                      \
    { words, words }
#define ALL(words)                                                                       \
    { BOTH(words), BOTH(words) }
#define HELLO                                                                            \
    "\x26\3\3"                                                                           \
    "01234567890123456789012345678901\0\0\0"

static const char *const fine = "timed out";

static void say(const row *r, int kind) {
    static char zeros[40000];
    meeting m;
    const char *words = r->words[is_old(kind)][is_client(kind)];
    if (!words)
        return;
    meet(&m, kind);
    for (int i = 0; i < r->times; i++)
        villain_says(&m.bad, r->type, r->data ? r->data : zeros, r->len);
    int64_t n = read_some(&m);
    CHECK_INT(n, words == fine ? FROND_ETIMEDOUT : FROND_ETLS_PROTOCOL);
    check_words(kind, words);
    if (strcmp(frond_error_text() + strlen(frond_error_text()) - strlen(words), words))
        fprintf(stderr, "    that was: %s\n", r->what);
    check_next(&m, n);
    part(&m);
}

static const char early[] = "unexpected message";

static const row rows[] = {
    {"empty data", 23, "", 0, 1, ALL(fine)},
    {"a flood of it", 23, "", 0, 100, ALL("record too small")},
    {"17,000 bytes", 23, NULL, 17000, 1, ALL("packet length too long")},
    {"30,000 bytes", 23, NULL, 30000, 1, ALL("packet length too long")},
    {"16,385 bytes", 23, NULL, 16385, 1, ALL("data length too long")},
    {"unknown type",
     99,
     "xx",
     2,
     1,
     {BOTH("bad record type"), BOTH("unexpected record")}},
    {"heartbeat",
     24,
     "\1\0\0",
     3,
     1,
     {BOTH("bad record type"), BOTH("unexpected record")}},
    {"type 0", 0, "x", 1, 1, {BOTH("bad record type"), BOTH("unexpected record")}},
    {"change of ciphers",
     20,
     "\1",
     1,
     1,
     {BOTH("bad record type"), BOTH("ccs received early")}},
    {"empty handshake", 22, "", 0, 1, {BOTH("bad length"), BOTH(fine)}},
    {"a flood of it", 22, "", 0, 100, {BOTH("bad length"), BOTH("record too small")}},
    {"empty alert", 21, "", 0, 1, {BOTH("bad length"), BOTH("invalid alert")}},
    {"half an alert", 21, "\2", 1, 1, ALL("invalid alert")},
    {"more than an alert", 21, "\2\x28\0", 3, 1, ALL("invalid alert")},
    {"alert of level 3", 21, "\3\x28", 2, 1, {BOTH(NULL), BOTH("unknown alert type")}},
    {"warning", 21, "\1\x29", 2, 1, {BOTH(NULL), BOTH(fine)}},
    {"warnings", 21, "\1\x29", 2, 100, {BOTH(NULL), BOTH("too many warn alerts")}},
    {"user canceled", 21, "\1\x5a", 2, 1, ALL(fine)},
    {"canceled and canceled", 21, "\1\x5a", 2, 100, ALL("too many warn alerts")},
    {"no renegotiation", 21, "\1\x64", 2, 1, {BOTH(NULL), BOTH("no renegotiation")}},
    {"hello request", 22, "\0\0\0\0", 4, 1, {BOTH(early), {early, fine}}},
    {"client's hello", 22, "\1\0\0" HELLO, 42, 1, {BOTH(early), {fine, early}}},
    {"server's hello", 22, "\2\0\0" HELLO, 42, 1, ALL(early)},
    {"finished", 22, "\x14\0\0\x20" HELLO, 36, 1, ALL(early)},
    {"unknown message", 22, "\x4d\0\0\0", 4, 1, ALL(early)},
    {"ticket of garbage",
     22,
     "\4\0\0\6"
     "abcdef",
     10,
     1,
     {{early, "length mismatch"}, BOTH(early)}},
    {"ticket of 16 MB",
     22,
     "\4\xff\xff\xff"
     "abcdef",
     10,
     1,
     {{early, "excessive message size"}, BOTH(early)}},
    {"certificate wanted", 22, "\x0d\0\0\6\0\0\3abc", 10, 1, ALL(early)},
    {"new keys", 22, "\x18\0\0\1\0", 5, 1, {BOTH(fine), BOTH(early)}},
    {"keys of kind 7", 22, "\x18\0\0\1\7", 5, 1, {BOTH("bad key update"), BOTH(early)}},
    {"too long",
     22,
     "\x18\0\0\2\0\0",
     6,
     1,
     {BOTH("excessive message size"), BOTH(early)}},
    {"and more behind",
     22,
     "\x18\0\0\1\0\x18",
     6,
     1,
     {BOTH("not on record boundary"), BOTH(early)}},
};

static void test_records(void) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int kind = 0; kind < KINDS; kind++)
            say(&rows[i], kind);
}

/* A type that is known, wrongly encrypted; what arrived before is read first. */
static void test_wrong_key(void) {
    for (int kind = 0; kind < KINDS; kind++) {
        meeting m;
        meet(&m, kind);
        villain_says(&m.bad, VILLAIN_DATA, "hello", 5);
        m.bad.key[3] ^= 1;
        villain_says(&m.bad, VILLAIN_DATA, "hello", 5);
        CHECK_INT(read_some(&m), 5);
        int64_t n = read_some(&m);
        CHECK_INT(n, FROND_ETLS_PROTOCOL);
        check_words(kind, "decryption failed or bad record mac");
        check_next(&m, n);
        part(&m);
    }
}

/* ---- alerts ---- */

/* Those that OpenSSL has words for are in its words, the others by their numbers; the two that are not of this kind
 * are the goodbye and, with TLS 1.3, the user's change of mind. */
static void alert(int number, int kind) {
    meeting m;
    char bytes[2] = {2, (char)number}, words[20];
    meet(&m, kind);
    villain_says(&m.bad, VILLAIN_ALERT, bytes, 2);
    int64_t n = read_some(&m);
    if (!is_old(kind) && (number == 0 || number == 90)) {
        CHECK_INT(n, number ? FROND_ETIMEDOUT : 0);
    } else {
        CHECK_INT(n, FROND_ETLS_ALERT);
        snprintf(words, sizeof words, ": alert %d", number);
        bool known = ERR_reason_error_string(
            ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + number));
        CHECK_HAS(frond_error_text(), known ? "tls read from " : words);
        CHECK(frond_error_text()[strlen(frond_error_text()) - 1] != ' ');
    }
    check_next(&m, n);
    part(&m);
}

static void test_alerts(void) {
    for (int number = 0; number < 256; number++)
        for (int kind = 0; kind < KINDS; kind++)
            if (kind < 4 || number % 16 == 8)
                alert(number, kind);
}

/* ---- floods ---- */

enum { FLOOD = 8000, ANSWERS = 100000 /* bytes, which is less than one for each */ };

typedef struct {
    villain *bad;
    const char *data;
    size_t len;
    bool turns_key, answered, stopped;
    int turns;
} flood;

static void say_all(flood *f, int times) {
    for (int i = 0; i < times; i++) {
        villain_says(f->bad, VILLAIN_HANDSHAKE, f->data, f->len);
        if (f->turns_key)
            villain_turns_key(f->bad);
    }
}

static void *count_turns(void *arg) {
    flood *f = arg;
    while (!f->stopped && frond_yield() == 0)
        f->turns++;
    return NULL;
}

/* Much has arrived at once: others get their turns while it is read, and of the answers, which nobody reads, few are
 * kept.  Where each has to be answered the reader then waits until they are read. */
static void much_at_once(flood f, int kind) {
    meeting m;
    char buf[10];
    meet(&m, kind);
    f.bad = &m.bad;
    m.honest_end->room = 1000;
    say_all(&f, under_valgrind() ? FLOOD / 10 : FLOOD);
    villain_says(&m.bad, VILLAIN_DATA, "hello", 5);
    frond_greenlet *g = frond_spawn(count_turns, &f);
    int64_t n = frond_read(m.tls, buf, sizeof buf, frond_in(f.answered ? 100 : 20000));
    CHECK(n == 5 || (f.answered && n == FROND_ETIMEDOUT));
    f.stopped = true;
    CHECK(f.answered || under_valgrind() || f.turns > 4);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    m.honest_end->room = PIPE_ALL; /* what was kept goes with the next write */
    CHECK_INT(frond_write(m.tls, "x", 1, NULL, frond_in(20000)), 0);
    CHECK(m.bad_end->len - m.bad_end->at < ANSWERS);
    if (n < 0)
        CHECK_INT(frond_read(m.tls, buf, sizeof buf, frond_in(20000)), 5);
    part(&m);
}

static void *say_on_and_on(void *arg) {
    flood *f = arg;
    while (!f->stopped && frond_yield() == 0)
        say_all(f, under_valgrind() ? 80 : 800); /* a bufferful and more */
    return NULL;
}

/* More has arrived whenever it has been read: the deadline holds all the same. */
static void no_end(flood f, int kind) {
    meeting m;
    char buf[10];
    meet(&m, kind);
    f.bad = &m.bad;
    pipe_limit(m.honest_end, m.bad_end, 10000000);
    frond_greenlet *g = frond_spawn(say_on_and_on, &f);
    int64_t start = frond_now();
    CHECK_INT(frond_read(m.tls, buf, sizeof buf, frond_in(50)), FROND_ETIMEDOUT);
    CHECK((frond_now() - start) / 1000000 < 20000);
    f.stopped = true;
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    part(&m);
}

static const flood floods[] = {
    {.data = "\0\0\0\0", .len = 4},                        /* to clients of TLS 1.2 */
    {.data = "\1\0\0" HELLO, .len = 42},                   /* to its servers */
    {.data = "\x18\0\0\1\0", .len = 5, .turns_key = true}, /* with TLS 1.3 */
    {.data = "\x18\0\0\1\1", .len = 5, .turns_key = true, .answered = true},
};

static void each_flood(void (*one)(flood f, int kind)) {
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < 4; i++)
            if (is_old(kind) ? i == !is_client(kind) : i > 1)
                one(floods[i], kind);
}

static void test_floods(void) {
    test_clock_real();
    each_flood(much_at_once);
}

static void test_floods_without_end(void) {
    test_clock_real();
    each_flood(no_end);
}

static const test_case tests[] = {{"records", test_records},
                                  {"wrong key", test_wrong_key},
                                  {"alerts", test_alerts},
                                  {"floods", test_floods},
                                  {"floods without end", test_floods_without_end},
                                  {0}};

int main(int argc, char **argv) {
    test_clock_virtual();
    test_around(begin, end);
    return test_main("bad records", tests, argc, argv);
}
