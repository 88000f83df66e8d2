/* SPDX-License-Identifier: MIT */
/* fetch URL...: gets all of them, at most 100 at a time, and prints a line for each. */
#include <frond/frond.h>
#include <stdio.h>

static void *fetch(void *url) {
    frond_http_response *r;
    if (frond_http_get(url, &r, frond_in(10000)) < 0) { /* 10 s for all of it */
        fprintf(stderr, "%s: %s\n", (char *)url, frond_error_text());
        return NULL;
    }
    printf("%3d %8zu %s\n", frond_http_status(r), frond_http_body(r, NULL), (char *)url);
    frond_http_response_free(r);
    return NULL;
}

int main(int argc, char **argv) {
    frond_pool *pool = frond_pool_new(100); /* at most 100 in flight */
    for (int i = 1; i < argc; i++)
        frond_pool_spawn(pool, fetch, argv[i], FROND_NEVER);
    frond_pool_join(pool, FROND_NEVER);
    frond_pool_free(pool);
}
