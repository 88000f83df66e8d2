/* SPDX-License-Identifier: MIT */
/* Peers that say anything: a client's or a server's handshake with them ends, with an error that has words, and
 * leaves the stream beneath to whoever had it.  Input: a byte for the side, the transport, the version and the size
 * of the pieces, then what the peer says. */
#include "fuzz.h"

#include "net/pipe.h"
#include "tls/certificates.h"
#include <frond/sdk.h>
#include <frond/tls.h>

#define HELLO                                                                            \
    "\x16\x03\x01\x00\x7d\x01\x00\x00\x79\x03\x03"                                       \
    "01234567890123456789012345678901\x00\x00\x06\x13\x01\xc0\x2b\xc0\x2f\x01\x00"       \
    "\x00\x4a\x00\x00\x00\x0b\x00\x09\x00\x00\x06"                                       \
    "a.test\x00\x0a\x00\x04\x00\x02\x00\x1d\x00\x0d\x00\x06\x00\x04\x04\x03\x08\x04"     \
    "\x00\x2b\x00\x03\x02\x03\x04\x00\x10\x00\x05\x00\x03\x02h2"                         \
    "\x00\x33\x00\x0d\x00\x0b\x00\x1d\x00\x07"                                           \
    "0123456"

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\x00" HELLO),
    FUZZ_SEED("\x07" HELLO),
    FUZZ_SEED("\x08\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03"
              "01234567890123456789012345678901\x00\xc0\x2b\x00\x00\x00"),
    FUZZ_SEED("\x0a\x15\x03\x03\x00\x02\x02\x28"),
    FUZZ_SEED("\x01\x15\x03\x03\x00\x02\x01\x00"),
    FUZZ_SEED("\x01\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x05hello"),
    FUZZ_SEED("\x08HTTP/1.1 400 Bad Request\r\n\r\n"),
    FUZZ_SEED("\x00\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"),
    FUZZ_SEEDS_END};

static int choose(const frond_tls_hello *hello, frond_tls_context **c, void *arg,
                  frond_deadline d) {
    size_t n = 0;
    (void)arg;
    (void)d;
    while (hello->alpn[n])
        FUZZ_CHECK(strlen(hello->alpn[n++]) <= 255);
    FUZZ_CHECK(strlen(hello->server_name) <= 255);
    *c = strcmp(hello->server_name, "b.test") == 0 ? frond_tls_context_ref(hello->asked)
                                                   : NULL;
    return 0;
}

static frond_tls_context
    *contexts[2][2]; /* of clients and servers; all versions, TLS 1.2 */

static void make_contexts(void) {
    static const char *const alpn[] = {"h2", NULL};
    certificate c;
    certificate_make(&c, "a", "DNS:a.test", -1, 9000, 0, NULL);
    for (int i = 0; i < 2; i++) {
        frond_tls_options client = {.insecure = 1, .alpn = alpn};
        frond_tls_options server = {
            .cert_pem = c.cert, .key_pem = c.key, .alpn = alpn, .choose = choose};
        client.highest = server.highest = i ? FROND_TLS_1_2 : FROND_TLS_ANY;
        FUZZ_CHECK(frond_tls_context_new(&client, &contexts[0][i]) == 0);
        FUZZ_CHECK(frond_tls_context_new(&server, &contexts[1][i]) == 0);
    }
    certificate_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frond_stream *s = NULL;
    pipe_end *a, *b;
    if (!contexts[0][0])
        make_contexts();
    if (size < 1)
        return 0;
    int version = data[0] & 1, direct = data[0] >> 1 & 1, small = data[0] >> 2 & 1;
    int client = data[0] >> 3 & 1;
    frond_tls_context *c = contexts[!client][version];
    pipe_open(direct, small ? fuzz_hash(data, size) | 1 : 0, &a, &b);
    pipe_inject(a, data + 1, size - 1);
    int rc = client ? frond_tls_client(&a->base, "a.test", c, &s, FROND_NOW)
                    : frond_tls_server(&a->base, c, &s, FROND_NOW);
    FUZZ_CHECK(rc < 0 && s == NULL && !a->base.closed);
    FUZZ_CHECK(frond_error_code() == rc && *frond_error_text());
    frond_stream_free(&a->base);
    frond_stream_free(&b->base);
    return 0;
}
