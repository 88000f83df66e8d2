/* SPDX-License-Identifier: MIT */
/* See channel.h.  c-ares tells which of its sockets to watch and how long to wait; libuv's handles
 * outlive the sockets until their close callbacks, so each is memory of its own, and so is the
 * channel until the last has gone. */
#include "channel.h"

#include "servers.h"
#include "wire.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <string.h>

enum { TIMEOUT_MS = 2000 };

typedef struct watched {
    uv_poll_t poll;
    struct watched *next;
    ares_socket_t fd;
    frond__channel *channel;
} watched;

struct frond__channel {
    ares_channel ares;
    uv_loop_t *loop;
    uv_timer_t timer;
    uint64_t
        timeout_ms; /* no question has less time left when it is asked, or asked again */
    watched *sockets;
    unsigned handles;     /* not yet closed: the timer and the polls */
    size_t asked;         /* and not answered */
    frond__channel *next; /* of those retired */
    frond__channel **retired;
    bool loop_gone;
};

static void unref(frond__channel *c) {
    if (--c->handles == 0)
        frond_free(c);
}

static void timer_closed(uv_handle_t *handle) {
    unref(handle->data);
}

static void poll_closed(uv_handle_t *handle) {
    watched *w = (watched *)handle;
    frond__channel *c = w->channel;
    frond_free(w);
    unref(c);
}

static void time_over(uv_timer_t *timer);

static void start_timer(frond__channel *c, uint64_t ms) {
    uv_timer_start(&c->timer, time_over, ms, 0);
    uv_unref((uv_handle_t *)&c->timer);
}

/* ares_timeout looks at every question, so it is called when the time is over only, not at each event.  Until
 * then the timer may be early, which costs a look, but never late. */
static void keep_timer(frond__channel *c) {
    if (c->asked == 0)
        uv_timer_stop(&c->timer);
    else if (!uv_is_active((uv_handle_t *)&c->timer) ||
             uv_timer_get_due_in(&c->timer) > c->timeout_ms)
        start_timer(c, c->timeout_ms);
}

/* c-ares may open sockets in here, and marks them close-on-exec afterwards. */
static void process(frond__channel *c, ares_socket_t readable, ares_socket_t writable) {
    frond_opening_begin();
    ares_process_fd(c->ares, readable, writable);
    frond_opening_end();
    if (c->retired && c->asked == 0)
        frond__channel_free(c, false);
    else
        keep_timer(c);
}

