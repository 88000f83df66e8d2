/* SPDX-License-Identifier: MIT */
/* Happy Eyeballs, version 2 (RFC 8305).  Two greenlets look up A and AAAA, each attempt is one, and whoever
 * called decides what comes next: it alone changes the lists, the others report to it. */
#include "connect/race.h"

#include <frond/error.h>
#include <frond/event.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/timeout.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    RESOLUTION_MS = 50, /* that A waits for AAAA */
    ATTEMPT_MS = 250,   /* until the next address is tried beside the last */
    CLEANUP_MS = 1000,
    ATTEMPTS_TEXT = 1000
};

typedef struct race race;

typedef struct {
    race *race;
    const char *host;
    int port;
    frond_family family;
    frond_greenlet *greenlet;
    frond_addrs *addrs;
    size_t next; /* that was not tried */
    int rc;
    bool ended;
    char text[300];
} lookup;

typedef struct attempt {
    struct attempt *next;
    race *race;
    frond_addr to;
    frond_greenlet *greenlet;
    frond_stream *stream; /* when it has won */
    int rc;
    bool ended;
    char text[200];
} attempt;

struct race {
    const frond_connect_options *options;
    frond_deadline d;
    lookup six, four;
    lookup *turn; /* whose address is next, when it has one */
    attempt *first, *last;
    frond_event news;
    int64_t lookups_over,
        last_start; /* when A was there without AAAA; when the last attempt began */
};

/* ---- what runs beside ---- */

static void *look_up(void *arg) {
    lookup *l = arg;
    l->rc = frond_resolver_resolve(l->race->options->resolver, l->host, l->port,
                                   l->family, &l->addrs, l->race->d);
    if (l->rc < 0)
        snprintf(l->text, sizeof l->text, "%s", frond_error_text());
    l->ended = true;
    frond_event_set(&l->race->news);
    return NULL;
}

static void *try_one(void *arg) {
    attempt *a = arg;
    a->rc = frond_tcp_connect_addr(&a->to, a->race->options, &a->stream, a->race->d);
    if (a->rc < 0)
        snprintf(a->text, sizeof a->text, "%s", frond_error_text());
    a->ended = true;
    frond_event_set(&a->race->news);
    return NULL;
}

/* ---- what comes next ---- */

static bool has_address(const lookup *l) {
    return l->ended && l->next < frond_addrs_count(l->addrs);
}

static bool is_running(const race *r) {
    for (const attempt *a = r->first; a; a = a->next)
        if (!a->ended)
            return true;
    return false;
}

/* The family of what is to be tried first, where both are there. */
static void choose_first(race *r) {
    r->turn = has_address(&r->six) ? &r->six : &r->four;
    if (!has_address(&r->six) || !has_address(&r->four))
        return;
    frond_addr both[2] = {*frond_addrs_at(r->six.addrs, r->six.next),
                          *frond_addrs_at(r->four.addrs, r->four.next)};
    frond_addr_sort(both, 2);
    if (both[0].family != FROND_IPV6)
        r->turn = &r->four;
}

/* When the next address may be tried; INT64_MAX: something else must happen first. */
static int64_t may_start(race *r) {
    if (!has_address(&r->six) && !has_address(&r->four))
        return INT64_MAX;
    if (r->last) {
        uint64_t ms = r->options->fallback_ms ? r->options->fallback_ms : ATTEMPT_MS;
        return is_running(r) ? r->last_start + (int64_t)ms * 1000000 : 0;
    }
    if (r->six.ended && (r->four.ended || has_address(&r->six)))
        return 0;
    if (!r->lookups_over)
        r->lookups_over = frond_now();
    return r->lookups_over + (int64_t)RESOLUTION_MS * 1000000;
}

static void note_time(const race *r) {
    if (r->options->resolved_at)
        *r->options->resolved_at = frond_now();
}

static int start_next(race *r) {
    if (!r->turn)
        choose_first(r);
    if (!r->last)
        note_time(r);
    lookup *from = has_address(r->turn) ? r->turn
                   : r->turn == &r->six ? &r->four
                                        : &r->six;
    attempt *a = frond_calloc(1, sizeof *a);
    if (!a)
        return frond_fail_set(FROND_ENOMEM, "connect");
    a->race = r;
    a->to = *frond_addrs_at(from->addrs, from->next++);
    static const frond_spawn_options named = {.name = "connect"};
    if (!(a->greenlet = frond_spawn_with(&named, try_one, a))) {
        frond_free(a);
        return frond_error_code();
    }
    if (r->last)
        r->last->next = a;
    else
        r->first = a;
    r->last = a;
    r->turn = from == &r->six ? &r->four : &r->six;
    r->last_start = frond_now();
    return 0;
}

