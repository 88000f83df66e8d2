/* SPDX-License-Identifier: MIT */
/* `frond serve`: the site for demonstrations and tests. */
#include "serve.h"
#include "command.h"
#include "disk.h"
#include "line.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { PAGES = 1000, DRAIN_MS = 10000 };

typedef struct {
    int http, https, dns; /* ports; -1: not asked for */
    const char *cert, *key, *zone, *dir, *ca_dir;
    long pages, delay_ms;
} options;

typedef struct {
    const options *o;
    frond_http_server *http, *https;
    name_server *names;
    frond_tls_context *tls;
    char ca_path[1024];
} site;

/* ---- options ---- */

static int number(const char *name, const char *text, long most, long *value) {
    char *end;
    errno = 0;
    *value = text ? strtol(text, &end, 10) : -1;
    if (!text || *text < '0' || *text > '9' || *end || errno || *value > most)
        return usage_error("serve", "%s: \"%s\" is not a number from 0 to %ld", name,
                           text ? text : "", most);
    return 0;
}

static int set(options *o, const char *name, const char *value) {
    long n = 0;
    int rc = 0;
    static const char *const names[] = {"--http",  "--https", "--dns",
                                        "--pages", "--delay", "--cert",
                                        "--key",   "--zone",  "--ca-dir"};
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        known = known || strcmp(name, names[i]) == 0;
    if (!known)
        return usage_error("serve", "there is no option %s", name);
    if (!value)
        return usage_error("serve", "%s needs a value", name);
    if (strcmp(name, "--http") == 0 && (rc = number(name, value, 65535, &n)) == 0)
        o->http = (int)n;
    else if (strcmp(name, "--https") == 0 && (rc = number(name, value, 65535, &n)) == 0)
        o->https = (int)n;
    else if (strcmp(name, "--dns") == 0 && (rc = number(name, value, 65535, &n)) == 0)
        o->dns = (int)n;
    else if (strcmp(name, "--pages") == 0 &&
             (rc = number(name, value, 1000000000, &n)) == 0)
        o->pages = n;
    else if (strcmp(name, "--delay") == 0 && (rc = number(name, value, 3600000, &n)) == 0)
        o->delay_ms = n;
    else if (strcmp(name, "--cert") == 0)
        o->cert = value;
    else if (strcmp(name, "--key") == 0)
        o->key = value;
    else if (strcmp(name, "--zone") == 0)
        o->zone = value;
    else if (strcmp(name, "--ca-dir") == 0)
        o->ca_dir = value;
    return rc;
}

/* The zone in lower case and without dots at its ends; false when no name can be below it. */
static bool set_zone(options *o) {
    static char zone[64];
    const char *from = o->zone;
    size_t n = 0, label = 0;
    from += *from == '.';
    for (; *from && n < sizeof zone - 1; from++) {
        char c = *from >= 'A' && *from <= 'Z' ? (char)(*from + ('a' - 'A')) : *from;
        bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!fits && !(c == '.' && label))
            return false;
        label = c == '.' ? 0 : label + 1;
        zone[n++] = c;
    }
    n -= n && zone[n - 1] == '.';
    zone[n] = '\0';
    o->zone = zone;
    return n > 0 && !*from;
}

static int check(options *o) {
    disk_entry e = {0};
    int rc = o->dir ? disk_look(o->dir, true, &e) : 0;
    if (o->dir && !e.folder)
        return usage_error("serve", "%s: %s", o->dir,
                           rc < 0 ? frond_error_message(rc) : "not a folder");
    if (o->key && !o->cert)
        return usage_error("serve", "--key without --cert");
    if (o->cert && o->https < 0)
        return usage_error("serve", "--cert without --https");
    if (!set_zone(o))
        return usage_error("serve", "--zone: \"%.80s\" is not a name of up to 63 bytes",
                           o->zone);
    if (o->http < 0 && o->https < 0 && o->dns < 0)
        o->http = 0;
    if (o->pages < 0)
        o->pages = o->dir ? 0 : PAGES;
    const char *tmp = getenv("TMPDIR");
    if (!o->ca_dir)
        o->ca_dir = tmp && *tmp ? tmp : "/tmp";
    return 0;
}

static int parse(int argc, char **argv, options *o) {
    *o = (options){.http = -1, .https = -1, .dns = -1, .pages = -1, .zone = "frond.test"};
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (argv[i][0] != '-') {
            if (o->dir)
                return usage_error("serve", "more than one folder: %s and %s", o->dir,
                                   argv[i]);
            o->dir = argv[i];
        } else if (equals) {
            *equals = '\0';
            int rc = set(o, argv[i], equals + 1);
            if (rc)
                return rc;
        } else {
            int rc = set(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (rc)
                return rc;
            i++;
        }
    }
    return check(o);
}

/* ---- answers ---- */

/* N of "/page/N", 0 for any other path. */
static long page_of(const char *target) {
    char *end;
    if (strncmp(target, "/page/", 6) != 0 || target[6] < '1' || target[6] > '9')
        return 0;
    long i = strtol(target + 6, &end, 10);
    return *end == '\0' || *end == '?' ? i : 0;
}

static void answer_page(frond_http_exchange *x, long i, long n) {
    static const char *const headers[] = {"Content-Type: text/html; charset=utf-8", NULL};
    size_t len;
    char *text = make_page(i, n, &len);
    if (text)
        frond_http_respond(x, 200, headers, text, len, frond_in(60000));
    frond_free(text);
}

