/* SPDX-License-Identifier: MIT */
/* `frond version`.  The modules tell their facts themselves; here they are only laid out. */
#include "command.h"
#include "line.h"

#include <frond/frond.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void plain(const char *name, const char *value, void *out) {
    line_addf(out, "%-10s%s\n", name, value);
}

static void member(const char *name, const char *value, void *out) {
    line_add(out, ",", 1);
    line_add_json(out, name);
    line_add(out, ":", 1);
    line_add_json(out, value);
}

static void facts(frond_fact_fn fact, line *out) {
    frond_sdk_about(fact, out);
    frond_dns_about(fact, out);
    frond_tls_about(fact, out);
    frond_http_about(fact, out);
    frond_proc_about(fact, out);
}

static int write_out(const line *l) {
    if (!l->text || fputs(l->text, stdout) < 0 || fflush(stdout) != 0)
        return complain("standard output cannot be written");
    return 0;
}

int command_version(int argc, char **argv) {
    bool verbose = false, json = false;
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--verbose") == 0)
            verbose = true;
        else if (strcmp(argv[i], "--json") == 0)
            json = true;
        else
            return usage_error("", "version: there is no option %s", argv[i]);
    line l = {0};
    if (json) {
        line_addf(&l, "{\"frond\":\"%s\"", FROND_VERSION);
        facts(member, &l);
        line_addf(&l, "}\n");
    } else {
        line_addf(&l, "frond %s\n", FROND_VERSION);
        if (verbose)
            facts(plain, &l);
    }
    int status = write_out(&l);
    frond_free(l.text);
    return status;
}
