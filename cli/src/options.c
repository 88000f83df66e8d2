/* SPDX-License-Identifier: MIT */
/* The options of `frond fetch`. */
#include "fetch.h"
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MOST_HEADERS = 256, MOST_CONCURRENCY = 1000000, MOST_GIVEN = 1000 };

enum kind { TEXT, COUNT, BYTES, SECONDS, FLAG, NO_FLAG, HEADER };

typedef struct {
    const char *name; /* "--timeout" */
    char letter;      /* 't'; 0: none */
    enum kind kind;
    size_t at; /* offset in fetch_options */
    long least, most;
} option;

#define AT(field) offsetof(fetch_options, field)

static const option table[] = {
    {"--input", 'i', TEXT, AT(input), 0, 0},
    {"--concurrency", 'c', COUNT, AT(concurrency), 1, MOST_CONCURRENCY},
    {"--per-host", 0, COUNT, AT(per_host), 1, MOST_CONCURRENCY},
    {"--jobs", 'j', COUNT, AT(jobs), 1, 256},
    {"--output", 'o', TEXT, AT(output), 0, 0},
    {"--timeout", 't', SECONDS, AT(timeout_ms), 0, 0},
    {"--connect-timeout", 0, SECONDS, AT(connect_timeout_ms), 0, 0},
    {"--retries", 'r', COUNT, AT(retries), 0, 100},
    {"--max-redirects", 0, COUNT, AT(max_redirects), 0, 1000},
    {"--max-body", 0, BYTES, AT(max_body), 0, 0},
    {"--cacert", 0, TEXT, AT(cacert), 0, 0},
    {"--insecure", 0, FLAG, AT(insecure), 0, 0},
    {"--nameserver", 0, TEXT, AT(nameserver), 0, 0},
    {"--header", 0, HEADER, 0, 0, 0},
    {"--user-agent", 0, TEXT, AT(user_agent), 0, 0},
    {"--json", 0, FLAG, AT(json), 0, 0},
    {"--progress", 0, FLAG, AT(progress), 0, 0},
    {"--no-progress", 0, NO_FLAG, AT(progress), 0, 0},
};

static const option *find(const char *argument, size_t n) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const option *o = &table[i];
        bool is_long = strlen(o->name) == n && strncmp(o->name, argument, n) == 0;
        if (is_long || (o->letter && argument[1] == o->letter && n == 2))
            return o;
    }
    return NULL;
}

static int bad_value(const option *o, const char *value, const char *want) {
    return usage_error("fetch", "%s: \"%s\" is not %s", o->name, value, want);
}

static bool whole_number(const char *text, long least, long most, long *value) {
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno && *value >= least &&
           *value <= most;
}

static int set_seconds(const option *o, const char *text, int64_t *ms) {
    char *end;
    double value = strtod(text, &end);
    if (text[strspn(text, "0123456789.")] || *end || !(value > 0) || value > 1e8)
        return bad_value(o, text, "a number of seconds above 0");
    *ms = (int64_t)(value * 1000 + 0.999);
    return 0;
}

static int add_header(fetch_options *f, const char *value) {
    static size_t n;
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding",
                                       "Connection"};
    size_t name = strcspn(value, ":");
    bool plain = name > 0 && value[name] == ':' && !strpbrk(value, "\r\n");
    for (size_t i = 0; plain && i < name; i++)
        plain =
            value[i] > ' ' && value[i] < 0x7f && !strchr("\"(),/;<=>?@[\\]{}", value[i]);
    if (!plain)
        return usage_error("fetch", "--header: \"%s\" is not \"Name: value\"", value);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (name == strlen(ours[i]) && OPENSSL_strncasecmp(value, ours[i], name) == 0)
            return usage_error("fetch", "--header: %s is set by frond itself", ours[i]);
    if (n + 1 == MOST_HEADERS)
        return usage_error("fetch", "--header: more than %d", MOST_HEADERS - 1);
    f->headers[n++] = value;
    return 0;
}

