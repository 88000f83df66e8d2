/* SPDX-License-Identifier: MIT */
#include "villain.h"

#include "link.h"
#include "support.h"
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum { SECRET = 48, MOST = 40000 /* bytes in a record */ };

static unsigned char secret[SECRET]; /* that of who shakes hands now, in writing */
static const char *wanted;           /* its name in a key log */

static void must(bool holds) {
    if (!holds)
        abort();
}

/* ---- keys ---- */

static void note_secret(const SSL *ssl, const char *line) {
    (void)ssl;
    if (strncmp(line, wanted, strlen(wanted)) != 0)
        return;
    long n;
    unsigned char *bytes = OPENSSL_hexstr2buf(strrchr(line, ' ') + 1, &n);
    must(bytes && n <= SECRET);
    memcpy(secret, bytes, (size_t)n);
    OPENSSL_free(bytes);
}

/* HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1), with an empty context. */
static void expand(const char *label, unsigned char *out, size_t len) {
    unsigned char info[64] = {0, (unsigned char)len};
    size_t n = strlen(label), most = len;
    info[2] = (unsigned char)(6 + n);
    memcpy(info + 3, "tls13 ", 6);
    memcpy(info + 9, label, n);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    must(c && EVP_PKEY_derive_init(c) > 0 &&
         EVP_PKEY_CTX_set_hkdf_mode(c, EVP_PKEY_HKDEF_MODE_EXPAND_ONLY) > 0 &&
         EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) > 0 &&
         EVP_PKEY_CTX_set1_hkdf_key(c, secret, 32) > 0 &&
         EVP_PKEY_CTX_add1_hkdf_info(c, info, (int)(10 + n)) > 0 &&
         EVP_PKEY_derive(c, out, &most) > 0);
    EVP_PKEY_CTX_free(c);
}

/* The key block of TLS 1.2 with AES-128-GCM (RFC 5246, 6.3): two keys, two salts. */
static void expand_old(villain *v) {
    unsigned char seed[64], block[40];
    size_t n = sizeof block;
    SSL_get_server_random(v->ssl, seed, 32);
    SSL_get_client_random(v->ssl, seed + 32, 32);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_TLS1_PRF, NULL);
    must(c && EVP_PKEY_derive_init(c) > 0 &&
         EVP_PKEY_CTX_set_tls1_prf_md(c, EVP_sha256()) > 0 &&
         EVP_PKEY_CTX_set1_tls1_prf_secret(c, secret, SECRET) > 0 &&
         EVP_PKEY_CTX_add1_tls1_prf_seed(c, (const unsigned char *)"key expansion", 13) >
             0 &&
         EVP_PKEY_CTX_add1_tls1_prf_seed(c, seed, 64) > 0 &&
         EVP_PKEY_derive(c, block, &n) > 0);
    EVP_PKEY_CTX_free(c);
    memcpy(v->key, block + (v->client ? 0 : 16), 16);
    memcpy(v->iv, block + (v->client ? 32 : 36), 4);
}

static void make_keys(villain *v) {
    v->sequence = v->old; /* TLS 1.2: its Finished was the first */
    if (v->old) {
        expand_old(v);
    } else {
        expand("key", v->key, sizeof v->key);
        expand("iv", v->iv, sizeof v->iv);
    }
}

void villain_turns_key(villain *v) {
    unsigned char next[32];
    expand("traffic upd", next, sizeof next);
    memcpy(secret, next, sizeof next);
    make_keys(v);
}

/* ---- the handshake ---- */

static SSL_CTX *make_context(const villain *v) {
    int version = v->old ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *c = SSL_CTX_new(TLS_method());
    must(c && SSL_CTX_set_min_proto_version(c, version) &&
         SSL_CTX_set_max_proto_version(c, version) &&
         SSL_CTX_set_cipher_list(c, "ECDHE-ECDSA-AES128-GCM-SHA256") &&
         SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256") &&
         SSL_CTX_use_certificate(c, link_good.x509) &&
         SSL_CTX_use_PrivateKey(c, link_good.pkey));
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_keylog_callback(c, note_secret);
    wanted = v->old      ? "CLIENT_RANDOM "
             : v->client ? "CLIENT_TRAFFIC_SECRET_0 "
                         : "SERVER_TRAFFIC_SECRET_0 ";
    return c;
}

