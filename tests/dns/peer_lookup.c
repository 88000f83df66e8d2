/* SPDX-License-Identifier: MIT */
/* lookup SERVER [4|6:]NAME ...: asks the server for each name, all at once, and prints a line each, in
 * their order: the name, and its addresses or the error's code. */
#include "support.h"

#include <frond/net.h>
#include <frond/sdk.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 200 };

typedef struct {
    frond_resolver *resolver;
    const char *name;
    char line[600];
} question;

static void *ask(void *arg) {
    question *q = arg;
    frond_addrs *found = NULL;
    const char *name = q->name;
    frond_family family = FROND_UNSPEC;
    if (name[0] && name[1] == ':') {
        family = name[0] == '4' ? FROND_IPV4 : FROND_IPV6;
        name += 2;
    }
    int rc =
        frond_resolver_resolve(q->resolver, name, 0, family, &found, frond_in(15000));
    int used = snprintf(q->line, sizeof q->line, "%s", q->name);
    if (rc < 0) {
        snprintf(q->line + used, sizeof q->line - (size_t)used, " %s",
                 frond_error_name(rc));
        return NULL;
    }
    for (size_t i = 0; i < frond_addrs_count(found) && used < 500; i++) {
        char ip[FROND_ADDR_TEXT];
        used += snprintf(q->line + used, sizeof q->line - (size_t)used, " %s",
                         frond_addr_format_ip(frond_addrs_at(found, i), ip, sizeof ip));
    }
    frond_addrs_free(found);
    return NULL;
}

int main(int argc, char **argv) {
    stdio_as_is();
    static question q[MOST];
    frond_greenlet *g[MOST];
    frond_resolver_options o = {.servers = argc > 1 ? argv[1] : ""};
    frond_resolver *r = NULL;
    int n = argc - 2 < MOST ? argc - 2 : MOST;
    if (frond_resolver_new(&o, &r) < 0) {
        fprintf(stderr, "%s\n", frond_error_text());
        return 2;
    }
    for (int i = 0; i < n; i++) {
        q[i] = (question){.resolver = r, .name = argv[i + 2]};
        g[i] = frond_spawn(ask, &q[i]);
    }
    for (int i = 0; i < n; i++) {
        frond_join(g[i], FROND_NEVER);
        frond_release(g[i]);
        puts(q[i].line);
    }
    frond_resolver_free(r);
    return frond_hub_close(frond_in(5000)) < 0;
}