/* Whether no other address could do better.  What is invalid or forbidden of one address (a link without its
 * interface, a firewall's rule for a family) need not be of the next. */
static bool is_hopeless(int rc) {
    return rc == FROND_EMFILE || rc == FROND_ENFILE || rc == FROND_ENOMEM ||
           rc == FROND_ENOTSUP;
}

/* 1: one has won; 0: none yet; an error: none will. */
static int judge(race *r) {
    int rc = 0;
    for (const attempt *a = r->first; a; a = a->next) {
        if (a->ended && a->rc == 0)
            return 1;
        if (a->ended && is_hopeless(a->rc))
            return a->rc;
        if (a->ended)
            rc = a->rc;
    }
    if (is_running(r) || has_address(&r->six) || has_address(&r->four) || !r->six.ended ||
        !r->four.ended)
        return 0;
    if (rc)
        return rc;
    return r->four.rc < 0 && (r->four.rc != FROND_EDNS_NODATA || r->six.rc == 0)
               ? r->four.rc
               : r->six.rc;
}

static int run(race *r) {
    int rc;
    while ((rc = judge(r)) == 0) {
        int64_t start = may_start(r);
        if (start <= frond_now()) {
            if ((rc = start_next(r)) < 0)
                return rc;
            continue;
        }
        frond_event_clear(&r->news);
        rc = frond_event_wait(&r->news, frond_earlier((frond_deadline){start}, r->d));
        if (rc < 0 && (rc != FROND_ETIMEDOUT || frond_remaining(r->d) <= 0))
            return rc;
    }
    return rc;
}

/* ---- the end ---- */

static size_t add(char *text, size_t used, const char *before, const char *more) {
    int n = snprintf(text + used, ATTEMPTS_TEXT - used, "%s%.300s", before, more);
    used += n < 0 ? 0 : (size_t)n;
    return used < ATTEMPTS_TEXT ? used : ATTEMPTS_TEXT - 1;
}

static void list_attempts(const race *r, const char *name, char text[ATTEMPTS_TEXT]) {
    size_t used = name ? add(text, add(text, 0, "", name), ": ", "") : 0;
    for (const attempt *a = r->first; a; a = a->next) {
        char own[FROND_ADDR_TEXT + 40], to[FROND_ADDR_TEXT];
        snprintf(own, sizeof own, "connect %s: no answer yet",
                 frond_addr_format(&a->to, to, sizeof to));
        used = add(text, used, a == r->first ? "" : "; ", a->ended ? a->text : own);
    }
}

/* All that was tried, or, when nothing was, why not. */
static void explain(const race *r, const char *name, int rc, char text[ATTEMPTS_TEXT]) {
    const lookup *asked = rc == r->four.rc ? &r->four : &r->six;
    if (rc == FROND_ECANCELED || rc == FROND_ENOSUSPEND || rc == FROND_EDEADLK)
        add(text, 0, "", frond_error_text());
    else if (r->first)
        list_attempts(r, name, text);
    else if (asked->ended && asked->rc == rc)
        add(text, 0, "", asked->text);
    else
        add(text, add(text, 0, "connect ", name ? name : ""), ": ",
            frond_error_message(rc));
}

static void stop(frond_greenlet *g) {
    if (!g)
        return;
    frond_shield_begin(CLEANUP_MS);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_shield_end();
    frond_release(g);
}

/* Those that have lost are cancelled, and the second to win is closed. */
static frond_stream *clean_up(race *r) {
    frond_stream *won = NULL;
    for (attempt *a = r->first, *next; a; a = next) {
        next = a->next;
        stop(a->greenlet);
        if (!won)
            won = a->stream;
        else
            frond_stream_free(a->stream);
        frond_free(a);
    }
    lookup *both[] = {&r->six, &r->four};
    for (int i = 0; i < 2; i++) {
        stop(both[i]->greenlet);
        frond_addrs_free(both[i]->addrs);
    }
    return won;
}

