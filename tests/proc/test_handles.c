/* SPDX-License-Identifier: MIT */
/* Streams, listeners, pipes and files that go to other processes, at their start and later, by both methods. */
#include "method.h"

#include <frond/net.h>
#include <frond/proc.h>
#include <stdlib.h>
#include <string.h>

/* ---- the children's side ---- */

/* Uses one handle: tells through it what it is. */
static int use(frond_handle *h) {
    frond_stream *s = NULL;
    int rc = -1;
    if (h->kind == FROND_HANDLE_STREAM)
        return frond_write(h->of.stream, "stream", 6, NULL, frond_in(20000));
    if (h->kind == FROND_HANDLE_PIPE)
        return frond_pipe_send(h->of.pipe, "pipe", 4, frond_in(20000));
    if (h->kind == FROND_HANDLE_FILE)
        return frond_file_write(h->of.file, "file", 4, NULL, frond_in(20000));
    if (h->kind == FROND_HANDLE_LISTENER)
        rc = frond_accept(h->of.listener, &s, frond_in(20000));
    if (rc == 0)
        rc = frond_write(s, "listener", 8, NULL, frond_in(20000));
    frond_stream_free(s);
    return rc;
}

static int given_main(frond_child *self) {
    size_t n = 0;
    for (frond_handle *h; (h = frond_child_handle(self, n)); n++)
        if (use(h) < 0)
            return 100 + (int)h->kind;
    return (int)n;
}

/* Takes what it is sent, until the end; how much that was. */
static int taking_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    int all = 0;
    for (;;) {
        frond_handle h[8];
        frond_pipe_message m = {.handles = h, .n_handles = 8};
        int64_t rc = frond_pipe_receive_message(p, &m, frond_in(20000));
        if (rc < 0)
            return rc == FROND_EPIPE ? all : 99;
        for (size_t i = 0; i < m.n_handles; i++, all++) {
            if (use(&h[i]) < 0)
                return 90;
            frond_handle_free(&h[i]);
        }
        frond_free(m.data);
        if (frond_pipe_send(p, "done", 4, frond_in(20000)) < 0)
            return 91;
    }
}

/* Makes what its parent is to use. */
static int giving_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0), *ours, *theirs;
    if (frond_pipe_pair(NULL, &ours, &theirs) < 0)
        return 1;
    frond_handle h = frond_handle_of_pipe(theirs);
    if (frond_pipe_send_message(
            p,
            &(frond_pipe_message){
                .data = "take", .len = 4, .handles = &h, .n_handles = 1},
            frond_in(20000)) < 0)
        return 2;
    bool closed = frond_pipe_send(theirs, "", 0, FROND_NOW) == FROND_ECLOSED;
    frond_pipe_free(theirs);
    bool heard = next_is(ours, "over there");
    frond_pipe_free(ours);
    return closed && heard ? 0 : 3;
}

static int counting_main(frond_child *self) {
    (void)self;
    return descriptors_open();
}

static const frond_entry entries[] = {{"given", given_main},
                                      {"taking", taking_main},
                                      {"giving", giving_main},
                                      {"counting", counting_main},
                                      {0}};

/* ---- the parent's side ---- */

typedef struct {
    frond_stream *stream, *stream_here;
    frond_pipe *pipe, *pipe_here;
    frond_listener *listener;
    frond_addr where;
    frond_file *file;
    char path[300];
    frond_handle all[4];
} things;

static void make_things(things *t) {
    frond_addr any;
    CHECK_INT(frond_stream_pair(&t->stream_here, &t->stream), 0);
    CHECK_INT(frond_pipe_pair(NULL, &t->pipe_here, &t->pipe), 0);
    CHECK_INT(frond_addr_parse(&any, "127.0.0.1", 0), 0);
    CHECK_INT(frond_tcp_listen(&any, NULL, &t->listener), 0);
    CHECK_INT(frond_listener_addr(t->listener, &t->where), 0);
    test_path(t->path, sizeof t->path, "handed-over");
    CHECK_INT(frond_file_open(t->path,
                              FROND_FILE_READ | FROND_FILE_WRITE | FROND_FILE_CREATE |
                                  FROND_FILE_TRUNCATE,
                              0600, &t->file, frond_in(20000)),
              0);
    CHECK_INT(frond_file_write(t->file, "a ", 2, NULL, frond_in(20000)), 0);
    t->all[0] = frond_handle_of_stream(t->stream);
    t->all[1] = frond_handle_of_pipe(t->pipe);
    t->all[2] = frond_handle_of_listener(t->listener);
    t->all[3] = frond_handle_of_file(t->file);
}

