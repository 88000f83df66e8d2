/* SPDX-License-Identifier: MIT */
/* nap [ADDRESS [MS [WORKERS]]]: a server at "127.0.0.1:7003" whose handler sleeps: "nap" is answered after MS
 * milliseconds (10000), and any other line at once, by whoever sends it and however many sleep meanwhile.
 * With WORKERS so many processes share the listener.  Until Ctrl-C. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t nap_ms;
} job;

static void *answer(frond_stream *s, void *arg) {
    const job *j = arg;
    char *line;
    frond_reader *reader = frond_reader_new(s, 200);
    while (frond_reader_line(reader, &line, frond_in(60000)) >= 0) {
        int naps = strcmp(line, "nap") == 0;
        if (naps)
            frond_sleep(j->nap_ms);
        frond_write(s, naps ? "well slept\n" : "awake\n", naps ? 11 : 6, NULL,
                    frond_in(60000));
    }
    frond_reader_free(reader);
    return NULL;
}

static int serve(frond_listener *listener, job *j, int shared) {
    frond_server *server;
    frond_server_options o = {.shared = shared};
    if (frond_server_start(listener, answer, j, &o, &server) < 0 ||
        frond_server_stop_on_signal(server, SIGINT, 1000) < 0 ||
        frond_server_stop_on_signal(server, SIGTERM, 1000) < 0)
        return -1;
    frond_server_serve(server, FROND_NEVER);
    frond_server_free(server);
    return 0;
}

/* ---- several processes ---- */

static int worker(frond_child *self) {
    job j = *(const job *)frond_child_args(self, NULL);
    frond_handle *h = frond_child_handle(self, 0);
    h->kind = FROND_HANDLE_NONE; /* the server's from now on */
    return serve(h->of.listener, &j, 1) < 0;
}

static const frond_entry entries[] = {{"worker", worker}, {0}};

static int serve_by_workers(frond_listener *listener, job *j, int n) {
    frond_process *workers[16];
    frond_signal *signals;
    frond_handle handles[] = {frond_handle_of_listener(listener)};
    frond_process_options o = {.args = j,
                               .args_len = sizeof *j,
                               .handles = handles,
                               .n_handles = 1,
                               .keep_handles = 1}; /* for the next worker */
    int numbers[] = {SIGINT, SIGTERM}, started = 0, rc;
    if (frond_signal_open(numbers, 2, &signals) < 0)
        return -1;
    while (started < n && started < 16 &&
           frond_process_start("worker", &o, &workers[started], frond_in(10000)) == 0)
        started++;
    frond_listener_free(listener); /* the workers have it */
    rc = started ? frond_signal_wait(signals, NULL, FROND_NEVER) : -1;
    for (int i = 0; i < started; i++)
        frond_process_terminate(workers[i]);
    for (int i = 0; i < started; i++) {
        frond_process_join(workers[i], NULL, FROND_NEVER);
        frond_process_free(workers[i]);
    }
    frond_signal_free(signals);
    return rc;
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_listener *listener;
    char text[FROND_ADDR_TEXT];
    job j = {.nap_ms = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000};
    int workers = argc > 3 ? atoi(argv[3]) : 0;
    frond_init(&argc, &argv, entries);
    const char *at = argc > 1 ? argv[1] : "127.0.0.1:7003";
    if (frond_listen(at, NULL, &listener, FROND_NEVER) < 0)
        goto failed;
    frond_listener_addr(listener, &where);
    printf("listening at %s\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    if ((workers ? serve_by_workers(listener, &j, workers) : serve(listener, &j, 0)) == 0)
        return 0;
failed:
    fprintf(stderr, "nap: %s\n", frond_error_text());
    return 1;
}
