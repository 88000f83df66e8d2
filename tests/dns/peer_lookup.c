/* SPDX-License-Identifier: MIT */
/* lookup SERVER [4|6:]NAME | tTYPE:NAME | @FILE ...: asks the server for each name, all at once, and prints a line
 * each, in their order: the name, and its addresses, records, or the error's code.  Of the names in a hosts file it
 * prints how many, once each has the address that the file says. */
#include "support.h"

#include <frond/net.h>
#include <frond/sdk.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 200, AT_ONCE = 200 };

typedef struct {
    frond_resolver *resolver;
    const char *name;
    char line[1200];
} question;

static void add(question *q, const char *format, ...) FROND_PRINTF(2, 3);

static void add(question *q, const char *format, ...) {
    va_list list;
    size_t n = strlen(q->line);
    va_start(list, format);
    vsnprintf(q->line + n, sizeof q->line - n, format, list);
    va_end(list);
}

static void add_record(question *q, const frond_dns_record *r) {
    char ip[FROND_ADDR_TEXT];
    switch (r->type) {
    case FROND_DNS_A:
    case FROND_DNS_AAAA:
        add(q, " %s", frond_addr_format_ip(&r->as.addr, ip, sizeof ip));
        break;
    case FROND_DNS_MX:
        add(q, " %d %s", r->as.mx.preference, r->as.mx.host);
        break;
    case FROND_DNS_TXT:
        for (size_t i = 0; i < r->as.txt.count; i++)
            add(q, " \"%s\"", r->as.txt.strings[i].data);
        break;
    case FROND_DNS_SRV:
        add(q, " %d %d %d %s", r->as.srv.priority, r->as.srv.weight, r->as.srv.port,
            r->as.srv.target);
        break;
    case FROND_DNS_NAPTR:
        add(q, " %d %d %s %s %s", r->as.naptr.order, r->as.naptr.preference,
            r->as.naptr.flags.data, r->as.naptr.services.data, r->as.naptr.replacement);
        break;
    case FROND_DNS_CAA:
        add(q, " %d %s %s", r->as.caa.flags, r->as.caa.tag.data, r->as.caa.value.data);
        break;
    case FROND_DNS_URI:
        add(q, " %d %d %s", r->as.uri.priority, r->as.uri.weight, r->as.uri.target.data);
        break;
    default:
        add(q, " %s", r->as.target);
    }
}

static int ask_records(question *q, const char *name, int type) {
    frond_dns_records *found = NULL;
    int rc = frond_dns_query(q->resolver, name, type, &found, frond_in(15000));
    for (size_t i = 0; i < frond_dns_records_count(found); i++)
        add_record(q, frond_dns_records_at(found, i));
    frond_dns_records_free(found);
    return rc;
}

static int ask_addresses(question *q, const char *name, frond_family family) {
    frond_addrs *found = NULL;
    char ip[FROND_ADDR_TEXT];
    int rc =
        frond_resolver_resolve(q->resolver, name, 0, family, &found, frond_in(15000));
    for (size_t i = 0; rc == 0 && i < frond_addrs_count(found); i++)
        add(q, " %s", frond_addr_format_ip(frond_addrs_at(found, i), ip, sizeof ip));
    if (rc == 0)
        frond_addrs_free(found);
    return rc;
}

static void *ask(void *arg) {
    question *q = arg;
    const char *name = q->name, *colon = strchr(name, ':');
    int rc;
    add(q, "%s", name);
    if (colon && name[0] == 't')
        rc = ask_records(q, colon + 1, atoi(name + 1));
    else if (colon)
        rc = ask_addresses(q, colon + 1, name[0] == '4' ? FROND_IPV4 : FROND_IPV6);
    else
        rc = ask_addresses(q, name, FROND_UNSPEC);
    if (rc < 0)
        add(q, " %s", frond_error_name(rc));
    return NULL;
}

/* ---- a whole file ---- */

static FILE *file;
static long right;

static void *ask_lines(void *resolver) {
    char line[200], ip[100], name[100], found[FROND_ADDR_TEXT];
    while (fgets(line, sizeof line, file)) {
        frond_addrs *addrs;
        if (sscanf(line, "%99s %99s", ip, name) != 2)
            continue;
        if (frond_resolver_resolve(resolver, name, 0, FROND_IPV4, &addrs,
                                   frond_in(60000)) < 0) {
            fprintf(stderr, "%s\n", frond_error_text());
            continue;
        }
        right +=
            strcmp(frond_addr_format_ip(frond_addrs_at(addrs, 0), found, sizeof found),
                   ip) == 0;
        frond_addrs_free(addrs);
    }
    return NULL;
}

static void ask_file(frond_resolver *r, const char *path) {
    frond_group *group = frond_group_new();
    file = fopen(path, "r");
    for (int i = 0; file && i < AT_ONCE; i++)
        frond_group_spawn(group, ask_lines, r);
    frond_group_join(group, FROND_NEVER);
    frond_group_free(group);
    if (file)
        fclose(file);
    printf("%ld\n", right);
}

int main(int argc, char **argv) {
    stdio_as_is();
    static question q[MOST];
    frond_greenlet *g[MOST];
    frond_resolver_options o = {.servers = argc > 1 ? argv[1] : "", .seed = 1};
    frond_resolver *r = NULL;
    int n = argc - 2 < MOST ? argc - 2 : MOST;
    if (frond_resolver_new(&o, &r) < 0) {
        fprintf(stderr, "%s\n", frond_error_text());
        return 2;
    }
    for (int i = 0; i < n; i++) {
        q[i] = (question){.resolver = r, .name = argv[i + 2]};
        g[i] = argv[i + 2][0] == '@' ? NULL : frond_spawn(ask, &q[i]);
    }
    for (int i = 0; i < n; i++) {
        if (!g[i]) {
            ask_file(r, argv[i + 2] + 1);
            continue;
        }
        frond_join(g[i], FROND_NEVER);
        frond_release(g[i]);
        puts(q[i].line);
    }
    frond_resolver_free(r);
    return frond_hub_close(frond_in(5000)) < 0;
}