static void check_used(things *t) {
    char buf[20] = "";
    void *data = NULL;
    size_t n = 0;
    CHECK_INT(frond_read_exact(t->stream_here, buf, 6, NULL, frond_in(20000)), 0);
    CHECK_TEXT(buf, "stream");
    CHECK(next_is(t->pipe_here, "pipe"));
    CHECK_INT(frond_fs_read_file(t->path, 100, &data, &n, frond_in(20000)), 0);
    CHECK_INT(n, 6);
    CHECK(n == 6 && memcmp(data, "a file", 6) == 0); /* behind what was written here */
    frond_free(data);
}

/* Nothing is left open here, though nothing is freed. */
static void check_gone(things *t) {
    intptr_t fd;
    CHECK_INT(frond_stream_fd(t->stream, &fd), FROND_ECLOSED);
    CHECK_INT(frond_pipe_fd(t->pipe, &fd), FROND_ECLOSED);
    CHECK_INT(frond_listener_fd(t->listener, &fd), FROND_ECLOSED);
    CHECK_INT(frond_file_write(t->file, "x", 1, NULL, frond_in(20000)), FROND_ECLOSED);
}

static void free_things(things *t) {
    for (int i = 0; i < 4; i++)
        frond_handle_free(&t->all[i]);
    frond_stream_free(t->stream_here);
    frond_pipe_free(t->pipe_here);
    frond_fs_unlink(t->path, frond_in(20000));
}

static void *connects(void *arg) {
    things *t = arg;
    frond_stream *s;
    char buf[9] = "";
    CHECK_INT(frond_tcp_connect_addr(&t->where, NULL, &s, frond_in(20000)), 0);
    CHECK_INT(frond_read_exact(s, buf, 8, NULL, frond_in(20000)), 0);
    CHECK_TEXT(buf, "listener");
    frond_stream_free(s);
    return NULL;
}

/* To Valgrind the thread pool that a forked child inherits, and forgets, is lost. */
static bool cannot_tell(void) {
    return under_valgrind() && method == FROND_FORK;
}

static void at_the_start(void) {
    things t;
    if (cannot_tell())
        return;
    make_things(&t);
    frond_greenlet *client = frond_spawn(connects, &t);
    frond_process *p =
        start_with("given", (frond_process_options){.handles = t.all, .n_handles = 4});
    check_gone(&t);
    CHECK_INT(join_it(p), 4);
    CHECK_INT(frond_join(client, frond_in(20000)), 0);
    frond_release(client);
    check_used(&t);
    free_things(&t);
}

static void to_a_running_process(void) {
    things t;
    frond_pipe *ours, *theirs;
    if (cannot_tell())
        return;
    make_things(&t);
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process *p = start_pipes("taking", &theirs, 1);
    frond_greenlet *client = frond_spawn(connects, &t);
    for (size_t i = 0; i < 4; i += 2) { /* two at a time, and small ones around */
        frond_pipe_message m = {
            .data = "x", .len = 1, .handles = &t.all[i], .n_handles = 2};
        CHECK_INT(frond_pipe_send_message(ours, &m, frond_in(20000)), 0);
        send_text(ours, "none");
        CHECK(next_is(ours, "done"));
        CHECK(next_is(ours, "done"));
    }
    check_gone(&t);
    CHECK_INT(frond_join(client, frond_in(20000)), 0);
    frond_release(client);
    frond_pipe_free(ours);
    CHECK_INT(join_it(p), 4);
    check_used(&t);
    frond_pipe_free(theirs);
    free_things(&t);
}

static void from_a_running_process(void) {
    frond_pipe *ours, *theirs;
    frond_handle h = {0};
    CHECK_INT(frond_pipe_pair(NULL, &ours, &theirs), 0);
    frond_process *p = start_pipes("giving", &theirs, 1);
    frond_pipe_message m = {.handles = &h, .n_handles = 1};
    CHECK_INT(frond_pipe_receive_message(ours, &m, frond_in(20000)), 4);
    CHECK_INT(m.n_handles, 1);
    CHECK_INT(h.kind, FROND_HANDLE_PIPE);
    frond_free(m.data);
    if (h.kind == FROND_HANDLE_PIPE)
        send_text(h.of.pipe, "over there");
    frond_handle_free(&h);
    CHECK_INT(join_it(p), 0);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
}