static int set(const option *o, fetch_options *f, const char *value) {
    char *field = (char *)f + o->at;
    long number = 0;
    switch (o->kind) {
    case TEXT:
        if (!*value)
            return bad_value(o, value, "a name");
        *(const char **)(void *)field = value;
        return 0;
    case COUNT:
        if (!whole_number(value, o->least, o->most, &number)) {
            char want[80];
            snprintf(want, sizeof want, "a number from %ld to %ld", o->least, o->most);
            return bad_value(o, value, want);
        }
        *(int *)(void *)field = (int)number;
        return 0;
    case BYTES:
        if (!whole_number(value, 0, LONG_MAX, &number))
            return bad_value(o, value, "a number of bytes");
        *(int64_t *)(void *)field = number;
        return 0;
    case SECONDS:
        return set_seconds(o, value, (int64_t *)(void *)field);
    case HEADER:
        return add_header(f, value);
    case FLAG:
    case NO_FLAG:
        *(bool *)(void *)field = o->kind == FLAG;
        return 0;
    }
    return 0;
}

/* "--name value", "--name=value", "-n value", "-nvalue"; how many arguments were used, or -status. */
static int take(int argc, char **argv, fetch_options *f) {
    const char *argument = argv[0];
    bool is_long = argument[1] == '-';
    const char *equals = is_long ? strchr(argument, '=') : NULL;
    size_t n = equals ? (size_t)(equals - argument) : is_long ? strlen(argument) : 2;
    const option *o = find(argument, n);
    if (!o)
        return -usage_error("fetch", "there is no option %s", argument);
    bool takes_none = o->kind == FLAG || o->kind == NO_FLAG;
    const char *value = equals                    ? equals + 1
                        : !is_long && argument[2] ? argument + 2
                                                  : NULL;
    if (takes_none && value)
        return -usage_error("fetch", "%s takes no value", o->name);
    int used = 1;
    if (!takes_none && !value) {
        if (argc < 2)
            return -usage_error("fetch", "%s needs a value", o->name);
        value = argv[1];
        used = 2;
    }
    if (o->at == AT(input) && f->input)
        return -usage_error("fetch", "more than one --input: %s and %s", f->input, value);
    int rc = set(o, f, value);
    bool ours = o->at == AT(input) || o->at == AT(jobs);
    if ((o->kind == TEXT || o->kind == COUNT) && ours)
        return rc ? -rc : used;
    if (f->n_given + used > MOST_GIVEN)
        return -usage_error("fetch", "more than %d options", MOST_GIVEN);
    for (int i = 0; i < used; i++)
        f->given[f->n_given++] = argv[i];
    return rc ? -rc : used;
}

int fetch_options_parse(int argc, char **argv, fetch_options *o) {
    static const char *headers[MOST_HEADERS], *given[MOST_GIVEN];
    frond_addr server;
    *o = (fetch_options){.concurrency = 64,
                         .per_host = 16,
                         .jobs = 1,
                         .retries = 2,
                         .max_redirects = 10,
                         .timeout_ms = 30000,
                         .connect_timeout_ms = 10000,
                         .max_body = -1,
                         .headers = headers,
                         .given = given};
    o->progress = uv_guess_handle(2) == UV_TTY;
    o->urls = argv; /* moved to the front as they are found */
    bool options = true;
    for (int i = 0; i < argc;) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            i++;
        } else if (options && argv[i][0] == '-' && argv[i][1]) {
            int used = take(argc - i, argv + i, o);
            if (used < 0)
                return -used;
            i += used;
        } else {
            o->urls[o->n_urls++] = argv[i++];
        }
    }
    if (!o->input && o->n_urls == 0)
        return usage_error("fetch", "no URL given, and no --input");
    if (o->nameserver && (frond_addr_parse_port(&server, o->nameserver, 53) < 0 ||
                          server.port == 0 || strchr(o->nameserver, ',')))
        return usage_error("fetch", "--nameserver: \"%s\" is not IP or IP:PORT",
                           o->nameserver);
    if (o->user_agent && strpbrk(o->user_agent, "\r\n"))
        return usage_error("fetch", "--user-agent: a line break in it");
    return 0;
}
