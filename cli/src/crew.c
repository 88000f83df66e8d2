/* SPDX-License-Identifier: MIT */
/* Processes that serve one site: each accepts from the same listeners, so that the system hands a connection to one
 * that has time.  A worker is told the options in words, and the certificate, which may have been made on the spot,
 * over its pipe; the end of the pipe ends it, whoever closes it. */
#include "command.h"
#include "serve.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

enum { START_MS = 30000, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 10000 };

typedef struct {
    crew *crew;
    frond_process *process; /* NULL: being replaced */
    frond_pipe *pipe;
    frond_greenlet *keeper;
} member;

struct crew {
    const char *argv;
    size_t argv_len, n;
    const frond_tls_options *who;
    frond_listener **listeners;
    frond_deadline until; /* while stopping: of what still runs */
    bool stopping;
    member members[];
};

/* ---- one worker, seen from the parent ---- */

static int send_text(frond_pipe *p, const char *text, frond_deadline d) {
    return frond_pipe_send(p, text ? text : "", text ? strlen(text) : 0, d);
}

/* What it serves with; and its answer: nothing, or what is wrong. */
static int brief(const crew *c, frond_pipe *p, frond_deadline d) {
    char *answer = NULL;
    int rc = send_text(p, c->who->cert_pem, d);
    if (rc == 0)
        rc = send_text(p, c->who->key_pem, d);
    int64_t n = rc == 0 ? frond_pipe_receive(p, (void **)&answer, d) : rc;
    if (n > 0)
        n = frond_fail_text(FROND_EPROC_START, "a worker cannot serve: %s", answer);
    frond_free(answer);
    return (int)n;
}

static int start(crew *c, member *m) {
    frond_handle handles[SITE_LISTENERS];
    size_t n = 0;
    frond_pipe *theirs;
    frond_process *p = NULL;
    frond_deadline d = frond_in(START_MS);
    int rc = frond_pipe_pair(NULL, &m->pipe, &theirs);
    if (rc < 0)
        return rc;
    for (int i = 0; i < SITE_LISTENERS; i++)
        if (c->listeners[i])
            handles[n++] = frond_handle_of_listener(c->listeners[i]);
    frond_process_options o = {.args = c->argv,
                               .args_len = c->argv_len,
                               .pipes = &theirs,
                               .n_pipes = 1,
                               .handles = handles,
                               .n_handles = n,
                               .keep_handles = 1};
    rc = frond_process_start("serve", &o, &p, d);
    if (rc == 0)
        rc = brief(c, m->pipe, d);
    frond_pipe_free(theirs);
    if (rc < 0) {
        frond_pipe_free(m->pipe);
        frond_process_free(p); /* the end of its pipe has ended it */
        m->pipe = NULL;
        return rc;
    }
    m->process = p;
    return 0;
}

static void forget(member *m) {
    frond_pipe_free(m->pipe);
    frond_process_free(m->process);
    m->pipe = NULL;
    m->process = NULL;
}

/* Starts another when this one ends, later and later when that is of no use. */
static void *keep(void *arg) {
    member *m = arg;
    crew *c = m->crew;
    uint64_t pause = FIRST_PAUSE_MS;
    char text[100];
    int status;
    while (m->process && frond_process_join(m->process, &status, FROND_NEVER) == 0 &&
           !c->stopping) {
        complain("a worker %s; another is started",
                 frond_process_status_text(status, text, sizeof text));
        forget(m);
        while (!m->process && frond_sleep(pause) == 0 && start(c, m) < 0) {
            complain("%s", frond_error_text());
            pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
        }
    }
    return NULL;
}

/* ---- all of them ---- */

int crew_start(const serve_options *o, const char *argv, size_t argv_len,
               const frond_tls_options *who, frond_listener *listeners[SITE_LISTENERS],
               crew **out) {
    size_t n = (size_t)o->jobs;
    crew *c = frond_calloc(1, sizeof *c + n * sizeof *c->members);
    int rc = 0;
    if (!c)
        return frond_fail_set(FROND_ENOMEM, "workers");
    *c = (crew){.argv = argv, .argv_len = argv_len, .who = who, .listeners = listeners};
    for (; rc == 0 && c->n < n; c->n++) {
        member *m = &c->members[c->n];
        m->crew = c;
        rc = start(c, m);
        if (rc == 0 && !(m->keeper = frond_spawn(keep, m)))
            rc = frond_error_code();
    }
    *out = c;
    return rc;
}