static int finish(race *r, const char *name, frond_stream **s) {
    char text[ATTEMPTS_TEXT];
    int rc = run(r);
    if (rc < 0)
        explain(r, name, rc, text);
    frond_stream *won = clean_up(r);
    if (rc < 0) {
        frond_stream_free(won);
        return frond_fail_text(rc, "%s", text);
    }
    *s = won;
    return 0;
}

/* ---- the verbs ---- */

static void begin(race *r, const frond_connect_options *o, frond_deadline d) {
    static const frond_connect_options none;
    memset(r, 0, sizeof *r);
    r->options = o ? o : &none;
    r->d = d;
    r->news = (frond_event)FROND_EVENT_INIT;
    r->six.race = r->four.race = r;
    r->six.ended = r->four.ended = true;
    r->six.rc = r->four.rc = FROND_EDNS_NODATA;
}

static const frond_addr *only_address(const race *r) {
    size_t six = frond_addrs_count(r->six.addrs), four = frond_addrs_count(r->four.addrs);
    if (!r->six.ended || !r->four.ended || six + four != 1)
        return NULL;
    return frond_addrs_at(six ? r->six.addrs : r->four.addrs, 0);
}

/* One address needs no race. */
static int connect_one(race *r, const char *name, frond_stream **s) {
    frond_addr to = *only_address(r);
    note_time(r);
    clean_up(r);
    int rc = frond_tcp_connect_addr(&to, r->options, s, r->d);
    if (rc == 0 || !name || rc == FROND_ECANCELED)
        return rc;
    char text[300];
    snprintf(text, sizeof text, "%s", frond_error_text());
    return frond_fail_text(rc, "%.255s: %s", name, text);
}

int frond__race_addrs(const frond_addrs *addrs, const char *name,
                      const frond_connect_options *o, frond_stream **s,
                      frond_deadline d) {
    race r;
    begin(&r, o, d);
    r.six.addrs = frond_addrs_new();
    r.four.addrs = frond_addrs_new();
    bool all = r.six.addrs && r.four.addrs;
    for (size_t i = 0; all && i < frond_addrs_count(addrs); i++) {
        const frond_addr *a = frond_addrs_at(addrs, i);
        if (r.options->local.family && r.options->local.family != a->family)
            continue;
        lookup *l = a->family == FROND_IPV6 ? &r.six : &r.four;
        r.turn = r.turn ? r.turn : l;
        all = frond_addrs_add(l->addrs, a) == 0;
    }
    if (!all) {
        clean_up(&r);
        return frond_fail_set(FROND_ENOMEM, "connect");
    }
    if (!r.turn) {
        clean_up(&r);
        return frond_fail_text(FROND_EAFNOSUPPORT,
                               "connect%s%.255s: no address of the local one's family",
                               name ? " " : "", name ? name : "");
    }
    return only_address(&r) ? connect_one(&r, name, s) : finish(&r, name, s);
}

/* What the cache or a file knows is there at once; else the question is on its way, and a greenlet waits. */
static int ask(lookup *l, frond_family family, const char *host, int port) {
    l->host = host;
    l->port = port;
    l->family = family;
    l->rc = frond_resolver_resolve(l->race->options->resolver, host, port, family,
                                   &l->addrs, FROND_NOW);
    if (l->rc != FROND_ETIMEDOUT) {
        snprintf(l->text, sizeof l->text, "%s", l->rc < 0 ? frond_error_text() : "");
        return l->rc == FROND_ECANCELED || l->rc == FROND_ENOSUSPEND ||
                       l->rc == FROND_EINVAL || l->rc == FROND_ETHREAD
                   ? l->rc
                   : 0;
    }
    static const frond_spawn_options named = {.name = "look up"};
    l->ended = false;
    if ((l->greenlet = frond_spawn_with(&named, look_up, l)))
        return 0;
    l->ended = true;
    return frond_error_code();
}

int frond__race_host(const char *host, int port, const frond_connect_options *o,
                     frond_stream **s, frond_deadline d) {
    race r;
    int rc = 0;
    begin(&r, o, d);
    if (r.options->local.family != FROND_IPV4)
        rc = ask(&r.six, FROND_IPV6, host, port);
    if (rc == 0 && r.options->local.family != FROND_IPV6)
        rc = ask(&r.four, FROND_IPV4, host, port);
    if (rc < 0) {
        char text[300];
        snprintf(text, sizeof text, "%s", frond_error_text());
        clean_up(&r);
        return frond_fail_text(rc, "%s", text);
    }
    return only_address(&r) ? connect_one(&r, host, s) : finish(&r, host, s);
}
