/* SPDX-License-Identifier: MIT */
/* See channel.h.  c-ares tells which of its sockets to watch and how long to wait; libuv's handles
 * outlive the sockets until their close callbacks, so each is memory of its own, and so is the
 * channel until the last has gone. */
#include "channel.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <frond/impl/process.h>
#include <string.h>

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
    watched *sockets;
    unsigned handles; /* not yet closed: the timer and the polls */
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

static void set_timer(frond__channel *c) {
    struct timeval tv, *wait = ares_timeout(c->ares, NULL, &tv);
    if (!wait) {
        uv_timer_stop(&c->timer);
        return;
    }
    uint64_t ms = (uint64_t)wait->tv_sec * 1000 + ((uint64_t)wait->tv_usec + 999) / 1000;
    uv_timer_start(&c->timer, time_over, ms ? ms : 1, 0);
    uv_unref((uv_handle_t *)&c->timer);
}

/* c-ares may open sockets in here, and marks them close-on-exec afterwards. */
static void process(frond__channel *c, ares_socket_t readable, ares_socket_t writable) {
    frond_opening_begin();
    ares_process_fd(c->ares, readable, writable);
    frond_opening_end();
    set_timer(c);
}

static void time_over(uv_timer_t *timer) {
    process(timer->data, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
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

static size_t count_servers(ares_channel ares) {
    struct ares_addr_port_node *servers = NULL;
    size_t n = 0;
    if (ares_get_servers_ports(ares, &servers) != ARES_SUCCESS)
        return 0;
    for (const struct ares_addr_port_node *s = servers; s; s = s->next)
        n++;
    ares_free_data(servers);
    return n;
}

/* One server of a list, with its port or 53; the rest of the list, or NULL when it is none. */
static const char *parse_server(const char *at, frond_addr *a) {
    char one[FROND_ADDR_TEXT];
    size_t n = strcspn(at, ",");
    if (n == 0 || n >= sizeof one)
        return NULL;
    memcpy(one, at, n);
    one[n] = '\0';
    bool no_host = one[0] == ':' && one[1] != ':';
    if (no_host || frond_addr_parse_port(a, one, 53) < 0 || a->port == 0)
        return NULL;
    return at + n;
}

/* Its own parser takes some text that is no address, so c-ares is given addresses. */
static int set_servers(frond__channel *c, const char *list) {
    enum { MOST_SERVERS = 16 };
    struct ares_addr_port_node nodes[MOST_SERVERS];
    size_t n = 0;
    for (const char *at = list;; at++, n++) {
        frond_addr a;
        if (n == MOST_SERVERS || !(at = parse_server(at, &a)))
            return frond_fail_text(
                FROND_EINVAL, "resolver: \"%.200s\" is no list of name servers", list);
        nodes[n] = (struct ares_addr_port_node){.udp_port = a.port, .tcp_port = a.port};
        nodes[n].family = a.family == FROND_IPV6 ? AF_INET6 : AF_INET;
        memcpy(&nodes[n].addr, a.ip, a.family == FROND_IPV6 ? 16 : 4);
        if (n)
            nodes[n - 1].next = &nodes[n];
        if (!*at)
            break;
    }
    return ares_set_servers_ports(c->ares, nodes) == ARES_SUCCESS
               ? 0
               : frond_fail_set(FROND_ENOMEM, "resolver");
}

static int open_ares(frond__channel *c, const frond_resolver_options *o, int flags) {
    char lookups[] = "fb", dns_only[] = "b";
    struct ares_options options = {.timeout = (int)(o->timeout_ms ? o->timeout_ms : 2000),
                                   .tries = o->tries ? o->tries : 3,
                                   .flags = flags,
                                   .lookups = o->no_hosts_file ? dns_only : lookups,
                                   .sock_state_cb = socket_state,
                                   .sock_state_cb_data = c};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    mask |= o->no_hosts_file ? ARES_OPT_LOOKUPS : 0;
    mask |= flags ? ARES_OPT_FLAGS : 0;
    int status = ares_init_options(&c->ares, &options, mask);
    if (status != ARES_SUCCESS)
        return frond_fail_text(FROND_ENOMEM, "resolver: %s", ares_strerror(status));
    int rc = o->servers ? set_servers(c, o->servers) : 0;
    if (rc < 0)
        ares_destroy(c->ares);
    return rc;
}

/* c-ares (1.18) takes SERVFAIL, NOTIMP and REFUSED for no answer, asks the next server, and in the end
 * says that it could contact none.  Where there is no next server the answer itself is better. */
static int start_channel(frond__channel *c, const frond_resolver_options *o) {
    int rc = open_ares(c, o, 0);
    if (rc < 0)
        return rc;
    if (count_servers(c->ares) != 1)
        return 0;
    ares_destroy(c->ares);
    return open_ares(c, o, ARES_FLAG_NOCHECKRESP);
}

int frond__channel_new(const frond_resolver_options *o, frond__channel **out) {
    uv_once(&library_once, start_library);
    frond__channel *c = frond_calloc(1, sizeof *c);
    int rc = FROND_ENOMEM;
    if (!c || library_status != ARES_SUCCESS || !(c->loop = frond_loop()))
        goto free_channel;
    if ((rc = start_channel(c, o)) < 0) {
        frond_free(c);
        return rc;
    }
    uv_timer_init(c->loop, &c->timer);
    uv_unref((uv_handle_t *)&c->timer);
    c->timer.data = c;
    c->handles = 1;
    *out = c;
    return 0;

free_channel:
    frond_free(c);
    return frond_fail_set(rc, "resolver");
}

void frond__channel_ask(frond__channel *c, const char *host, int family,
                        ares_addrinfo_callback done, void *arg) {
    struct ares_addrinfo_hints hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    frond_opening_begin();
    ares_getaddrinfo(c->ares, host, NULL, &hints, done, arg);
    frond_opening_end();
    set_timer(c);
}

void frond__channel_free(frond__channel *c, bool loop_gone) {
    c->loop_gone = loop_gone;
    if (!loop_gone) {
        uv_timer_stop(&c->timer);
        uv_close((uv_handle_t *)&c->timer, timer_closed);
    }
    ares_destroy(c->ares); /* closes its sockets, each by socket_state */
    if (loop_gone)
        unref(c);
}
