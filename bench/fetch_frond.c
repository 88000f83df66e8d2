/* SPDX-License-Identifier: MIT */
/* The client with frond: a greenlet a URL, at most CONCURRENCY at a time.  raw: libcurl does not ask
 * for compression either. */
#include <frond/http.h>
#include <frond/pool.h>

#include "bench.h"
#include "fetch.h"

static fetch job;
static frond_http_client *client;

static void *get(void *arg) {
    (void)arg;
    char url[256];
    frond_http_response *response;
    if (!fetch_next(&job, url, sizeof url))
        return NULL;
    if (frond_http_do(client, &(frond_http_request){.url = url}, &response,
                      frond_in(30000)) < 0)
        bench_die(frond_error_text());
    fetch_answer(&job, frond_http_status(response), frond_http_body(response, NULL));
    frond_http_response_free(response);
    return NULL;
}

int main(int argc, char **argv) {
    fetch_begin(&job, "frond", argc, argv);
    frond_tls_context *tls = NULL;
    if (job.ca_file &&
        frond_tls_context_new(&(frond_tls_options){.ca_file = job.ca_file}, &tls) < 0)
        bench_die(frond_error_text());
    frond_http_options options = {
        .tls = tls, .per_host = (size_t)job.concurrency, .raw = 1};
    if (frond_http_client_new(&options, &client) < 0)
        bench_die(frond_error_text());
    frond_pool *pool = frond_pool_new((size_t)job.concurrency);
    if (!pool)
        bench_die(frond_error_text());
    for (long i = 0; i < job.count; i++)
        if (frond_pool_spawn(pool, get, NULL, FROND_NEVER) < 0)
            bench_die(frond_error_text());
    frond_pool_join(pool, FROND_NEVER);
    frond_pool_free(pool);
    frond_http_client_free(client);
    frond_tls_context_free(tls);
    return fetch_end(&job);
}
