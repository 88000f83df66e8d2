/* SPDX-License-Identifier: MIT */
/* The table of commands, and how a line becomes one of them. */
#include "command/command.h"

#include "config/config.h"
#include "core.h"
#include "hub/registry.h"
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/trace.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 32, LINE = 1024 };

typedef struct own {
    struct own *next;
    frond_command command;
} own;

static own *
    programs; /* in the order of their names; the registry's lock, which a fork holds, is theirs too */

/* ---- those that are always there ---- */

static int help(frond_reply *out, int argc, const char *const *argv, void *arg);

static int config(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argv;
    (void)arg;
    if (argc != 1)
        return frond__command_refuse("config", "takes no arguments");
    frond__config_page(&out->page);
    return 0;
}

static int trace(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)arg;
    if (argc != 2)
        return frond__command_refuse("trace", "takes a file, or off");
    int rc =
        strcmp(argv[1], "off") == 0 ? frond_trace_stop() : frond_trace_start(argv[1]);
    if (rc == 0)
        frond_reply_print(out, "recording %s\n",
                          strcmp(argv[1], "off") == 0 ? "is over" : "has begun");
    return rc;
}

static const frond_command commands[] = {
    {"bt", "ID", "where a greenlet stands", frond__command_bt, NULL, {0}},
    {"config", NULL, "all settings, and where they are from", config, NULL, {0}},
    {"dump",
     NULL,
     "all greenlets as a tree, each with its stack",
     frond__command_dump,
     NULL,
     {0}},
    {"help", "[COMMAND]", "what there is", help, NULL, {0}},
    {"kill",
     "ID [ERROR]",
     "ends a greenlet, with FROND_EXIT or that error",
     frond__command_kill,
     NULL,
     {0}},
    {"ps", NULL, "all greenlets, a line each", frond__command_ps, NULL, {0}},
    {"stat", "[--openmetrics]", "numbers", frond__command_stat, NULL, {0}},
    {"top", NULL, "what most greenlets are doing", frond__command_top, NULL, {0}},
    {"trace", "FILE|off", "records what greenlets do, for Perfetto", trace, NULL, {0}},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* ---- the program's ---- */

static own **place_of(const char *name) {
    own **at = &programs;
    while (*at && strcmp((*at)->command.name, name) < 0)
        at = &(*at)->next;
    return at;
}

static const frond_command *built_in(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* A copy: another thread may take it back meanwhile. */
static bool find(const char *name, frond_command *found) {
    const frond_command *c = built_in(name);
    if (c)
        *found = *c;
    if (c)
        return true;
    frond__registry_lock();
    const own *o = *place_of(name);
    bool there = o && strcmp(o->command.name, name) == 0;
    if (there)
        *found = o->command;
    frond__registry_unlock();
    return there;
}

static bool is_name(const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return name && name[0] && strspn(name, allowed) == strlen(name);
}

static int insert(own *o) {
    frond__registry_lock();
    own **at = place_of(o->command.name);
    int rc = *at && strcmp((*at)->command.name, o->command.name) == 0 ? FROND_EEXIST : 0;
    if (rc == 0) {
        o->next = *at;
        *at = o;
    }
    frond__registry_unlock();
    return rc;
}

int frond_command_add(const frond_command *c) {
    if (!c || !c->fn || !is_name(c->name) || c->reserved[0] || c->reserved[1])
        return frond_fail_set(FROND_EINVAL, "command");
    if (built_in(c->name))
        return frond_fail_set(FROND_EEXIST, "command");
    own *o = frond_alloc(sizeof *o);
    if (!o)
        return frond_fail_set(FROND_ENOMEM, "command");
    *o = (own){NULL, *c};
    int rc = insert(o);
    if (rc < 0)
        frond_free(o);
    return rc < 0 ? frond_fail_set(rc, "command") : 0;
}

int frond_command_remove(const char *name) {
    if (!name)
        return 0;
    frond__registry_lock();
    own **at = place_of(name), *o = *at;
    bool there = o && strcmp(o->command.name, name) == 0;
    if (there)
        *at = o->next;
    frond__registry_unlock();
    if (there)
        frond_free(o);
    return there;
}

/* ---- help ---- */

static void tell(frond_reply *out, const frond_command *c) {
    char usage[80];
    snprintf(usage, sizeof usage, "%s %s", c->name, c->usage ? c->usage : "");
    frond_reply_print(out, "%-24s %s\n", usage, c->help ? c->help : "");
}

static int help(frond_reply *out, int argc, const char *const *argv, void *arg) {
    frond_command one;
    (void)arg;
    if (argc > 2)
        return frond__command_refuse("help", "takes one command");
    if (argc == 2 && !find(argv[1], &one))
        return frond__command_refuse(argv[1], "there is no such command");
    if (argc == 2) {
        tell(out, &one);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        tell(out, &commands[i]);
    frond__registry_lock();
    for (const own *o = programs; o; o = o->next)
        tell(out, &o->command);
    frond__registry_unlock();
    return 0;
}

/* ---- running ---- */

int frond_reply_print(frond_reply *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    frond__vprint(&out->page, format, args);
    va_end(args);
    return out->page.failed ? FROND_ENOMEM : 0;
}

int frond__command_refuse(const char *name, const char *why) {
    return frond_fail_text(FROND_EINVAL, "%.80s: %s", name, why);
}

/* The words of the line, which they are cut from; -1: too many. */
static int split(char *line, const char *words[WORDS + 1]) {
    int n = 0;
    for (char *at = line + strspn(line, " \t\r\n"); *at; at += strspn(at, " \t\r\n")) {
        if (n == WORDS)
            return -1;
        words[n++] = at;
        at += strcspn(at, " \t\r\n");
        if (*at)
            *at++ = '\0';
    }
    words[n] = NULL;
    return n;
}

/* What a line asks for.  It is its asker's until that has left without an answer, then its greenlet's. */
typedef struct {
    frond_reply reply;
    frond_command command;
    int argc;
    const char *argv[WORDS + 1];
    char line[LINE];
    bool over, left;
} order;

static void order_free(order *o) {
    frond__page_free(&o->reply.page);
    frond_free(o);
}

static void *carry_out(void *arg) {
    order *o = arg;
    int rc = o->command.fn(&o->reply, o->argc, o->argv, o->command.arg);
    if (rc >= 0)
        return o;
    return frond_error_code() == rc
               ? frond_failed(rc, NULL)
               : frond_failed(rc, "%s: %s", o->command.name, frond_error_message(rc));
}

static void ended(frond_greenlet *g, void *arg) {
    order *o = arg;
    (void)g;
    o->over = true;
    if (o->left)
        order_free(o);
}

static int understand(order *o, const char *line) {
    if (strlen(line) >= LINE)
        return frond__command_refuse("command", "the line is too long");
    snprintf(o->line, LINE, "%s", line);
    o->argc = split(o->line, o->argv);
    if (o->argc <= 0)
        return frond__command_refuse("command",
                                     o->argc ? "too many words" : "an empty line");
    return find(o->argv[0], &o->command)
               ? 0
               : frond__command_refuse(o->argv[0],
                                       "there is no such command; help lists them");
}

/* Has it carried out until d at most; 0, or its error. */
static int obey(order *o, frond_greenlet *g, frond_deadline d) {
    void *whole = NULL;
    int rc = frond_link_raw(g, ended, o);
    if (rc < 0) {
        frond_kill(g, FROND_EXIT, FROND_NOW); /* it has not begun */
        o->over = true;
        return rc;
    }
    rc = frond_get(g, &whole, d);
    return rc == 0 && !whole ? frond_fail_set(FROND_ECANCELED, o->command.name) : rc;
}

/* false: there was no memory for all of it. */
static bool hand_over(frond__page *p, char **text) {
    if (p->failed)
        return false;
    *text = p->text;
    *p = (frond__page){0};
    return true;
}

int frond_command_run(const char *line, char **text, frond_deadline d) {
    if (text)
        *text = NULL;
    int rc = frond_wait_enter(d);
    if (rc < 0)
        return rc;
    if (!line || !text)
        return frond_fail_set(FROND_EINVAL, "command");
    order *o = frond_calloc(1, sizeof *o);
    if (!o)
        return frond_fail_set(FROND_ENOMEM, "command");
    o->reply.deadline = d;
    rc = understand(o, line);
    const frond_spawn_options named = {.name = "command"};
    frond_greenlet *g = rc == 0 ? frond_spawn_with(&named, carry_out, o) : NULL;
    if (!g) {
        order_free(o);
        return rc < 0 ? rc : frond_error_code();
    }
    rc = obey(o, g, d);
    rc = hand_over(&o->reply.page, text) ? rc : frond_fail_set(FROND_ENOMEM, "command");
    o->left = true;
    if (o->over)
        order_free(o);
    else
        frond_kill(g, FROND_EXIT, FROND_NOW);
    frond_release(g);
    return rc;
}
