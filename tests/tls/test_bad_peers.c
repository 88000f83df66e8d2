/* SPDX-License-Identifier: MIT */
/* Peers of a handshake that are no TLS, another TLS, or stop: each is told apart, in an error that has a name and
 * words, within the deadline, and the stream beneath is left to whoever had it. */
#include "support.h"

#include "link.h"
#include "net/pipe.h"
#include <frond/net.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static frond_tls_context *trusting, *serving;

static void begin(void) {
    link_certificates();
    frond_tls_options o = {.ca_pem = link_ca.cert, .no_sessions = 1};
    CHECK_INT(frond_tls_context_new(&o, &trusting), 0);
    serving = link_serving(&link_good);
}

static void end(void) {
    frond_tls_context_free(trusting);
    frond_tls_context_free(serving);
    link_certificates_free();
}

/* ---- what a peer says first, and then no more ---- */

typedef struct {
    const char *says;
    size_t len;
    bool stays; /* else it closes */
    int code[2];
    const char *words[2]; /* at a server, at a client; NULL: it is left out */
} row;

static void check_sentence(const char *text, bool client, const char *words) {
    char sentence[200];
    snprintf(sentence, sizeof sentence, "tls handshake with %s: %s",
             client ? "good.test" : "client", words);
    CHECK_TEXT(text, sentence);
}

static void hear(const row *r, bool client, bool direct) {
    frond_stream *s = NULL;
    pipe_end *honest, *other;
    if (!r->words[client])
        return;
    pipe_open(direct, 0, &honest, &other);
    pipe_inject(honest, r->says, r->len);
    if (!r->stays)
        CHECK_INT(frond_shutdown(&other->base, FROND_NOW), 0);
    int64_t start = frond_now();
    int rc =
        client ? frond_tls_client(&honest->base, "good.test", trusting, &s, frond_in(50))
               : frond_tls_server(&honest->base, serving, &s, frond_in(50));
    CHECK_INT(rc, r->code[client]);
    CHECK_INT(frond_now() - start, rc == FROND_ETIMEDOUT ? 50000000 : 0);
    check_sentence(frond_error_text(), client, r->words[client]);
    CHECK(s == NULL);
    CHECK(!honest->base.closed);
    CHECK_INT(frond_write(&honest->base, "x", 1, NULL, FROND_NOW), 0);
    frond_stream_free(&honest->base);
    frond_stream_free(&other->base);
}

enum {
    PROTOCOL = FROND_ETLS_PROTOCOL,
    CUT = FROND_ETLS_TRUNCATED,
    LATE = FROND_ETIMEDOUT
};

#define BOTH(value)                                                                      \
    { value, value }
#define TEXT(text) text, sizeof(text) - 1
#define RANDOM "01234567890123456789012345678901"
#define OLD_HELLO(minor) "\x16\3\1\0\x2d\1\0\0\x29\3" minor RANDOM "\0\0\2\xc0\x09\1\0"
#define OLD_ANSWER(minor) "\x16\3" minor "\0\x2a\2\0\0\x26\3" minor RANDOM "\0\xc0\x09\0"

static void test_first_words(void) {
    static const char version[] = "wrong version number", late[] = "timed out",
                      early[] = "unexpected message",
                      cut[] = "the peer closed the connection in the handshake";
    static char large[20000] = "\x16\3\3\x4e\x1b\1";
    const row rows[] = {
        {TEXT(""), true, BOTH(LATE), BOTH(late)},
        {TEXT(""), false, BOTH(CUT), BOTH(cut)},
        {TEXT("\x16"), true, BOTH(LATE), BOTH(late)},
        {TEXT("\x16\3\1\2\0\1\0\1\xfc\3\3 and so on and on"), true, BOTH(LATE),
         BOTH(late)},
        {TEXT("\x16\3\1\2\0\1\0\1\xfc\3\3 and so on and on"), false, BOTH(CUT),
         BOTH(cut)},
        /* other protocols */
        {TEXT("HTTP/1.1 400 Bad Request\r\n\r\n"), true, BOTH(PROTOCOL), BOTH(version)},
        {TEXT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), true, BOTH(PROTOCOL),
         BOTH("http request")},
        {TEXT("POST /"), true, BOTH(PROTOCOL), BOTH("http request")},
        {TEXT("CONNECT x:443 HTTP/1.1\r\n\r\n"), true, BOTH(PROTOCOL),
         BOTH("https proxy request")},
        {TEXT("220 mail.example.org ESMTP ready\r\n"), true, BOTH(PROTOCOL),
         BOTH(version)},
        {TEXT("SSH-2.0-OpenSSH_9.2\r\n"), true, BOTH(PROTOCOL), BOTH(version)},
        {TEXT("\0\0\0\0\0\0\0\0\0\0\0\0"), true, BOTH(PROTOCOL), BOTH(version)},
        {TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), true, BOTH(PROTOCOL),
         BOTH(version)},
        /* TLS of other versions */
        {TEXT("\x80\x2e\1\0\2\0\x15\0\0\0\x10"), true, {LATE, PROTOCOL}, {late, version}},
        {TEXT(OLD_HELLO("\0")), true, BOTH(PROTOCOL), {"version too low", early}},
        {TEXT(OLD_HELLO("\1")), true, BOTH(PROTOCOL), {"unsupported protocol", early}},
        {TEXT(OLD_HELLO("\2")), true, BOTH(PROTOCOL), {"unsupported protocol", early}},
        {TEXT(OLD_ANSWER("\1")), true, BOTH(PROTOCOL), {early, "unsupported protocol"}},
        {TEXT(OLD_ANSWER("\2")), true, BOTH(PROTOCOL), {early, "unsupported protocol"}},
        {TEXT(OLD_ANSWER("\5")), true, BOTH(PROTOCOL), {early, "unsupported protocol"}},
        /* records that are none */
        {large, sizeof large, true, BOTH(PROTOCOL), BOTH("packet length too long")},
        {TEXT("\x16\3\1\xff\xff"), true, BOTH(PROTOCOL), BOTH("packet length too long")},
        {TEXT("\x16\3\1\0\0\x16\3\1\0\0\x16\3\1\0\0"), true, BOTH(LATE), BOTH(late)},
        {TEXT("\x63\3\1\0\2xx"), true, BOTH(PROTOCOL), BOTH(early)},
        {TEXT("\x17\3\3\0\5hello"), true, BOTH(PROTOCOL), BOTH(early)},
        {TEXT("\x14\3\3\0\1\1"), true, BOTH(PROTOCOL), BOTH(early)},
        {TEXT("\x14\3\3\0\1\2"), true, BOTH(PROTOCOL), BOTH("bad change cipher spec")},
        {TEXT("\x16\3\1\0\4\0\0\0\0"), true, {PROTOCOL, LATE}, {early, late}},
        {TEXT("\x16\3\1\0\4\x14\0\0\0"), true, BOTH(PROTOCOL), BOTH(early)},
        {TEXT("\x16\3\1\0\4\1\xff\xff\xff"),
         true,
         BOTH(PROTOCOL),
         {"excessive message size", early}},
        {TEXT("\x16\3\1\0\4\2\xff\xff\xff"),
         true,
         BOTH(PROTOCOL),
         {early, "excessive message size"}},
        {TEXT("\x16\3\1\0\4\1\0\0\0"), true, BOTH(PROTOCOL), {"length too short", early}},
        {TEXT("\x16\3\1\0\4\2\0\0\0"), true, BOTH(PROTOCOL), {early, "length mismatch"}},
        {TEXT("\x15\3\1\0\1\2"), true, BOTH(PROTOCOL), {early, "invalid alert"}},
        {TEXT("\x15\3\1\0\2\1\0"), true, {PROTOCOL, CUT}, {early, "closed"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int kind = 0; kind < 4; kind++)
            hear(&rows[i], kind & 1, kind >> 1);
}

