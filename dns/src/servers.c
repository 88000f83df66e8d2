/* SPDX-License-Identifier: MIT */
/* Lists of name servers, and what c-ares has read of the system's files. */
#include "servers.h"

#include <frond/error.h>
#include <frond/impl/memory.h>
#include <string.h>

enum { MOST_SERVERS = 16, DNS_PORT = 53 };

/* One server of a list; the rest of the list, or NULL when it is none. */
static const char *parse_server(const char *at, int port, frond_addr *a) {
    char one[FROND_ADDR_TEXT];
    size_t n = strcspn(at, ",");
    if (n == 0 || n >= sizeof one)
        return NULL;
    memcpy(one, at, n);
    one[n] = '\0';
    bool no_host = one[0] == ':' && one[1] != ':';
    if (no_host || frond_addr_parse_port(a, one, port) < 0 || a->port == 0)
        return NULL;
    return at + n;
}

/* Its own parser takes some text that is no address, so c-ares is given addresses. */
static int parse_servers(const char *list, int port, struct ares_addr_port_node *nodes) {
    int n = 0;
    for (const char *at = list;; at++) {
        frond_addr a;
        if (n == MOST_SERVERS || !(at = parse_server(at, port, &a)))
            return -1;
        nodes[n] = (struct ares_addr_port_node){.udp_port = a.port, .tcp_port = a.port};
        nodes[n].family = a.family == FROND_IPV6 ? AF_INET6 : AF_INET;
        memcpy(&nodes[n].addr, a.ip, a.family == FROND_IPV6 ? 16 : 4);
        if (n)
            nodes[n - 1].next = &nodes[n];
        n++;
        if (!*at)
            return n;
    }
}

int frond__servers_set(ares_channel ares, const char *list, int port) {
    struct ares_addr_port_node nodes[MOST_SERVERS];
    if (parse_servers(list, port ? port : DNS_PORT, nodes) < 0)
        return FROND_EINVAL;
    return ares_set_servers_ports(ares, nodes) == ARES_SUCCESS ? 0 : FROND_ENOMEM;
}

size_t frond__servers_count(ares_channel ares) {
    struct ares_addr_port_node *servers = NULL;
    size_t n = 0;
    if (ares_get_servers_ports(ares, &servers) != ARES_SUCCESS)
        return 0;
    for (const struct ares_addr_port_node *s = servers; s; s = s->next)
        n++;
    ares_free_data(servers);
    return n;
}

/* ---- settings ---- */

void frond__settings_unref(frond__settings *s) {
    if (!s || --s->refs)
        return;
    for (size_t i = 0; i < s->n_domains; i++)
        frond_free(s->domains[i]);
    frond_free(s->domains);
    frond_free(s);
}

static int add_domain(frond__settings *s, const char *name, size_t n) {
    while (n && name[n - 1] == '.')
        n--;
    if (n == 0)
        return 0;
    if (!(s->domains[s->n_domains] = frond_strndup(name, n)))
        return FROND_ENOMEM;
    s->n_domains++;
    return 0;
}

static int domains_of_text(frond__settings *s, const char *list) {
    size_t most = 1;
    for (const char *c = list; *c; c++)
        most += *c == ',' || *c == ' ';
    if (!(s->domains = frond_calloc(most, sizeof *s->domains)))
        return FROND_ENOMEM;
    while (*list) {
        size_t n = strcspn(list, ", ");
        if (add_domain(s, list, n) < 0)
            return FROND_ENOMEM;
        list += n + (list[n] != '\0');
    }
    return 0;
}

static int domains_of_system(frond__settings *s, const struct ares_options *o) {
    size_t n = o->ndomains > 0 ? (size_t)o->ndomains : 0;
    if (!(s->domains = frond_calloc(n + 1, sizeof *s->domains)))
        return FROND_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (add_domain(s, o->domains[i], strlen(o->domains[i])) < 0)
            return FROND_ENOMEM;
    return 0;
}

/* c-ares has read nsswitch.conf and its like: 'f' is the hosts file, 'b' the servers. */
static void order_of(frond__settings *s, const frond_resolver_options *o,
                     const char *lookups) {
    const char *file = lookups ? strchr(lookups, 'f') : NULL;
    const char *servers = lookups ? strchr(lookups, 'b') : NULL;
    s->servers = servers || !lookups || o->servers || o->transport || o->no_hosts_file;
    s->hosts_first = !o->no_hosts_file &&
                     (!lookups || o->hosts || (file && (!servers || file < servers)));
    s->hosts_last = !o->no_hosts_file && !s->hosts_first && file;
}

int frond__settings_new(ares_channel ares, const frond_resolver_options *o,
                        frond__settings **out) {
    struct ares_options saved;
    int mask = 0, rc;
    memset(&saved, 0, sizeof saved);
    frond__settings *s = frond_calloc(1, sizeof *s);
    if (!s || ares_save_options(ares, &saved, &mask) != ARES_SUCCESS) {
        frond_free(s);
        return FROND_ENOMEM;
    }
    s->refs = 1;
    s->ndots = o->has_ndots ? o->ndots : saved.ndots;
    order_of(s, o, saved.lookups);
    rc = o->search ? domains_of_text(s, o->search) : domains_of_system(s, &saved);
    ares_destroy_options(&saved);
    if (rc < 0) {
        frond__settings_unref(s);
        return rc;
    }
    *out = s;
    return 0;
}
