/* SPDX-License-Identifier: MIT */
/* Pipes, what goes over them, and calls, when memory runs out anywhere: an error by name, nothing left behind. */
#include "support.h"

#include <frond/proc.h>
#include <string.h>

static frond_pipe *a, *b;

static bool open_pipe(void) {
    return frond_pipe_pair(NULL, &a, &b) == 0;
}

static void free_pipe(void) {
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void messages_and_handles(void) {
    frond_stream *x, *y;
    frond_handle got[2];
    frond_pipe_message in = {.handles = got, .n_handles = 2};
    if (!open_pipe())
        return;
    for (int i = 0; i < 3; i++)
        frond_pipe_send(a, "abc", 3, FROND_NOW);
    if (frond_stream_pair(&x, &y) == 0) {
        frond_handle h[2] = {frond_handle_of_stream(x), frond_handle_of_stream(y)};
        frond_pipe_message m = {.data = "x", .len = 1, .handles = h, .n_handles = 2};
        frond_pipe_send_message(a, &m, FROND_NOW);
        frond_stream_free(x);
        frond_stream_free(y);
    }
    int64_t n = 0;
    frond_pipe_flush(a, FROND_NOW);
    for (int i = 0; i < 8 && (n >= 0 || n == FROND_ENOMEM); i++) {
        in.n_handles = 2;
        n = frond_pipe_receive_message(b, &in, FROND_NOW);
        for (size_t k = 0; n >= 0 && k < in.n_handles; k++)
            frond_handle_free(&got[k]);
        if (n >= 0)
            frond_free(in.data);
    }
    free_pipe();
}

static void streams(void) {
    static char much[200000];
    frond_stream *s;
    void *msg;
    if (!open_pipe())
        return;
    if (frond_pipe_send_stream(a, &s, FROND_NOW) == 0) {
        if (frond_write(s, much, sizeof much, NULL, frond_in(1)) == 0)
            frond_shutdown(s, FROND_NOW);
        frond_stream_free(s);
    }
    if (frond_pipe_receive_stream(b, &s, FROND_NOW) == 0) {
        frond_read(s, much, 1000, FROND_NOW);
        frond_stream_free(s);
    }
    if (frond_pipe_receive(b, &msg, FROND_NOW) >= 0)
        frond_free(msg);
    frond_waitable w = frond_pipe_waitable(b);
    frond_wait_any(&w, 1, NULL, FROND_NOW);
    free_pipe();
}

static int echoes(frond_rpc_request *r, void *arg) {
    size_t len;
    const void *question = frond_rpc_question(r, &len);
    (void)arg;
    return frond_rpc_answer(r, question, len);
}

/* Who has no memory to answer with leaves the caller to his deadline. */
static void calls(void) {
    static const frond_rpc_options serves = {.serve = echoes};
    frond_rpc *one = NULL, *two = NULL;
    void *answer;
    if (!open_pipe())
        return;
    if (frond_rpc_new(a, NULL, &one) == 0 && frond_rpc_new(b, &serves, &two) == 0)
        for (int i = 0; i < 2; i++)
            if (frond_call(one, "abc", 3, &answer, frond_in(20)) >= 0)
                frond_free(answer);
    frond_rpc_free(one);
    frond_rpc_free(two);
    free_pipe();
    frond_hub_join(frond_in(1000));
}

static void sweep_messages(void) {
    memory_sweep(messages_and_handles);
}

static void sweep_streams(void) {
    memory_sweep(streams);
}

static void sweep_calls(void) {
    memory_sweep(calls);
}

static const test_case tests[] = {{"messages and handles", sweep_messages},
                                  {"streams", sweep_streams},
                                  {"calls", sweep_calls},
                                  {0}};

int main(int argc, char **argv) {
    test_clock_virtual();
    return test_main("proc/pipe_nomem", tests, argc, argv);
}