/* Their pipes end, and so do they; who has not by then is ended. */
int crew_stop(crew *c, frond_deadline d) {
    int late = 0;
    c->stopping = true;
    for (size_t i = 0; i < c->n; i++)
        frond_pipe_close(c->members[i].pipe);
    for (size_t i = 0; i < c->n; i++) {
        member *m = &c->members[i];
        if (m->process && frond_process_join(m->process, NULL, d) < 0) {
            late = FROND_ETIMEDOUT;
            frond_process_kill(m->process);
        }
        if (m->keeper) {
            frond_kill(m->keeper, FROND_EXIT, FROND_NEVER);
            frond_release(m->keeper);
        }
        forget(m);
    }
    frond_free(c);
    return late;
}

int64_t crew_pid(const crew *c, size_t i) {
    return frond_process_pid(c->members[i].process);
}

/* ---- the worker ---- */

/* The arguments as the parent had them, each with its NUL. */
static int parse(frond_child *self, serve_options *o) {
    enum { MOST = 64 };
    static char *argv[MOST];
    size_t len;
    const char *args = frond_child_args(self, &len);
    int argc = 0;
    for (size_t at = 0; at < len && argc < MOST; at += strlen(args + at) + 1)
        argv[argc++] = (char *)(uintptr_t)(args + at);
    return serve_options_parse(argc, argv, o);
}

/* In the order of the parent's. */
static void take_listeners(frond_child *self, const serve_options *o,
                           frond_listener *listeners[SITE_LISTENERS]) {
    const bool asked[SITE_LISTENERS] = {o->http >= 0, o->https >= 0};
    size_t at = 0;
    for (int i = 0; i < SITE_LISTENERS; i++) {
        frond_handle *h = asked[i] ? frond_child_handle(self, at++) : NULL;
        if (h && h->kind == FROND_HANDLE_LISTENER) {
            listeners[i] = h->of.listener;
            h->kind = FROND_HANDLE_NONE;
        }
    }
}

static int serve_site(frond_child *self, const serve_options *o, site *s) {
    frond_pipe *p = frond_child_pipe(self, 0);
    frond_listener *listeners[SITE_LISTENERS] = {0};
    char *cert = NULL, *key = NULL;
    frond_deadline d = frond_in(START_MS);
    take_listeners(self, o, listeners);
    int64_t rc = frond_pipe_receive(p, (void **)&cert, d);
    if (rc >= 0)
        rc = frond_pipe_receive(p, (void **)&key, d);
    if (rc >= 0) {
        frond_tls_options who = {.cert_file = o->cert,
                                 .key_file = o->key,
                                 .cert_pem = *cert ? cert : NULL,
                                 .key_pem = *key ? key : NULL};
        rc = site_start(s, o, &who, listeners);
        send_text(p, rc < 0 ? frond_error_text() : NULL, d);
    }
    for (int i = 0; i < SITE_LISTENERS; i++)
        frond_listener_free(listeners[i]);
    frond_free(cert);
    frond_free(key);
    return rc < 0 ? (int)rc : 0;
}

/* Ends the pipe, as the parent does. */
static void *await_signal(void *self) {
    static const int numbers[] = {SIGINT, SIGTERM};
    frond_signal *signals;
    if (frond_signal_open(numbers, 2, &signals) == 0) {
        if (frond_signal_wait(signals, NULL, FROND_NEVER) == 0)
            frond_pipe_close(frond_child_pipe(self, 0));
        frond_signal_free(signals);
    }
    return NULL;
}

int crew_worker(frond_child *self) {
    serve_options o;
    site s = {0};
    char *unexpected = NULL;
    if (parse(self, &o) != 0 || !frond_child_pipe(self, 0))
        return 1;
    frond_greenlet *watcher = frond_spawn(await_signal, self);
    int rc = serve_site(self, &o, &s);
    if (rc == 0)
        frond_pipe_receive(frond_child_pipe(self, 0), (void **)&unexpected, FROND_NEVER);
    frond_free(unexpected);
    if (site_stop(&s, frond_in(SERVE_DRAIN_MS)) < 0)
        rc = 1;
    if (watcher) {
        frond_kill(watcher, FROND_EXIT, FROND_NEVER);
        frond_release(watcher);
    }
    return rc < 0 ? 1 : rc;
}
