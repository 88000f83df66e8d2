/* SPDX-License-Identifier: MIT */
/* Messages between the dispatch and its workers.  Both are one program on one machine: numbers go as
 * they lie in memory, strings with their NUL, a missing one as the byte 1 alone. */
#include "worker.h"

#include <frond/impl/memory.h>
#include <string.h>

typedef struct {
    uint32_t slot;
    int32_t status, code;
    uint8_t ok, reused;
    uint64_t bytes;
    double dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms;
    int64_t pid;
    char sha256[65], remote[FROND_ADDR_TEXT];
} fixed;

static size_t text_size(const char *text) {
    return text ? strlen(text) + 1 : 2;
}

static char *put_text(char *at, const char *text) {
    memcpy(at, text ? text : "\1", text_size(text));
    return at + text_size(text);
}

char *result_encode(uint32_t slot, const fetch_result *r, size_t *len) {
    fixed f = {slot,        r->status,
               r->code,     r->ok,
               r->reused,   r->bytes,
               r->dns_ms,   r->connect_ms,
               r->tls_ms,   r->first_byte_ms,
               r->total_ms, r->pid,
               "",          ""};
    memcpy(f.sha256, r->sha256, sizeof f.sha256);
    memcpy(f.remote, r->remote, sizeof f.remote);
    *len = sizeof f + text_size(r->url) + text_size(r->final_url) + text_size(r->error);
    char *msg = frond_alloc(*len);
    if (!msg)
        return NULL;
    memcpy(msg, &f, sizeof f);
    put_text(put_text(put_text(msg + sizeof f, r->url), r->final_url), r->error);
    return msg;
}

/* The next string; false when there is none. */
static bool take_text(const char **at, const char *end, char **text) {
    const char *nul = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;
    *text = NULL;
    if (!nul)
        return false;
    size_t n = (size_t)(nul - *at);
    if (n != 1 || **at != '\1')
        *text = frond_strndup(*at, n);
    *at = nul + 1;
    return true;
}

bool result_decode(const char *msg, size_t len, uint32_t *slot, fetch_result *r) {
    fixed f;
    const char *at = msg + sizeof f, *end = msg + len;
    *r = (fetch_result){0};
    if (len < sizeof f)
        return false;
    memcpy(&f, msg, sizeof f);
    *slot = f.slot;
    *r = (fetch_result){.status = f.status,
                        .code = f.code,
                        .ok = f.ok,
                        .reused = f.reused,
                        .bytes = f.bytes,
                        .dns_ms = f.dns_ms,
                        .connect_ms = f.connect_ms,
                        .tls_ms = f.tls_ms,
                        .first_byte_ms = f.first_byte_ms,
                        .total_ms = f.total_ms,
                        .pid = f.pid};
    memcpy(r->sha256, f.sha256, sizeof r->sha256 - 1);
    memcpy(r->remote, f.remote, sizeof r->remote - 1);
    return take_text(&at, end, &r->url) && take_text(&at, end, &r->final_url) &&
           take_text(&at, end, &r->error);
}

char *url_encode(uint32_t slot, const char *url, size_t *len) {
    *len = sizeof slot + strlen(url) + 1;
    char *msg = frond_alloc(*len);
    if (msg) {
        memcpy(msg, &slot, sizeof slot);
        memcpy(msg + sizeof slot, url, strlen(url) + 1);
    }
    return msg;
}