/* gipc's handle count: of what the parent has, only what was passed is in the child. */
static void case_96_only_what_is_passed(void) {
    frond_pipe *a[2], *b[2];
    for (int i = 0; i < 2; i++)
        CHECK_INT(frond_pipe_pair(NULL, &a[i], &b[i]), 0);
    int none = join_it(start_pipes("counting", NULL, 0));
    CHECK_INT(frond_hub_join(frond_in(20000)), 0); /* what stood for it is closed */
    int here = descriptors_open();
    join_it(start_pipes("counting", b, 2));
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    CHECK_INT(descriptors_open() - here, -2);
    for (int i = 0; i < 2; i++)
        CHECK_INT(frond_pipe_send(b[i], "", 0, FROND_NOW), FROND_ECLOSED);
    int two = join_it(start_pipes("counting", a, 2));
    CHECK_INT(two - none, 2);
    for (int i = 0; i < 2; i++) {
        frond_pipe_free(a[i]);
        frond_pipe_free(b[i]);
    }
}

/* What fails leaves everything as it was. */
static void refused(void) {
    things t;
    frond_process *p = NULL;
    make_things(&t);
    frond_process_options o = {.method = method, .handles = t.all, .n_handles = 4};
    frond_handle *last = &t.all[3], saved = *last;
    *last = (frond_handle){0};
    CHECK_INT(frond_process_start("given", &o, &p, frond_in(20000)), FROND_EINVAL);
    o.n_handles = 65;
    CHECK_INT(frond_process_start("given", &o, &p, frond_in(20000)), FROND_EINVAL);
    o.n_handles = 4;
    CHECK_INT(frond_file_close(saved.of.file, frond_in(20000)), 0);
    *last = saved;
    CHECK_INT(frond_process_start("given", &o, &p, frond_in(20000)), FROND_ECLOSED);
    CHECK_INT(frond_write(t.stream, "x", 1, NULL, frond_in(20000)), 0);
    send_text(t.pipe, "still here");
    CHECK(next_is(t.pipe_here, "still here"));
    free_things(&t);
}

BOTH(at_the_start)
BOTH(to_a_running_process)
BOTH(from_a_running_process)
BOTH(case_96_only_what_is_passed)
BOTH(refused)

/* ---- in one process ---- */

static void keep_or_close(void) {
    frond_pipe *a, *b;
    frond_stream *x, *y;
    frond_handle got[2];
    char c;
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_stream_pair(&x, &y), 0);
    int before = descriptors_open();
    frond_handle h = frond_handle_of_stream(x);
    frond_pipe_message m = {
        .handles = &h, .n_handles = 1, .flags = FROND_PIPE_KEEP_HANDLES};
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(20000)), 0);
    m = (frond_pipe_message){.handles = got, .n_handles = 2};
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(20000)), 0);
    CHECK_INT(m.n_handles, 1);
    CHECK(m.data != NULL);
    frond_free(m.data);
    CHECK_INT(descriptors_open(), before + 1);
    CHECK_INT(frond_write(x, "1", 1, NULL, FROND_NOW), 0);
    CHECK_INT(frond_write(got[0].of.stream, "2", 1, NULL, FROND_NOW), 0);
    CHECK_INT(frond_read(y, &c, 1, frond_in(20000)), 1);
    CHECK_INT(frond_read(y, &c, 1, frond_in(20000)), 1);
    frond_handle_free(&got[0]);
    frond_handle_free(&got[0]);
    m = (frond_pipe_message){.handles = &h, .n_handles = 1};
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(20000)), 0);
    CHECK_INT(frond_write(x, "1", 1, NULL, FROND_NOW), FROND_ECLOSED);
    m = (frond_pipe_message){.handles = got, .n_handles = 2};
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(20000)), 0);
    frond_free(m.data);
    frond_handle_free(&got[0]);
    CHECK_INT(frond_read(y, &c, 1, frond_in(20000)), 0); /* that was the last */
    frond_stream_free(x);
    frond_stream_free(y);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void send_one(frond_pipe *p) {
    frond_stream *x, *y;
    CHECK_INT(frond_stream_pair(&x, &y), 0);
    frond_handle h[2] = {frond_handle_of_stream(x), frond_handle_of_stream(y)};
    frond_pipe_message m = {.data = "with", .len = 4, .handles = h, .n_handles = 2};
    CHECK_INT(frond_pipe_send_message(p, &m, frond_in(20000)), 0);
    frond_stream_free(x);
    frond_stream_free(y);
}