static void send_waiting(villain *v) {
    char *data;
    long n = BIO_get_mem_data(SSL_get_wbio(v->ssl), &data);
    if (n > 0)
        frond_write(v->under, data, (size_t)n, NULL, frond_in(20000));
    (void)BIO_reset(SSL_get_wbio(v->ssl));
}

void *villain_shakes_hands(void *arg) {
    villain *v = arg;
    char buf[8000];
    int64_t n = 1;
    SSL_CTX *c = make_context(v);
    v->ssl = SSL_new(c);
    SSL_CTX_free(c);
    must(v->ssl != NULL);
    SSL_set_bio(v->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    (v->client ? SSL_set_connect_state : SSL_set_accept_state)(v->ssl);
    while (!v->done && n > 0) {
        v->done = SSL_do_handshake(v->ssl) == 1;
        send_waiting(v);
        if (!v->done && (n = frond_read(v->under, buf, sizeof buf, frond_in(20000))) > 0)
            BIO_write(SSL_get_rbio(v->ssl), buf, (int)n);
    }
    if (v->done)
        make_keys(v);
    return NULL;
}

/* ---- what it says ---- */

static void nonce_of(const villain *v, unsigned char nonce[12]) {
    memcpy(nonce, v->iv, 12);
    if (v->old)
        memset(nonce + 4, 0, 8);
    for (int i = 0; i < 8; i++)
        nonce[4 + i] ^= (unsigned char)(v->sequence >> (56 - 8 * i));
}

/* What is authenticated beside the text: of TLS 1.3 the record's head, of 1.2 its number as well. */
static int authenticated(const villain *v, const unsigned char head[5], size_t len,
                         unsigned char out[13]) {
    if (!v->old) {
        memcpy(out, head, 5);
        return 5;
    }
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(v->sequence >> (56 - 8 * i));
    memcpy(out + 8, head, 3);
    out[11] = (unsigned char)(len >> 8);
    out[12] = (unsigned char)len;
    return 13;
}

static void seal(const villain *v, const unsigned char *extra, int extra_len,
                 const unsigned char *text, int len, unsigned char *out) {
    unsigned char nonce[12];
    int n;
    nonce_of(v, nonce);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    must(c && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, v->key, nonce) &&
         EVP_EncryptUpdate(c, NULL, &n, extra, extra_len) &&
         (len == 0 || EVP_EncryptUpdate(c, out, &n, text, len)) &&
         EVP_EncryptFinal_ex(c, out + len, &n) &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + len));
    EVP_CIPHER_CTX_free(c);
}

void villain_says(villain *v, int type, const void *data, size_t len) {
    static unsigned char text[MOST + 1], record[MOST + 100];
    unsigned char extra[13], *out = record + 5;
    must(len <= MOST);
    memcpy(text, data, len);
    size_t n = len, body;
    if (v->old) { /* the number goes before it, in clear */
        for (int i = 0; i < 8; i++)
            *out++ = (unsigned char)(v->sequence >> (56 - 8 * i));
        body = 8 + n + 16;
    } else { /* the type goes behind it, in secret */
        text[n++] = (unsigned char)type;
        body = n + 16;
    }
    record[0] = (unsigned char)(v->old ? type : VILLAIN_DATA);
    record[1] = record[2] = 3;
    record[3] = (unsigned char)(body >> 8);
    record[4] = (unsigned char)body;
    int extra_len = authenticated(v, record, len, extra);
    seal(v, extra, extra_len, text, (int)n, out);
    v->sequence++;
    frond_write(v->under, record, 5 + body, NULL, frond_in(20000));
}

void villain_free(villain *v) {
    SSL_free(v->ssl);
    v->ssl = NULL;
}
