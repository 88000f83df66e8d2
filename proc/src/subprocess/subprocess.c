/* SPDX-License-Identifier: MIT */
/* Starting other programs: what the options ask for is opened here, and ends in the child or in the process's
 * streams. */
#include "launch/launch.h"
#include "launch/terminal.h"
#include "process.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/stream.h>
#include <frond/impl/waiter.h>
#include <string.h>

enum {
    MOST_SIZE = 32767 /* rows or columns of a terminal, which Windows counts so far */
};

/* ---- options ---- */

static int refuse(const char *why) {
    return frond_fail_text(FROND_EINVAL, "start: %s", why);
}

static int check_stream(const frond_stdio *s, int which) {
    bool named = s->kind == FROND_STDIO_FILE || s->kind == FROND_STDIO_APPEND;
    if ((unsigned)s->kind > FROND_STDIO_STDERR)
        return refuse("a kind of standard stream that there is not");
    if ((s->kind == FROND_STDIO_STDOUT && which != 2) ||
        (s->kind == FROND_STDIO_STDERR && which != 1) ||
        (s->kind == FROND_STDIO_APPEND && which == 0))
        return refuse("a standard stream that cannot lead there");
    if (named && (!s->path || !s->path[0]))
        return refuse("a file without a name");
    return s->kind == FROND_STDIO_FD && s->fd < 0 ? refuse("a negative descriptor") : 0;
}

static int check_passed(const frond_subprocess_options *o) {
    if (o->n_pass > FROND__MOST_PASSED - 1 || (o->n_pass && !o->pass))
        return refuse("too many descriptors to pass");
    for (size_t i = 0; i < o->n_pass; i++) {
        if (o->pass[i].fd < 0)
            return refuse("a negative descriptor");
    }
    return 0;
}

static int check_options(const frond_subprocess_options *o) {
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return refuse("a reserved option is not zero");
    if (o->out.kind == FROND_STDIO_STDERR && o->err.kind == FROND_STDIO_STDOUT)
        return refuse("standard output and error lead to each other");
    if (o->group < 0 || (o->group && (o->new_group || o->new_session)))
        return refuse("a group to join, or a new one");
    if (o->rows < 0 || o->columns < 0 || o->rows > MOST_SIZE || o->columns > MOST_SIZE)
        return refuse("a terminal of that size");
    if (o->n_limits && !o->limits)
        return refuse("limits");
    if (o->set_umask && (o->umask < 0 || o->umask > 0777))
        return refuse("umask");
    const frond_stdio *streams[] = {&o->in, &o->out, &o->err};
    int rc = check_passed(o);
    for (int i = 0; rc == 0 && i < 3; i++)
        rc = check_stream(streams[i], i);
    return rc < 0 ? rc : frond__launch_check(o);
}

/* ---- streams ---- */

typedef struct {
    frond__launch launch;
    intptr_t ours[3];         /* -1: none */
    frond__terminal terminal; /* the child's own */
    frond_stream *typing;     /* writes to that */
} setup;

/* With a terminal of its own, what would be inherited or a pipe leads there. */
static bool on_terminal(const setup *s, const frond_stdio *o) {
    return s->launch.o->pty &&
           (o->kind == FROND_STDIO_INHERIT || o->kind == FROND_STDIO_PIPE);
}

static int open_stream(setup *s, const frond_stdio *o, int which) {
    frond__child_stream *theirs = &s->launch.stdio[which];
    int rc = 0;
    if (on_terminal(s, o)) {
        theirs->fd = s->launch.terminal;
        return 0;
    }
    switch (o->kind) {
    case FROND_STDIO_PIPE:
        rc = frond__launch_pipe(which == 0, &s->ours[which], &theirs->fd);
        theirs->own = rc == 0;
        break;
    case FROND_STDIO_NULL:
    case FROND_STDIO_FILE:
    case FROND_STDIO_APPEND:
        rc = frond__launch_file(o->kind, o->path, which == 0, &theirs->fd);
        theirs->own = rc == 0;
        break;
    case FROND_STDIO_FD:
        theirs->fd = o->fd;
        break;
    default:
        break;
    }
    if (rc < 0 && (o->kind == FROND_STDIO_FILE || o->kind == FROND_STDIO_APPEND))
        return frond_fail_text(rc, "start: \"%.200s\": %s", o->path,
                               frond_error_message(rc));
    return rc < 0 ? frond_fail_set(rc, "start: standard stream") : 0;
}

/* The one of standard output and error that leads where the other does. */
static void alias(setup *s, int from, int to) {
    frond__child_stream *stream = &s->launch.stdio[from], *other = &s->launch.stdio[to];
    stream->fd = other->fd >= 0 ? other->fd : frond__launch_standard(to);
}

static int open_terminal(setup *s) {
    const frond_subprocess_options *o = s->launch.o;
    int rc = 0;
    if (o->pty) {
        rc = frond__terminal_open(o->rows, o->columns, &s->terminal);
        s->launch.terminal = s->terminal.child;
    } else if (o->foreground) {
        rc = frond__launch_terminal(&s->launch.terminal);
    }
    return rc < 0 ? frond_fail_set(rc, "start: terminal") : 0;
}