/* Who does not want them, or not all, or no more, leaks none. */
static void unwanted(void) {
    frond_pipe *a, *b;
    frond_handle got[1];
    frond_stream *s;
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    int before = descriptors_open();
    for (int i = 0; i < 5; i++)
        send_one(a);
    CHECK(next_is(b, "with"));
    CHECK_INT(frond_pipe_skip(b, frond_in(20000)), 0);
    frond_pipe_message m = {.handles = got, .n_handles = 1};
    CHECK_INT(frond_pipe_receive_message(b, &m, frond_in(20000)), 4);
    CHECK_INT(m.n_handles, 1);
    frond_free(m.data);
    frond_handle_free(&got[0]);
    CHECK_INT(frond_pipe_receive_stream(b, &s, frond_in(20000)), 0);
    frond_stream_free(s);
    CHECK_INT(frond_pipe_receive(b, (void **)&s, FROND_NOW), 4);
    frond_free(s);
    CHECK_INT(descriptors_open(), before);
    send_one(a); /* and goes with the pipe */
    frond_waitable w = frond_pipe_waitable(b);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static void in_use_or_not_there(void) {
    frond_pipe *a, *b, *c, *d;
    frond_handle h[65] = {{0}};
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    CHECK_INT(frond_pipe_pair(NULL, &c, &d), 0);
    frond_pipe_message m = {.handles = h, .n_handles = 65};
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EINVAL);
    m.n_handles = 1;
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EINVAL);
    h[0] = frond_handle_of_pipe(a); /* itself */
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EBUSY);
    send_text(c, "read ahead");
    frond_waitable w = frond_pipe_waitable(d);
    CHECK_INT(frond_wait_any(&w, 1, NULL, frond_in(20000)), 0);
    h[0] = frond_handle_of_pipe(d);
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EBUSY);
    CHECK(next_is(d, "read ahead"));
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), 0);
    h[0] = frond_handle_of_stream(NULL);
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EINVAL);
    h[0] = frond_handle_of_descriptor(123456);
    CHECK_INT(frond_pipe_send_message(a, &m, FROND_NOW), FROND_EBADF);
    frond_pipe_free(a);
    frond_pipe_free(b);
    frond_pipe_free(c);
    frond_pipe_free(d);
}

/* With a message of any size, to the limit of handles. */
static void as_many_as_may_be(void) {
    enum { N = 64, LARGE = 3000000 };
    frond_pipe *a, *b;
    frond_stream *s[N];
    frond_handle h[N], got[N];
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
    for (int i = 0; i < N; i += 2) {
        CHECK_INT(frond_stream_pair(&s[i], &s[i + 1]), 0);
        h[i] = frond_handle_of_stream(s[i]);
        h[i + 1] = frond_handle_of_stream(s[i + 1]);
    }
    int before = descriptors_open();
    char *large = calloc(1, LARGE);
    frond_pipe_message m = {.data = large, .len = LARGE, .handles = h, .n_handles = N};
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(1)), 0); /* begun: on its way */
    m = (frond_pipe_message){.handles = got, .n_handles = N};
    int64_t n = FROND_ETIMEDOUT;
    for (int i = 0; i < 100000 && n == FROND_ETIMEDOUT; i++) {
        frond_pipe_flush(a, FROND_NOW);
        n = frond_pipe_receive_message(b, &m, FROND_NOW);
    }
    CHECK_INT(n, LARGE);
    CHECK_INT(m.n_handles, N);
    CHECK_INT(descriptors_open(), before);
    for (size_t i = 0; i < m.n_handles; i += 2) { /* in their order */
        char c = 0;
        CHECK_INT(frond_write(got[i].of.stream, "x", 1, NULL, FROND_NOW), 0);
        CHECK_INT(frond_read(got[i + 1].of.stream, &c, 1, frond_in(20000)), 1);
    }
    for (size_t i = 0; i < m.n_handles; i++)
        frond_handle_free(&got[i]);
    for (int i = 0; i < N; i++)
        frond_stream_free(s[i]);
    frond_free(m.data);
    free(large);
    frond_pipe_free(a);
    frond_pipe_free(b);
}

static const test_case tests[] = {
    ROWS(at_the_start, "at the start"),
    ROWS(to_a_running_process, "to a running process"),
    ROWS(from_a_running_process, "from a running process"),
    ROWS(case_96_only_what_is_passed, "case 96: only what is passed"),
    ROWS(refused, "refused"),
    {"keep or close", keep_or_close},
    {"unwanted", unwanted},
    {"in use, or not there", in_use_or_not_there},
    {"as many as may be", as_many_as_may_be},
    {0}};

int main(int argc, char **argv) {
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/handles", tests, argc, argv);
}
