/* SPDX-License-Identifier: MIT */
/* The client with libcurl: its multi interface, CONCURRENCY easy handles, used again for the next
 * URL. */
#include <curl/curl.h>
#include <stdlib.h>

#include "bench.h"
#include "fetch.h"

static fetch job;
static CURLM *multi;
static long active;

static size_t on_body(char *data, size_t size, size_t n, void *bytes) {
    (void)data;
    *(size_t *)bytes += size * n;
    return size * n;
}

static void begin(CURL *easy, size_t *bytes) {
    char url[256];
    if (!fetch_next(&job, url, sizeof url))
        return;
    *bytes = 0;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_multi_add_handle(multi, easy);
    active++;
}

static void add_slot(void) {
    CURL *easy = curl_easy_init();
    size_t *bytes = malloc(sizeof *bytes);
    if (!easy || !bytes)
        bench_die("no memory");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, bytes);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, bytes);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (job.ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, job.ca_file);
    begin(easy, bytes);
}

static void take_answers(void) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left))) {
        CURL *easy = message->easy_handle;
        size_t *bytes;
        long status = 0;
        if (message->data.result != CURLE_OK)
            bench_die(curl_easy_strerror(message->data.result));
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&bytes);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        fetch_answer(&job, status, *bytes);
        curl_multi_remove_handle(multi, easy);
        active--;
        begin(easy, bytes);
    }
}

int main(int argc, char **argv) {
    fetch_begin(&job, "libcurl", argc, argv);
    curl_global_init(CURL_GLOBAL_ALL);
    multi = curl_multi_init();
    if (!multi)
        bench_die("no memory");
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, job.concurrency + 8);
    for (long i = 0; i < job.concurrency; i++)
        add_slot();
    while (active > 0) {
        int running;
        curl_multi_perform(multi, &running);
        take_answers();
        if (active > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return fetch_end(&job);
}