static void time_over(uv_timer_t *timer) {
    frond__channel *c = timer->data;
    frond__channel **retired = c->retired;
    c->retired = NULL; /* it is to be here still when this returns */
    process(c, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    c->retired = retired;
    if (retired && c->asked == 0) {
        frond__channel_free(c, false);
        return;
    }
    struct timeval tv, *wait = ares_timeout(c->ares, NULL, &tv);
    if (wait) {
        uint64_t ms =
            (uint64_t)wait->tv_sec * 1000 + ((uint64_t)wait->tv_usec + 999) / 1000;
        start_timer(c, ms ? ms : 1);
    }
}

static void socket_ready(uv_poll_t *poll, int status, int events) {
    watched *w = (watched *)poll;
    ares_socket_t fd = w->fd;
    if (status < 0) /* an error on the socket: c-ares will find it by reading */
        events = UV_READABLE | UV_WRITABLE;
    process(w->channel, events & UV_READABLE ? fd : ARES_SOCKET_BAD,
            events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
}

static watched *watch(frond__channel *c, ares_socket_t fd) {
    watched *w = frond_calloc(1, sizeof *w);
    if (!w || uv_poll_init_socket(c->loop, &w->poll, fd) < 0) {
        frond_free(w); /* c-ares will time out and try another socket */
        return NULL;
    }
    uv_unref((uv_handle_t *)&w->poll);
    frond_descriptor_opened((intptr_t)fd);
    w->fd = fd;
    w->channel = c;
    w->next = c->sockets;
    c->sockets = w;
    c->handles++;
    return w;
}

/* c-ares closes the socket right after saying that nothing is to be watched: libuv aborts when a
 * watched descriptor is closed, so the poll stops here and now. */
static void socket_state(void *data, ares_socket_t fd, int readable, int writable) {
    frond__channel *c = data;
    watched **link = &c->sockets;
    while (*link && (*link)->fd != fd)
        link = &(*link)->next;
    watched *w = *link;
    if (readable || writable) {
        if (w || (w = watch(c, fd)))
            uv_poll_start(&w->poll,
                          (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                          socket_ready);
    } else if (w) {
        *link = w->next;
        frond_descriptor_closing((intptr_t)fd);
        if (c->loop_gone) {
            poll_closed((uv_handle_t *)&w->poll);
        } else {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, poll_closed);
        }
    }
}

static uv_once_t library_once = UV_ONCE_INIT;
static int library_status;

static void start_library(void) {
    library_status = ares_library_init(ARES_LIB_INIT_ALL);
}

static int open_ares(frond__channel *c, const frond_resolver_options *o, int flags) {
    struct ares_options options = {.timeout = (int)c->timeout_ms,
                                   .tries = o->tries ? o->tries : 3,
                                   .ednspsz = o->edns_size,
                                   .udp_port = (unsigned short)o->port,
                                   .tcp_port = (unsigned short)o->port,
                                   .sock_state_cb = socket_state,
                                   .sock_state_cb_data = c};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    flags |= o->edns_size ? ARES_FLAG_EDNS : 0;
    flags |= o->use_tcp ? ARES_FLAG_USEVC : 0;
    options.flags = flags;
    mask |= flags ? ARES_OPT_FLAGS : 0;
    mask |= o->edns_size ? ARES_OPT_EDNSPSZ : 0;
    mask |= o->rotate ? ARES_OPT_ROTATE : 0;
    mask |= o->port ? ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT : 0;
    int status = ares_init_options(&c->ares, &options, mask);
    if (status != ARES_SUCCESS)
        return frond_fail_text(FROND_ENOMEM, "resolver: %s", ares_strerror(status));
    int rc = o->servers ? frond__servers_set(c->ares, o->servers, o->port) : 0;
    if (rc == 0)
        return 0;
    ares_destroy(c->ares);
    if (rc == FROND_EINVAL)
        return frond_fail_text(rc, "resolver: \"%.200s\" is no list of name servers",
                               o->servers);
    return frond_fail_set(rc, "resolver");
}

/* c-ares (1.18) takes SERVFAIL, NOTIMP and REFUSED for no answer, asks the next server, and in the end
 * says that it could contact none.  Where there is no next server the answer itself is better. */
static int start_channel(frond__channel *c, const frond_resolver_options *o) {
    int rc = open_ares(c, o, 0);
    if (rc < 0)
        return rc;
    if (frond__servers_count(c->ares) != 1)
        return 0;
    ares_destroy(c->ares);
    return open_ares(c, o, ARES_FLAG_NOCHECKRESP);
}

int frond__channel_new(const frond_resolver_options *o, frond__channel **out,
                       frond__settings **settings) {
    uv_once(&library_once, start_library);
    frond__channel *c = frond_calloc(1, sizeof *c);
    int rc = FROND_ENOMEM;
    if (!c || library_status != ARES_SUCCESS || !(c->loop = frond_loop()))
        goto free_channel;
    c->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
    if ((rc = start_channel(c, o)) < 0) {
        frond_free(c);
        return rc;
    }
    if ((rc = frond__settings_new(c->ares, o, settings)) < 0)
        goto destroy_ares;
    uv_timer_init(c->loop, &c->timer);
    uv_unref((uv_handle_t *)&c->timer);
    c->timer.data = c;
    c->handles = 1;
    *out = c;
    return 0;

destroy_ares:
    ares_destroy(c->ares);
free_channel:
    frond_free(c);
    return frond_fail_set(rc, "resolver");
}

/* ---- questions ---- */

static int code_of(int status) {
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOTFOUND:
        return FROND_EDNS_NOTFOUND;
    case ARES_ENODATA:
        return FROND_EDNS_NODATA;
    case ARES_EREFUSED:
        return FROND_EDNS_REFUSED;
    case ARES_EBADNAME:
    case ARES_EBADQUERY:
    case ARES_EBADSTR:
        return FROND_EDNS_BADNAME;
    case ARES_EBADRESP:
    case ARES_EFORMERR:
        return FROND_EDNS_BADRESP;
    case ARES_ECONNREFUSED:
    case ARES_ETIMEOUT:
    case ARES_EOF:
        return FROND_EDNS_NOSERVER;
    case ARES_ENOMEM:
        return FROND_ENOMEM;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return FROND_ECLOSED;
    default:
        return FROND_EDNS_SERVFAIL;
    }
}

static void answered(void *arg, int status, int timeouts, unsigned char *answer, int n) {
    frond__question *q = arg;
    (void)timeouts;
    q->channel->asked--;
    q->done(q, code_of(status), n > 0 ? answer : NULL, n > 0 ? (size_t)n : 0);
}

void frond__channel_ask(frond__channel *c, const char *name, int type,
                        frond__question *q) {
    q->channel = c;
    c->asked++;
    frond_opening_begin();
    ares_query(c->ares, name, FROND__CLASS_IN, type, answered, q);
    frond_opening_end();
    keep_timer(c);
}

int frond__query_make(const char *name, int type, int edns_size, unsigned char **query,
                      size_t *n) {
    static _Thread_local unsigned short id;
    int size = 0;
    int status =
        ares_create_query(name, FROND__CLASS_IN, type, ++id, 1, query, &size, edns_size);
    *n = size > 0 ? (size_t)size : 0;
    return code_of(status);
}

void frond__query_free(unsigned char *query) {
    ares_free_string(query);
}

/* ---- the end ---- */

void frond__channel_retire(frond__channel *c, frond__channel **list) {
    if (c->asked == 0) {
        frond__channel_free(c, false);
        return;
    }
    c->retired = list;
    c->next = *list;
    *list = c;
}

static void leave_list(frond__channel *c) {
    frond__channel **link = c->retired;
    while (link && *link != c)
        link = &(*link)->next;
    if (link)
        *link = c->next;
    c->retired = NULL;
}

void frond__channel_free(frond__channel *c, bool loop_gone) {
    leave_list(c);
    c->loop_gone = loop_gone;
    if (!loop_gone) {
        uv_timer_stop(&c->timer);
        uv_close((uv_handle_t *)&c->timer, timer_closed);
    }
    ares_destroy(c->ares); /* closes its sockets, each by socket_state */
    if (loop_gone)
        unref(c);
}
