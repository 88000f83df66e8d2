/* SPDX-License-Identifier: MIT */
/* What each module tells about itself: every fact it promises, once, and true. */
#include "support.h"

#include <ares.h>
#include <frond/frond.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>
#include <zlib.h>

enum { MOST = 16 };

typedef struct {
    char names[MOST][40], values[MOST][600];
    int n;
} facts;

static void keep(const char *name, const char *value, void *arg) {
    facts *f = arg;
    CHECK(f->n < MOST);
    if (f->n == MOST)
        return;
    snprintf(f->names[f->n], sizeof f->names[0], "%s", name);
    snprintf(f->values[f->n++], sizeof f->values[0], "%s", value);
}

/* The facts are these, in this order, and none is empty. */
static void check_names(const facts *f, const char *expected) {
    char names[MOST * 41] = "";
    for (int i = 0; i < f->n; i++) {
        strcat(strcat(names, i ? " " : ""), f->names[i]);
        CHECK(f->values[i][0] != '\0');
    }
    CHECK_TEXT(names, expected);
}

static const char *value(const facts *f, const char *name) {
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return f->values[i];
    return "";
}

static void sdk(void) {
    facts f = {.n = 0};
    uv_utsname_t system;
    frond_sdk_about(keep, &f);
    check_names(&f, "system cpu context guard symbols libuv polling probes");
    CHECK_INT(uv_os_uname(&system), 0);
    CHECK_HAS(value(&f, "system"), system.sysname);
    CHECK_HAS(value(&f, "system"), system.release);
    CHECK_TEXT(value(&f, "libuv"), uv_version_string());
    CHECK(strcmp(value(&f, "cpu"), "other") != 0);
}

#if defined(__linux__)
static void *wait_there(void *event) {
    frond_event_wait(event, FROND_NEVER);
    return NULL;
}

static int mappings(void) {
    FILE *f = fopen("/proc/self/maps", "re");
    int n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;)
        n += c == '\n';
    if (f)
        fclose(f);
    return n;
}

/* A guard that is marked does not split the mapping that it is in; one by mprotect does. */
static void guard(void) {
    enum { GREENLETS = 200 };
    frond_event done = FROND_EVENT_INIT;
    facts f = {.n = 0};
    if (under_valgrind() || under_sanitizer())
        return; /* their own mappings come and go */
    frond_sdk_about(keep, &f);
    int before = mappings();
    for (int i = 0; i < GREENLETS; i++)
        frond_release(frond_spawn(wait_there, &done));
    frond_yield();
    bool split = mappings() - before >= GREENLETS;
    CHECK_TEXT(value(&f, "guard"), split ? "mprotect" : "MADV_GUARD_INSTALL");
    frond_event_set(&done);
    frond_hub_join(FROND_NEVER);
}
#endif

static void dns(void) {
    facts f = {.n = 0};
    frond_dns_about(keep, &f);
    bool idn = f.n > 1; /* libidn2 is there where frond was built with it */
    check_names(&f, idn ? "c-ares libidn2" : "c-ares");
    CHECK_TEXT(value(&f, "c-ares"), ares_version(NULL));
}

static void tls(void) {
    facts f = {.n = 0};
    frond_tls_about(keep, &f);
    check_names(&f, "openssl");
    CHECK_HAS(OpenSSL_version(OPENSSL_VERSION), value(&f, "openssl"));
}

static void http(void) {
    facts f = {.n = 0};
    frond_http_about(keep, &f);
    check_names(&f, "zlib");
    CHECK_TEXT(value(&f, "zlib"), zlibVersion());
}

static void proc(void) {
    facts f = {.n = 0};
    frond_proc_about(keep, &f);
    check_names(&f, "children");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"sdk", sdk},
#if defined(__linux__)
        {"guard", guard},
#endif
        {"dns", dns},
        {"tls", tls},
        {"http", http},
        {"proc", proc},
        {0}
    };
    return test_main("about", tests, argc, argv);
}
