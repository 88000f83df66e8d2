/* SPDX-License-Identifier: MIT */
/* A server on three threads, each with a hub of its own: the main one accepts connections and hands
 * them to the workers in turn.  Threads are the program's own affair: these are libuv's. */
#include <frond/frond.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { WORKERS = 2, CLIENTS = 10 };

static frond_xqueue *queues[WORKERS]; /* of sockets: nobody's while they are in there */

/* ---- a worker ---- */

static void *echo(void *stream) {
    char buffer[1024];
    int64_t n;
    while ((n = frond_read(stream, buffer, sizeof buffer, frond_in(60000))) > 0)
        if (frond_write(stream, buffer, (size_t)n, NULL, frond_in(60000)) < 0)
            break;
    frond_stream_free(stream);
    return NULL;
}

static void work(void *queue) {
    intptr_t socket;
    frond_stream *s;
    while (frond_xqueue_get(queue, &socket, FROND_NEVER) == 0)
        if (frond_stream_adopt(socket, &s) < 0)
            fprintf(stderr, "%s\n", frond_error_text());
        else if (frond_go(echo, s) < 0)
            frond_stream_free(s);
    frond_hub_join(FROND_NEVER);
} /* the thread's end closes its hub */

/* ---- the main thread ---- */

static void *deal_out(void *listener) {
    frond_stream *s;
    for (int i = 0; frond_accept(listener, &s, FROND_NEVER) == 0; i++) {
        intptr_t socket;
        if (frond_stream_release(s, &socket) == 0)
            frond_xqueue_put(queues[i % WORKERS], &socket, FROND_NEVER);
        frond_stream_free(s);
    }
    return NULL;
}

static void *client(void *port) {
    frond_stream *s;
    char answer[6] = "";
    frond_deadline d = frond_in(20000);
    if (frond_tcp_connect("127.0.0.1", *(int *)port, NULL, &s, d) < 0)
        return frond_failed(frond_error_code(), NULL);
    frond_write(s, "hello", 5, NULL, d);
    frond_shutdown(s, d);
    for (int64_t n = 0, got = 0; n < 5; n += got)
        if ((got = frond_read(s, answer + n, sizeof answer - 1 - (size_t)n, d)) <= 0)
            break;
    printf("%s\n", answer);
    frond_stream_free(s);
    return NULL;
}

int main(void) {
    uv_thread_t threads[WORKERS];
    frond_listener *listener;
    frond_addr where;
    frond_addr_loopback(&where, FROND_IPV4, 0);
    if (frond_tcp_listen(&where, NULL, &listener) < 0 ||
        frond_listener_addr(listener, &where) < 0) {
        fprintf(stderr, "%s\n", frond_error_text());
        return 1;
    }
    for (int i = 0; i < WORKERS; i++)
        if (!(queues[i] = frond_xqueue_new(sizeof(intptr_t), 0, NULL)) ||
            uv_thread_create(&threads[i], work, queues[i]) < 0)
            return 1;
    frond_go(deal_out, listener);
    int port = where.port;
    frond_group *clients = frond_group_new();
    for (int i = 0; i < CLIENTS; i++)
        frond_group_spawn(clients, client, &port);
    frond_group_join(clients, FROND_NEVER);
    frond_group_free(clients);
    frond_listener_free(listener); /* ends deal_out */
    for (int i = 0; i < WORKERS; i++) {
        frond_xqueue_close(queues[i]); /* ends the worker, once its connections have */
        uv_thread_join(&threads[i]);
        frond_xqueue_free(queues[i]);
    }
    return 0;
}
