/* SPDX-License-Identifier: MIT */
/* URLs: what is accepted has a text that is accepted and stays the same, is clean, and
 * resolves references to URLs of which the same holds.  Input: a URL, a newline, a
 * reference. */
#include "fuzz.h"

#include <frond/memory.h>
#include <frond/url.h>

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("http://example.org/a/b?c=d#e\n../f"),
    FUZZ_SEED("HTTPS://u:p%41@EXAMPLE.org:8443/%7ea/./b/../c%2Fd?q q#f\n//g:81/h"),
    FUZZ_SEED("http://[2001:DB8::1%25eth0]:80/\xC3\xA9\n?y"),
    FUZZ_SEED("http://[::ffff:1.2.3.4]/%%34%31\n;x=1/../y"),
    FUZZ_SEED("http://127.0.0.1./\nhttp://[1:2:3:4:5:6:7::]"),
    FUZZ_SEED("http://xn--bcher-kva.example//a//../b/.\n/..//./g"),
    FUZZ_SEEDS_END};

static void check(const frond_url *u) {
    char *text = frond_url_text(u, FROND_URL_WHOLE);
    FUZZ_CHECK(text != NULL);
    for (const char *c = text; *c != '\0'; c++)
        FUZZ_CHECK(*c > ' ' && *c < 0x7F);
    FUZZ_CHECK(u->port >= 1 && u->port <= 65535 && u->host[0] != '\0' &&
               u->path[0] == '/');
    FUZZ_CHECK(strpbrk(u->path, "?#") == NULL);
    FUZZ_CHECK(strstr(u->path, "/../") == NULL && strstr(u->path, "/./") == NULL);
    frond_url again;
    FUZZ_CHECK(frond_url_parse(text, strlen(text), &again) == 0);
    char *second = frond_url_text(&again, FROND_URL_WHOLE);
    FUZZ_CHECK(strcmp(text, second) == 0);
    FUZZ_CHECK(again.port == u->port && again.kind == u->kind);
    FUZZ_CHECK(strcmp(again.dial, u->dial) == 0 && frond_url_same_origin(&again, u));
    char shorter[16];
    FUZZ_CHECK(frond_url_format(u, FROND_URL_WHOLE, shorter, sizeof shorter) ==
               strlen(text));
    FUZZ_CHECK(strncmp(shorter, text, 15) == 0);
    frond_url_free(&again);
    frond_free(second);
    frond_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - data) : size;
    size_t second = line != NULL ? size - first - 1 : 0;
    char *text = fuzz_copy(data, first),
         *ref = fuzz_copy(line != NULL ? line + 1 : NULL, second);
    frond_url base, u, doubled;
    if (frond_url_parse(text, first, &base) == 0) {
        check(&base);
        if (frond_url_resolve(&base, ref, second, &u) == 0) {
            check(&u);
            char *whole = frond_url_text(&u, FROND_URL_WHOLE);
            FUZZ_CHECK(frond_url_resolve(&base, whole, strlen(whole), &doubled) == 0);
            char *same = frond_url_text(&doubled, FROND_URL_WHOLE);
            FUZZ_CHECK(strcmp(whole, same) == 0);
            frond_free(same);
            frond_free(whole);
            frond_url_free(&doubled);
        }
        frond_url_free(&u);
    } else {
        FUZZ_CHECK(base.block == NULL);
    }
    frond_url_free(&base);
    free(text);
    free(ref);
    return 0;
}
