/* SPDX-License-Identifier: MIT */
#include "launch/words.h"

#include "process_posix.h"
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <string.h>

#define SHELL "/bin/sh"
#define USUAL_PATH "/bin:/usr/bin"

static size_t count(const char *const *words) {
    size_t n = 0;
    while (words && words[n])
        n++;
    return n;
}

/* A line for the shell is followed by its name for itself, and then its own arguments. */
static int make_argv(frond__words *w, const char *const *argv, bool shell) {
    size_t n = count(argv), at = 0;
    const char **to = frond_alloc((n + 4) * sizeof *to);
    if (!to)
        return FROND_ENOMEM;
    if (shell) {
        to[at++] = SHELL;
        to[at++] = "-c";
        to[at++] = argv[0];
        if (argv[1])
            to[at++] = SHELL;
        argv++;
        n--;
    }
    memcpy(to + at, argv, n * sizeof *to);
    to[at + n] = NULL;
    w->argv = (char **)(uintptr_t)to;
    return 0;
}

static size_t name_length(const char *entry) {
    const char *end = strchr(entry, '=');
    return end ? (size_t)(end - entry) : strlen(entry);
}

/* Whether a later change decides about the same name. */
static bool changed(const char *entry, const char *const *changes) {
    size_t n = name_length(entry);
    for (; changes && *changes; changes++)
        if (name_length(*changes) == n && memcmp(*changes, entry, n) == 0)
            return true;
    return false;
}

static bool valid(const char *entry, bool needs_value) {
    size_t n = name_length(entry);
    return n > 0 && (entry[n] == '=' || !needs_value);
}

static int make_env(frond__words *w, const frond_subprocess_options *o) {
    const char *const *base =
        o->env ? o->env : (const char *const *)(uintptr_t)frond__environ();
    const char *const *changes = o->env_change;
    const char **to = frond_alloc((count(base) + count(changes) + 1) * sizeof *to);
    size_t at = 0;
    if (!to)
        return FROND_ENOMEM;
    w->env = (char **)(uintptr_t)to;
    for (; base && *base; base++) {
        if (o->env && !valid(*base, true))
            return frond_fail_text(FROND_EINVAL, "start: \"%.60s\" is no NAME=VALUE",
                                   *base);
        if (!changed(*base, changes))
            to[at++] = *base;
    }
    for (; changes && *changes; changes++) {
        if (!valid(*changes, false))
            return frond_fail_text(FROND_EINVAL, "start: \"%.60s\" is no NAME=VALUE",
                                   *changes);
        if (strchr(*changes, '=') && !changed(*changes, changes + 1))
            to[at++] = *changes;
    }
    to[at] = NULL;
    return 0;
}

static const char *path_of(char *const *env) {
    for (; *env; env++)
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    return USUAL_PATH;
}

/* Each folder of PATH with the name behind it; an empty one is the current one. */
static int make_programs(frond__words *w, const char *name) {
    size_t length = strlen(name), n = 1;
    const char *path = strchr(name, '/') ? "" : path_of(w->env);
    if (!length)
        return FROND_ENOENT;
    for (const char *at = path; *at; at++)
        n += *at == ':';
    size_t pointers = (n + 1) * sizeof(char *);
    char *block = frond_alloc(pointers + strlen(path) + n * (length + 2));
    if (!block)
        return FROND_ENOMEM;
    char **to = w->programs = (char **)(void *)block, *text = block + pointers;
    for (size_t i = 0; i < n; i++) {
        size_t folder = strcspn(path, ":");
        *to++ = text;
        memcpy(text, path, folder);
        text += folder;
        if (folder)
            *text++ = '/';
        memcpy(text, name, length + 1);
        text += length + 1;
        path += folder + (path[folder] != '\0');
    }
    *to = NULL;
    return 0;
}

int frond__words_make(frond__words *w, const char *const *argv,
                      const frond_subprocess_options *o) {
    *w = (frond__words){0};
    int rc = make_argv(w, argv, o->shell);
    if (rc == 0)
        rc = make_env(w, o);
    if (rc == 0)
        rc = make_programs(w, o->program ? o->program : w->argv[0]);
    if (rc == FROND_ENOMEM)
        frond_fail_set(rc, "start");
    if (rc == FROND_ENOENT)
        frond_fail_set(rc, "start: a program without a name");
    return rc;
}

void frond__words_free(frond__words *w) {
    frond_free(w->argv);
    frond_free(w->env);
    frond_free(w->programs);
}