static void handle(frond_http_exchange *x, void *arg) {
    static const char *const plain[] = {"Content-Type: text/plain", NULL};
    const site *s = arg;
    long i = page_of(frond_http_target(x));
    bool reads = strcmp(frond_http_method(x), "GET") == 0 ||
                 strcmp(frond_http_method(x), "HEAD") == 0;
    if (s->o->delay_ms)
        frond_sleep((uint64_t)s->o->delay_ms);
    if (reads && i > 0 && i <= s->o->pages)
        answer_page(x, i, s->o->pages);
    else if (reads && !s->o->dir && strcmp(frond_http_target(x), "/") == 0)
        frond_http_respond(x, 200, plain, "frond serve\n", 12, frond_in(60000));
    else if (s->o->dir)
        frond_http_respond_file(x, s->o->dir, frond_in(60000));
    else
        frond_http_respond(x, reads ? 404 : 405, plain,
                           reads ? "not found\n" : "only GET and HEAD\n", reads ? 10 : 18,
                           frond_in(60000));
}

/* ---- starting and stopping ---- */

static int start_http(site *s, int port, frond_tls_context *tls,
                      frond_http_server **out) {
    frond_addr where;
    frond_listener *l;
    frond_http_server_options o = {.tls = tls};
    frond_addr_loopback(&where, FROND_IPV4, port);
    int rc = frond_tcp_listen(&where, NULL, &l);
    if (rc == 0 && (rc = frond_http_server_start(l, handle, s, &o, out)) < 0)
        frond_listener_free(l);
    return rc;
}

static int write_ca(site *s, const char *pem) {
    snprintf(s->ca_path, sizeof s->ca_path, "%s/frond-serve-ca-%ld.pem", s->o->ca_dir,
             (long)uv_os_getpid());
    disk_remove(s->ca_path); /* one that is left from a process of the same number */
    int fd = disk_create(s->ca_path, 0644);
    int rc = fd < 0 ? fd : disk_write(fd, pem, strlen(pem));
    if (fd >= 0)
        disk_close(fd);
    return rc < 0 ? frond_fail_text(rc, "%s: %s", s->ca_path, frond_error_message(rc))
                  : 0;
}

static int make_tls(site *s) {
    made_certificates made = {0};
    frond_tls_options o = {.cert_file = s->o->cert, .key_file = s->o->key};
    int rc = 0;
    if (!s->o->cert) {
        rc = make_certificates(s->o->zone, &made);
        if (rc == 0)
            rc = write_ca(s, made.ca_pem);
        o.cert_pem = made.cert_pem;
        o.key_pem = made.key_pem;
    }
    if (rc == 0)
        rc = frond_tls_context_new(&o, &s->tls);
    made_certificates_free(&made);
    return rc;
}

static int start(site *s) {
    int rc = 0;
    if (s->o->http >= 0)
        rc = start_http(s, s->o->http, NULL, &s->http);
    if (rc == 0 && s->o->https >= 0 && (rc = make_tls(s)) == 0)
        rc = start_http(s, s->o->https, s->tls, &s->https);
    if (rc == 0 && s->o->dns >= 0)
        rc = name_server_start(s->o->dns, s->o->zone, &s->names);
    return rc < 0 ? complain("%s", frond_error_text()) : 0;
}

static int port_of(const frond_http_server *server) {
    frond_addr a;
    return frond_http_server_addr(server, &a) == 0 ? a.port : 0;
}

/* One line, so that a script can read it and go on. */
static int announce(const site *s) {
    line l = {0};
    line_add(&l, "{", 1);
    if (s->http)
        line_addf(&l, "\"http\":%d,", port_of(s->http));
    if (s->https)
        line_addf(&l, "\"https\":%d,", port_of(s->https));
    if (s->names)
        line_addf(&l, "\"dns\":%d,", name_server_port(s->names));
    line_addf(&l, "\"zone\":\"%s\",\"pages\":%ld", s->o->zone, s->o->pages);
    if (s->ca_path[0]) {
        line_addf(&l, ",\"ca\":");
        line_add_json(&l, s->ca_path);
    }
    line_addf(&l, ",\"pid\":%ld}", (long)uv_os_getpid());
    bool ok = l.text && puts(l.text) >= 0 && fflush(stdout) == 0;
    frond_free(l.text);
    return ok ? 0 : complain("standard output cannot be written");
}

static void stop(site *s) {
    frond_deadline d = frond_in(DRAIN_MS);
    int plain = s->http ? frond_http_server_stop(s->http, d) : 0;
    int secure = s->https ? frond_http_server_stop(s->https, d) : 0;
    if (plain == FROND_ETIMEDOUT || secure == FROND_ETIMEDOUT)
        complain("requests still running after %d s were cut off", DRAIN_MS / 1000);
    frond_http_server_free(s->http);
    frond_http_server_free(s->https);
    name_server_free(s->names);
    frond_tls_context_free(s->tls);
    if (s->ca_path[0])
        disk_remove(s->ca_path);
}

int command_serve(int argc, char **argv) {
    static const int numbers[] = {SIGINT, SIGTERM};
    options o;
    site s = {.o = &o};
    frond_signal *signals;
    int rc = parse(argc, argv, &o);
    if (rc)
        return rc;
    if (frond_signal_open(numbers, 2, &signals) < 0)
        return complain("%s", frond_error_text());
    rc = start(&s);
    if (rc == 0 && (rc = announce(&s)) == 0)
        frond_signal_wait(signals, NULL, FROND_NEVER);
    frond_signal_free(signals); /* a second one ends the program at once */
    stop(&s);
    return rc;
}
