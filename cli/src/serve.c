/* SPDX-License-Identifier: MIT */
/* `frond serve`: the site for demonstrations and tests, in this process or in several. */
#include "serve.h"
#include "command.h"
#include "disk.h"
#include "line.h"

#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

typedef struct {
    const serve_options *o;
    frond_listener *listeners[SITE_LISTENERS]; /* NULL: not asked for, or a site's */
    int ports[SITE_LISTENERS];                 /* 0: not asked for */
    made_certificates made;
    frond_tls_options who;
    site site;  /* with one job */
    crew *crew; /* with more */
    name_server *names;
    char ca_path[1024];
} service;

/* ---- what is there before anything is served ---- */

static int write_ca(service *s, const char *pem) {
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

static int make_identity(service *s) {
    s->who = (frond_tls_options){.cert_file = s->o->cert, .key_file = s->o->key};
    if (s->o->https < 0 || s->o->cert)
        return 0;
    int rc = make_certificates(s->o->zone, &s->made);
    if (rc == 0)
        rc = write_ca(s, s->made.ca_pem);
    s->who.cert_pem = s->made.cert_pem;
    s->who.key_pem = s->made.key_pem;
    return rc;
}

static int listen_at(service *s, int which, int port) {
    frond_addr where;
    if (port < 0)
        return 0;
    frond_addr_loopback(&where, FROND_IPV4, port);
    int rc = frond_tcp_listen(&where, NULL, &s->listeners[which]);
    if (rc == 0 && (rc = frond_listener_addr(s->listeners[which], &where)) == 0)
        s->ports[which] = where.port;
    return rc;
}

/* ---- starting and stopping ---- */

static int start(service *s, const char *argv, size_t argv_len) {
    int rc = listen_at(s, SITE_HTTP, s->o->http);
    if (rc == 0)
        rc = listen_at(s, SITE_HTTPS, s->o->https);
    if (rc == 0)
        rc = make_identity(s);
    if (rc == 0)
        rc = s->o->jobs > 1
                 ? crew_start(s->o, argv, argv_len, &s->who, s->listeners, &s->crew)
                 : site_start(&s->site, s->o, &s->who, s->listeners);
    if (rc == 0 && s->o->dns >= 0)
        rc = name_server_start(s->o->dns, s->o->zone, &s->names);
    return rc < 0 ? complain("%s", frond_error_text()) : 0;
}

static void add_workers(const service *s, line *l) {
    line_addf(l, ",\"workers\":[");
    for (long i = 0; i < s->o->jobs; i++)
        line_addf(l, "%s%lld", i ? "," : "", (long long)crew_pid(s->crew, (size_t)i));
    line_addf(l, "]");
}

/* One line, so that a script can read it and go on. */
static int announce(const service *s) {
    line l = {0};
    line_add(&l, "{", 1);
    if (s->ports[SITE_HTTP])
        line_addf(&l, "\"http\":%d,", s->ports[SITE_HTTP]);
    if (s->ports[SITE_HTTPS])
        line_addf(&l, "\"https\":%d,", s->ports[SITE_HTTPS]);
    if (s->names)
        line_addf(&l, "\"dns\":%d,", name_server_port(s->names));
    line_addf(&l, "\"zone\":\"%s\",\"pages\":%ld", s->o->zone, s->o->pages);
    if (s->ca_path[0]) {
        line_addf(&l, ",\"ca\":");
        line_add_json(&l, s->ca_path);
    }
    if (s->crew)
        add_workers(s, &l);
    line_addf(&l, ",\"pid\":%ld}", (long)uv_os_getpid());
    bool ok = l.text && puts(l.text) >= 0 && fflush(stdout) == 0;
    frond_free(l.text);
    return ok ? 0 : complain("standard output cannot be written");
}

static void stop(service *s) {
    frond_deadline d = frond_in(SERVE_DRAIN_MS);
    for (int i = 0; i < SITE_LISTENERS; i++)
        frond_listener_free(s->listeners[i]);
    int rc = s->crew ? crew_stop(s->crew, d) : site_stop(&s->site, d);
    if (rc == FROND_ETIMEDOUT)
        complain("requests still running after %d s were cut off", SERVE_DRAIN_MS / 1000);
    name_server_free(s->names);
    made_certificates_free(&s->made);
    if (s->ca_path[0])
        disk_remove(s->ca_path);
}

/* Each with its NUL, as workers are to have them. */
static char *joined(int argc, char **argv, size_t *len) {
    line l = {0};
    for (int i = 0; i < argc; i++)
        line_add(&l, argv[i], strlen(argv[i]) + 1);
    *len = l.used;
    return l.text;
}

int command_serve(int argc, char **argv) {
    static const int numbers[] = {SIGINT, SIGTERM};
    serve_options o;
    service s = {.o = &o};
    frond_signal *signals;
    size_t args_len;
    char *args = joined(argc, argv, &args_len);
    int rc = serve_options_parse(argc, argv, &o);
    if (rc == 0 && frond_signal_open(numbers, 2, &signals) < 0)
        rc = complain("%s", frond_error_text());
    if (rc) {
        frond_free(args);
        return rc;
    }
    rc = start(&s, args, args_len);
    if (rc == 0 && (rc = announce(&s)) == 0)
        frond_signal_wait(signals, NULL, FROND_NEVER);
    frond_signal_free(signals); /* a second one ends the program at once */
    stop(&s);
    frond_free(args);
    return rc;
}