/* ---- alerts in the place of a first answer ---- */

static void test_first_alerts(void) {
    for (int number = 0; number < 256; number++) {
        char alert[] = {0x15, 3, 3, 0, 2, 2, (char)number}, own[20];
        const char *words = ERR_reason_error_string(
            ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + number));
        snprintf(own, sizeof own, "alert %d", number);
        row r = {alert,
                 sizeof alert,
                 true,
                 {FROND_ETLS_PROTOCOL, FROND_ETLS_ALERT},
                 {"unexpected message", words ? words : own}};
        hear(&r, true, number % 2);
        hear(&r, false, number % 2);
    }
}

/* ---- plain ports ---- */

static void *echo(void *stream) {
    char buf[600];
    int64_t n;
    while ((n = frond_read(stream, buf, sizeof buf, FROND_NEVER)) > 0)
        if (frond_write(stream, buf, (size_t)n, NULL, FROND_NEVER) < 0)
            break;
    return NULL;
}

/* TLS to somebody who says everything back. */
static void test_plain_echo(void) {
    for (int kind = 0; kind < LINKS; kind++) {
        frond_stream *a, *b, *s = NULL;
        link_open(kind, &a, &b);
        frond_greenlet *g = frond_spawn(echo, b);
        CHECK_INT(frond_tls_client(a, "good.test", trusting, &s, frond_in(20000)),
                  PROTOCOL);
        check_sentence(frond_error_text(), true, "unexpected message");
        frond_stream_free(a);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        frond_release(g);
        frond_stream_free(b);
    }
}

/* ---- byte by byte ---- */

static void *talk(void *arg) {
    link_side *side = arg;
    char buf[5] = "hello";
    link_handshake(side);
    CHECK_INT(side->rc, 0);
    if (side->rc < 0)
        return NULL;
    if (side->host)
        CHECK_INT(frond_write(side->tls, buf, 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read_exact(side->tls, buf, 5, NULL, frond_in(20000)), 0);
    CHECK(memcmp(buf, "hello", 5) == 0);
    if (!side->host)
        CHECK_INT(frond_write(side->tls, buf, 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_tls_close(side->tls, frond_in(20000)), 0);
    frond_stream_free(side->tls);
    return NULL;
}

/* No call gets or gives more than one byte: a handshake, an exchange and both goodbyes are as ever. */
static void test_byte_by_byte(void) {
    for (int direct = 0; direct < 2; direct++) {
        pipe_end *a, *b;
        pipe_open(direct, 0, &a, &b);
        a->most = b->most = 1;
        link_side client = {.under = &a->base,
                            .host = "good.test",
                            .context = trusting,
                            .deadline = frond_in(20000)};
        link_side server = {
            .under = &b->base, .context = serving, .deadline = frond_in(20000)};
        frond_greenlet *g = frond_spawn(talk, &client), *h = frond_spawn(talk, &server);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        CHECK_INT(frond_join(h, FROND_NEVER), 0);
        frond_release(g);
        frond_release(h);
    }
}

static const test_case tests[] = {{"first words", test_first_words},
                                  {"first alerts", test_first_alerts},
                                  {"plain echo", test_plain_echo},
                                  {"byte by byte", test_byte_by_byte},
                                  {0}};

int main(int argc, char **argv) {
    test_clock_virtual();
    test_around(begin, end);
    return test_main("bad peers", tests, argc, argv);
}