static int open_streams(setup *s) {
    const frond_subprocess_options *o = s->launch.o;
    const frond_stdio *streams[] = {&o->in, &o->out, &o->err};
    int rc = open_terminal(s);
    for (int i = 0; rc == 0 && i < 3; i++)
        rc = open_stream(s, streams[i], i);
    if (rc == 0 && o->out.kind == FROND_STDIO_STDERR)
        alias(s, 1, 2);
    if (rc == 0 && o->err.kind == FROND_STDIO_STDOUT)
        alias(s, 2, 1);
    return rc;
}

static void close_theirs(setup *s) {
    for (int i = 0; i < 3; i++)
        if (s->launch.stdio[i].own)
            frond__launch_close(s->launch.stdio[i].fd);
    if (s->launch.terminal != s->terminal.by)
        frond__launch_close(s->launch.terminal);
}

static void close_ours(setup *s) {
    for (int i = 0; i < 3; i++)
        frond__launch_close(s->ours[i]);
    frond__launch_close(s->terminal.writes);
    frond__launch_close(s->terminal.reads);
}

/* Our ends become streams; those that are left when one does not are still ours to close. */
static int adopt_one(intptr_t *ours, frond_stream **stream) {
    int rc = *ours < 0 ? 0 : frond_stream_adopt_pipe(*ours, stream);
    if (rc == 0)
        *ours = -1;
    return rc;
}

static int adopt_terminal(setup *s, frond_stream *streams[3]) {
    const frond_subprocess_options *o = s->launch.o;
    const frond_stdio *kinds[] = {&o->in, &o->out, &o->err};
    frond_stream *reads = NULL;
    int rc = adopt_one(&s->terminal.writes, &s->typing);
    if (rc == 0)
        rc = adopt_one(&s->terminal.reads, &reads);
    for (int i = 0; rc == 0 && i < 3; i++)
        if (on_terminal(s, kinds[i]))
            streams[i] = frond_stream_ref(i > 0 && reads ? reads : s->typing);
    frond_stream_free(reads);
    return rc;
}

static int adopt(setup *s, frond_stream *streams[3]) {
    int rc = adopt_terminal(s, streams);
    for (int i = 0; rc == 0 && i < 3; i++)
        rc = adopt_one(&s->ours[i], &streams[i]);
    return rc;
}

/* ---- starting ---- */

static int start(setup *s, frond_process **p, frond_deadline d) {
    frond_stream *streams[3] = {NULL, NULL, NULL};
    frond__os_process os = {0};
    int rc = open_streams(s);
    if (rc == 0 &&
        (rc = adopt(s, streams)) == 0) /* what can fail, fails before there is a child */
        rc = frond__launch_start(&s->launch, &os, d);
    close_theirs(s);
    close_ours(s);
    if (rc == 0 &&
        (rc = frond__process_watch(
             &os, s->launch.o->program ? s->launch.o->program : s->launch.argv[0], p)) <
            0)
        frond__process_give_up(&os);
    if (rc == 0) {
        memcpy((*p)->streams, streams, sizeof streams);
        (*p)->terminal = s->typing;
        (*p)->terminal_by = s->terminal.by;
        (*p)->grace_ms = s->launch.o->pipe_grace_ms;
        (*p)->leads =
            s->launch.o->new_group || s->launch.o->new_session || s->launch.o->pty;
        return 0;
    }
    for (int i = 0; i < 3; i++)
        frond_stream_free(streams[i]);
    frond_stream_free(s->typing);
    if (s->terminal.by != -1)
        frond__terminal_let_go(s->terminal.by);
    return rc;
}

int frond_subprocess_start(const char *const *argv, const frond_subprocess_options *o,
                           frond_process **p, frond_deadline d) {
    static const frond_subprocess_options none;
    o = o ? o : &none;
    setup s = {.launch = {.argv = argv,
                          .o = o,
                          .stdio = {{-1, false}, {-1, false}, {-1, false}},
                          .terminal = -1},
               .ours = {-1, -1, -1},
               .terminal = {-1, -1, -1, -1}};
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!argv || !argv[0] || !p)
        return refuse("no arguments");
    rc = check_options(o);
    return rc < 0 ? rc : start(&s, p, d);
}

/* ---- the streams ---- */

frond_stream *frond_process_stdin(const frond_process *p) {
    return p ? p->streams[0] : NULL;
}

frond_stream *frond_process_stdout(const frond_process *p) {
    return p ? p->streams[1] : NULL;
}

frond_stream *frond_process_stderr(const frond_process *p) {
    return p ? p->streams[2] : NULL;
}

int frond_process_resize(frond_process *p, int rows, int columns) {
    int rc = frond__process_check(p, "process resize");
    if (rc < 0)
        return rc;
    if (rows < 0 || columns < 0 || rows > MOST_SIZE || columns > MOST_SIZE)
        return frond_fail_text(FROND_EINVAL, "process resize: a terminal of that size");
    if (!p->terminal)
        return frond_fail_text(FROND_ENOTSUP,
                               "process resize: it has no terminal of its own");
    if (p->terminal->closed)
        return frond_fail_set(FROND_ECLOSED, "process resize");
    rc = frond__terminal_resize(p->terminal_by, rows, columns);
    return rc < 0 ? frond_fail_set(rc, "process resize") : 0;
}
