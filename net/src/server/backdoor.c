/* SPDX-License-Identifier: MIT */
/* The backdoor: a server on a thread of its own. */
#include <frond/backdoor.h>

#include <frond/command.h>
#include <frond/error.h>
#include <frond/event.h>
#include <frond/fork.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/reader.h>
#include <frond/server.h>
#include <frond/writer.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum {
    SESSIONS = 16,
    LINE = 1024,
    COMMAND_MS = 30000, /* for a command */
    WRITE_MS = 30000,   /* for its answer to be taken */
    CLOSE_MS = 1000
};

struct frond_backdoor {
    char where[300], banner[200];
    size_t max_sessions;
    uint64_t generation;
    uv_thread_t thread;
    uv_sem_t begun;
    frond_hub *hub; /* a reference, once it has begun */
    frond_event over;
    int rc; /* of the beginning, with its text */
    char text[300];
};

/* ---- sessions ---- */

/* Lines that are no end of the answer. */
static int send_lines(frond_writer *w, const char *text, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && *text) {
        size_t n = strcspn(text, "\n");
        if (*text == '.')
            rc = frond_writer_text(w, ".", d);
        if (rc == 0)
            rc = frond_writer_write(w, text, n, d);
        if (rc == 0)
            rc = frond_writer_text(w, "\n", d);
        text += n + (text[n] == '\n');
    }
    return rc;
}

static int answer(frond_writer *w, const char *text, const char *error) {
    frond_deadline d = frond_in(WRITE_MS);
    int rc = send_lines(w, text ? text : "", d);
    if (rc == 0 && error) {
        rc = frond_writer_text(w, "error: ", d);
        if (rc == 0)
            rc = send_lines(w, error, d);
    }
    if (rc == 0)
        rc = frond_writer_text(w, ".\n", d);
    return rc < 0 ? rc : frond_writer_flush(w, d);
}

static int greet(frond_writer *w, const frond_backdoor *b) {
    char text[600], path[256] = "";
    size_t n = sizeof path;
    (void)uv_exepath(path, &n);
    snprintf(text, sizeof text, "%s%s%s, process %lld; help lists the commands\n",
             b->banner, b->banner[0] ? "\n" : "", path, (long long)uv_os_getpid());
    return answer(w, text, NULL);
}

/* false: the session is over. */
static bool obey(frond_writer *w, const char *line) {
    char *text = NULL;
    while (*line == ' ' || *line == '\t')
        line++;
    if (strcmp(line, "quit") == 0 || strcmp(line, "exit") == 0)
        return false;
    if (!*line)
        return answer(w, NULL, NULL) == 0;
    int rc = frond_command_run(line, &text, frond_in(COMMAND_MS));
    rc = answer(w, text, rc < 0 ? frond_error_text() : NULL);
    frond_free(text);
    return rc == 0;
}

/* The next line without its end, or FROND_ELIMIT for one that was too long and is passed over. */
static int64_t next_line(frond_reader *r, char **line) {
    int64_t n = frond_reader_line(r, line, FROND_NEVER);
    bool too_long = n == FROND_ELIMIT;
    while (n == FROND_ELIMIT) {
        frond_reader_skip(r, frond_reader_buffered(r));
        n = frond_reader_line(r, line, FROND_NEVER);
    }
    return too_long && n >= 0 ? FROND_ELIMIT : n;
}

static void *session(frond_stream *s, void *arg) {
    frond_reader *r = frond_reader_new(s, LINE);
    frond_writer *w = frond_writer_new(s, 0, 0);
    char *line;
    int64_t n = r && w && greet(w, arg) == 0 ? 0 : -1;
    for (bool goes_on = n >= 0; goes_on;) {
        n = next_line(r, &line);
        if (n == FROND_ELIMIT)
            goes_on = answer(w, NULL, "the line is too long") == 0;
        else if (n >= 0 && (size_t)n != strlen(line))
            goes_on = answer(w, NULL, "the line has a zero byte") == 0;
        else
            goes_on = n >= 0 && obey(w, line);
    }
    frond_writer_free(w);
    frond_reader_free(r);
    return NULL;
}

/* ---- the thread ---- */

