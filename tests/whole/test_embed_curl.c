/* SPDX-License-Identifier: MIT */
/* A library that wants a loop of libuv's gets the hub's: libcurl's multi interface fetches from a server of frond's,
 * on one thread.  Its callbacks are hub callbacks: they wake greenlets and do not wait. */
#include "support.h"

#include <curl/curl.h>
#include <frond/http.h>
#include <frond/impl/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CURLM *multi;
static uv_timer_t timer;
static int fetching; /* transfers that have not ended */
static frond_event done;

/* ---- from libuv to libcurl ---- */

static void look_for_ends(void) {
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
        CHECK_INT(m->data.result, CURLE_OK);
        if (--fetching == 0)
            frond_event_set(&done);
    }
}

static void on_events(uv_poll_t *poll, int status, int events) {
    int flags = status < 0 ? CURL_CSELECT_ERR
                           : (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                                 (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    uv_os_fd_t fd;
    int running;
    CHECK_INT(uv_fileno((uv_handle_t *)poll, &fd), 0);
    curl_multi_socket_action(multi, fd, flags, &running);
    look_for_ends();
}

static void on_timer(uv_timer_t *t) {
    int running;
    (void)t;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    look_for_ends();
}

/* ---- from libcurl to libuv ---- */

static void closed(uv_handle_t *poll) {
    free(poll);
}

static int want(CURL *easy, curl_socket_t s, int what, void *unused, void *poll) {
    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        if (poll)
            uv_close(poll, closed);
        curl_multi_assign(multi, s, NULL);
        return 0;
    }
    if (!poll) {
        poll = malloc(sizeof(uv_poll_t));
        CHECK_INT(uv_poll_init_socket(frond_loop(), poll, s), 0);
        curl_multi_assign(multi, s, poll);
    }
    CHECK_INT(uv_poll_start(poll,
                            (what & CURL_POLL_IN ? UV_READABLE : 0) |
                                (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
                            on_events),
              0);
    return 0;
}

static int want_timer(CURLM *m, long ms, void *unused) {
    (void)m;
    (void)unused;
    if (ms < 0)
        uv_timer_stop(&timer);
    else
        uv_timer_start(&timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

/* ---- a server ---- */

static void answer(frond_http_exchange *x, void *arg) {
    static char body[200000];
    (void)arg;
    memset(body, 'x', sizeof body);
    frond_sleep(2);
    frond_http_respond(x, 200, NULL, body, sizeof body, frond_in(20000));
}

static frond_http_server *server;

static int serve(void) {
    frond_addr where;
    frond_listener *l = NULL;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    CHECK_INT(frond_tcp_listen(&where, NULL, &l), 0);
    CHECK_INT(frond_http_server_start(l, answer, NULL, NULL, &server), 0);
    CHECK_INT(frond_http_server_addr(server, &where), 0);
    return where.port;
}

static size_t count(char *data, size_t size, size_t n, void *total) {
    (void)data;
    *(size_t *)total += size * n;
    return size * n;
}

static void fetch(CURL **easy, size_t n, size_t *got) {
    char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", serve());
    for (size_t i = 0; i < n; i++) {
        easy[i] = curl_easy_init();
        curl_easy_setopt(easy[i], CURLOPT_URL, url);
        curl_easy_setopt(easy[i], CURLOPT_PROXY, "");
        curl_easy_setopt(easy[i], CURLOPT_WRITEFUNCTION, count);
        curl_easy_setopt(easy[i], CURLOPT_WRITEDATA, &got[i]);
        fetching++;
        curl_multi_add_handle(multi, easy[i]);
    }
}

static void libcurl_on_the_hubs_loop(void) {
    enum { TRANSFERS = 10 };
    CURL *easy[TRANSFERS];
    size_t got[TRANSFERS] = {0};
    multi = curl_multi_init();
    uv_timer_init(frond_loop(), &timer);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer);
    fetch(easy, TRANSFERS, got);
    CHECK_INT(frond_event_wait(&done, frond_in(20000)), 0);
    for (int i = 0; i < TRANSFERS; i++) {
        CHECK_INT(got[i], 200000);
        curl_multi_remove_handle(multi, easy[i]);
        curl_easy_cleanup(easy[i]);
    }
    curl_multi_cleanup(multi);
    uv_close((uv_handle_t *)&timer, NULL);
    CHECK_INT(frond_http_server_stop(server, frond_in(20000)), 0);
    frond_http_server_free(server);
    frond_sleep(1); /* what was closed is closed */
}

static void begin(void) {
    CHECK_INT(curl_global_init(CURL_GLOBAL_ALL), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"libcurl on the hub's loop", libcurl_on_the_hubs_loop}, {0}};
    test_around(begin, curl_global_cleanup);
    return test_main("embed libcurl", tests, argc, argv);
}
