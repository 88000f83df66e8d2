/* SPDX-License-Identifier: MIT */
/* The echo server as one writes it with libuv's callbacks at their fastest: one buffer for all,
 * uv_try_write.  Prints its port.  As in echo_epoll.c, what cannot be sent at once ends the
 * connection. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static char buffer[65536];

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf) {
    (void)handle, (void)size;
    *buf = uv_buf_init(buffer, sizeof buffer);
}

static void on_close(uv_handle_t *handle) {
    free(handle);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    if (n == 0)
        return;
    if (n > 0) {
        uv_buf_t answer = uv_buf_init(buf->base, (unsigned)n);
        if (uv_try_write(stream, &answer, 1) == n)
            return;
    }
    uv_close((uv_handle_t *)stream, on_close);
}

static void on_connection(uv_stream_t *listener, int status) {
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    if (status < 0 || !tcp) {
        free(tcp);
        return;
    }
    uv_tcp_init(listener->loop, tcp);
    if (uv_accept(listener, (uv_stream_t *)tcp) == 0) {
        uv_tcp_nodelay(tcp, 1);
        uv_read_start((uv_stream_t *)tcp, on_alloc, on_read);
    } else {
        uv_close((uv_handle_t *)tcp, on_close);
    }
}

int main(void) {
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in a;
    int size = sizeof a;
    uv_ip4_addr("127.0.0.1", 0, &a);
    uv_tcp_init(loop, &listener);
    int error = uv_tcp_bind(&listener, (const struct sockaddr *)&a, 0);
    if (!error)
        error = uv_listen((uv_stream_t *)&listener, 4096, on_connection);
    if (!error)
        error = uv_tcp_getsockname(&listener, (struct sockaddr *)&a, &size);
    if (error) {
        fprintf(stderr, "echo_libuv: %s\n", uv_strerror(error));
        return 1;
    }
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