static int check(const frond_addr *a) {
    char text[FROND_ADDR_TEXT];
    bool here = a->family == FROND_UNIX || (a->family == FROND_IPV4 && a->ip[0] == 127);
    frond_addr loopback;
    if (!here && frond_addr_loopback(&loopback, FROND_IPV6, a->port) == 0)
        here = a->family == FROND_IPV6 && memcmp(a->ip, loopback.ip, 16) == 0;
    if (here)
        return 0;
    frond_addr_format(a, text, sizeof text);
    return frond_fail_text(FROND_EACCES, "backdoor: %s is not loopback's", text);
}

static int open_door(frond_backdoor *b, frond_server **server) {
    const frond_listen_options lo = {.mode = 0600, .replace = 1};
    const frond_server_options so = {.max_connections = b->max_sessions};
    frond_listener *l;
    frond_addr a;
    bool is_address = frond_addr_parse_port(&a, b->where, -1) == 0;
    int rc = is_address ? check(&a) : 0; /* a name is known when it is listened at */
    if (rc == 0)
        rc = frond_listen(b->where, &lo, &l, FROND_NOW); /* no name is asked for */
    if (rc < 0)
        return rc;
    rc = frond_listener_addr(l, &a);
    if (rc == 0)
        rc = check(&a);
    if (rc == 0)
        rc = frond_server_start(l, session, b, &so, server);
    if (rc < 0)
        frond_listener_free(l);
    else if (a.family != FROND_UNIX)
        frond_addr_format(&a, b->where, sizeof b->where);
    return rc;
}

static void run(void *arg) {
    frond_backdoor *b = arg;
    frond_server *server = NULL;
    frond_hub *hub = frond_hub_current();
    b->rc = hub ? open_door(b, &server) : frond_error_code();
    if (b->rc < 0)
        snprintf(b->text, sizeof b->text, "%s", frond_error_text());
    else
        b->hub = frond_hub_ref(hub);
    uv_sem_post(&b->begun);
    if (b->rc == 0) {
        frond_event_wait(&b->over, FROND_NEVER);
        frond_server_stop(server, FROND_NOW);
        frond_server_free(server);
        frond_hub_free(b->hub);
    }
    frond_hub_close(frond_in(CLOSE_MS));
}

static void end(void *arg) {
    frond_backdoor *b = arg;
    frond_event_set(&b->over);
}

/* ---- for all threads ---- */

static int begin(frond_backdoor *b) {
    if (uv_sem_init(&b->begun, 0) < 0)
        return frond_fail_set(FROND_ENOMEM, "backdoor");
    int rc = uv_thread_create(&b->thread, run, b);
    if (rc == 0) {
        uv_sem_wait(&b->begun);
        if (b->rc < 0)
            uv_thread_join(&b->thread);
    }
    uv_sem_destroy(&b->begun);
    if (rc < 0)
        return frond_fail_set(FROND_ENOMEM, "backdoor");
    return b->rc < 0 ? frond_fail_text(b->rc, "%s", b->text) : 0;
}

int frond_backdoor_start(const char *where, const frond_backdoor_options *o,
                         frond_backdoor **out) {
    static const frond_backdoor_options none;
    o = o ? o : &none;
    bool fits = where && out && strlen(where) + 5 < sizeof out[0]->where &&
                (!o->banner || strlen(o->banner) < sizeof out[0]->banner);
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        fits = fits && !o->reserved[i];
    if (!fits)
        return frond_fail_set(FROND_EINVAL, "backdoor");
    frond_backdoor *b = frond_calloc(1, sizeof *b);
    if (!b)
        return frond_fail_set(FROND_ENOMEM, "backdoor");
    snprintf(b->where, sizeof b->where, "%s%s", strchr(where, ':') ? "" : "unix:", where);
    snprintf(b->banner, sizeof b->banner, "%s", o->banner ? o->banner : "");
    b->max_sessions = o->max_sessions ? o->max_sessions : SESSIONS;
    b->generation = frond_generation();
    int rc = begin(b);
    if (rc < 0) {
        frond_free(b);
        return rc;
    }
    *out = b;
    return 0;
}

const char *frond_backdoor_where(const frond_backdoor *b) {
    return b->where;
}

void frond_backdoor_free(frond_backdoor *b) {
    if (!b)
        return;
    if (b->generation == frond_generation()) {
        frond_post(b->hub, end, b);
        uv_thread_join(&b->thread);
    }
    frond_free(b);
}
