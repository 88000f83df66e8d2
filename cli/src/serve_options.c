/* SPDX-License-Identifier: MIT */
/* The options of `frond serve`. */
#include "command.h"
#include "disk.h"
#include "serve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 1000, MOST_JOBS = 256 };

static int number(const char *name, const char *text, long most, long *value) {
    char *end;
    errno = 0;
    *value = text ? strtol(text, &end, 10) : -1;
    if (!text || *text < '0' || *text > '9' || *end || errno || *value > most)
        return usage_error("serve", "%s: \"%s\" is not a number from 0 to %ld", name,
                           text ? text : "", most);
    return 0;
}

static int set(serve_options *o, const char *name, const char *value) {
    long n = 0;
    int rc = 0;
    static const char *const names[] = {"--http",   "--https", "--dns", "--pages",
                                        "--delay",  "--cert",  "--key", "--zone",
                                        "--ca-dir", "--jobs",  "-j"};
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
    else if ((strcmp(name, "--jobs") == 0 || strcmp(name, "-j") == 0) &&
             (rc = number(name, value, MOST_JOBS, &n)) == 0)
        o->jobs = n;
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
static bool set_zone(serve_options *o) {
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

static int check(serve_options *o) {
    disk_entry e = {0};
    int rc = o->dir ? disk_look(o->dir, true, &e) : 0;
    if (o->dir && !e.folder)
        return usage_error("serve", "%s: %s", o->dir,
                           rc < 0 ? frond_error_message(rc) : "not a folder");
    if (o->key && !o->cert)
        return usage_error("serve", "--key without --cert");
    if (o->cert && o->https < 0)
        return usage_error("serve", "--cert without --https");
    if (o->jobs == 0)
        return usage_error("serve", "--jobs: \"0\" is not a number from 1 to %d",
                           MOST_JOBS);
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

int serve_options_parse(int argc, char **argv, serve_options *o) {
    *o = (serve_options){
        .http = -1, .https = -1, .dns = -1, .pages = -1, .jobs = 1, .zone = "frond.test"};
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
