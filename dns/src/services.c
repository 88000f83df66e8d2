/* SPDX-License-Identifier: MIT */
/* Services: the system's list, read once for each thread, and again when it has changed.  It is scanned rather than
 * hashed: it has a few hundred lines, and ports are mostly given as numbers. */
#include "calls.h"

#include "compat.h"
#include "file.h"
#include "watch.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/loop.h>
#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name, *protocol;
    int port;
    bool first; /* not one of the aliases */
} service;

typedef struct {
    char *text;
    service *list;
    size_t n;
    frond__stamps stamps;
    bool outdated; /* the file has changed and could not be read */
} services;

static _Thread_local services *own;

static void services_free(services *s) {
    frond_free(s->list);
    frond_free(s->text);
    frond_free(s);
}

/* It is handed over: at a thread's end its variables may be gone already. */
static void close_own(void *arg, int child) {
    services *s = arg;
    own = NULL;
    if (!child)
        services_free(s);
}

static void add_line(services *s, char *line) {
    char *rest = line, *name = frond__text_word(&rest), *port = frond__text_word(&rest);
    char *slash = port ? strchr(port, '/') : NULL;
    if (!slash)
        return;
    *slash = '\0';
    int number = atoi(port);
    bool first = true;
    for (; name; name = frond__text_word(&rest), first = false)
        s->list[s->n++] = (service){name, slash + 1, number, first};
}

static int load(services *s) {
    size_t most = 1;
    char *text;
    int rc = frond__text_read(s->stamps.paths[0], &text);
    if (rc < 0)
        return rc;
    for (const char *c = text; *c; c++)
        most += *c == ' ' || *c == '\t' || *c == '\n';
    service *list = frond_calloc(most, sizeof *list);
    if (!list) {
        frond_free(text);
        return FROND_ENOMEM;
    }
    frond_free(s->list);
    frond_free(s->text);
    s->list = list;
    s->text = text;
    s->n = 0;
    for (char *at = text, *line; (line = frond__text_line(&at)) != NULL;)
        add_line(s, line);
    return 0;
}

static int make(void) {
    char path[FROND__WATCH_PATH];
    const char *paths[] = {path};
    if (!frond_loop())
        return frond_fail_set(FROND_ENOMEM, "services");
    services *s = frond_calloc(1, sizeof *s);
    if (!s)
        return FROND_ENOMEM;
    if (!frond__file_path(FROND__SERVICES, path, sizeof path))
        path[0] = '\0';
    frond__stamps_take(&s->stamps, paths, 1);
    int rc = load(s);
    if (rc < 0 || (rc = frond_hub_at_close(close_own, s)) < 0) {
        services_free(s);
        return rc;
    }
    own = s;
    return 0;
}

static int ready(void) {
    if (!own)
        return make();
    if (frond__stamps_changed(&own->stamps, false) || own->outdated)
        own->outdated = load(own) < 0; /* the old one stays meanwhile */
    return 0;
}

static bool valid(const char *protocol) {
    return !protocol || strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0;
}

int frond_getservbyname(const char *name, const char *protocol) {
    if (!name || !valid(protocol))
        return frond_fail_set(FROND_EINVAL, "service");
    int rc = ready();
    if (rc < 0)
        return frond_fail_set(rc, "service");
    for (size_t i = 0; i < own->n; i++)
        if (strcmp(own->list[i].name, name) == 0 &&
            (!protocol || strcmp(own->list[i].protocol, protocol) == 0))
            return own->list[i].port;
    return frond_fail_text(FROND_EDNS_SERVICE, "service %.100s: unknown", name);
}

int frond_getservbyport(int port, const char *protocol, char *name, size_t cap) {
    if (!name || !valid(protocol))
        return frond_fail_set(FROND_EINVAL, "service");
    int rc = ready();
    if (rc < 0)
        return frond_fail_set(rc, "service");
    for (size_t i = 0; i < own->n; i++) {
        const service *s = &own->list[i];
        if (!s->first || s->port != port ||
            (protocol && strcmp(s->protocol, protocol) != 0))
            continue;
        size_t n = strlen(s->name) + 1;
        if (n > cap)
            return frond_fail_set(FROND_ENOBUFS, "service");
        memcpy(name, s->name, n);
        return 0;
    }
    return frond_fail_text(FROND_EDNS_SERVICE, "service of port %d: unknown", port);
}
