/* SPDX-License-Identifier: MIT */
/* A program gets one line, which its C library takes apart again: quoted so that it finds the same words.  cmd.exe
 * takes lines apart by rules of its own, which nothing can be quoted for: batch files are only run by it when
 * asked for (.shell). */
#include "launch/words_windows.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { MOST_LINE = 32767, MOST_PATH = 32767 };

/* ---- wide text that grows ---- */

typedef struct {
    wchar_t *data;
    size_t n, cap;
    bool failed; /* no memory */
} text;

static void put(text *t, const wchar_t *from, size_t n) {
    if (t->n + n + 1 > t->cap) {
        size_t cap = (t->n + n + 1) * 2;
        wchar_t *grown = t->failed ? NULL : frond_realloc(t->data, cap * sizeof *grown);
        if (!grown) {
            t->failed = true;
            return;
        }
        t->data = grown;
        t->cap = cap;
    }
    memcpy(t->data + t->n, from, n * sizeof *from);
    t->n += n;
    t->data[t->n] = L'\0';
}

static void put_char(text *t, wchar_t c) {
    put(t, &c, 1);
}

/* UTF-8, with or without its NUL. */
static void put_utf8(text *t, const char *from, bool with_nul) {
    int n = MultiByteToWideChar(CP_UTF8, 0, from, -1, NULL, 0);
    wchar_t *wide = n > 0 ? frond_alloc((size_t)n * sizeof *wide) : NULL;
    if (!wide) {
        t->failed = true;
        return;
    }
    MultiByteToWideChar(CP_UTF8, 0, from, -1, wide, n);
    put(t, wide, (size_t)n - !with_nul);
    frond_free(wide);
}

static wchar_t *wide_of(const char *from) {
    text t = {0};
    put_utf8(&t, from, false);
    if (!t.failed)
        return t.data;
    frond_free(t.data);
    return NULL;
}

/* ---- the command line ---- */

/* Backslashes are doubled where a quotation mark follows, which is then escaped itself. */
static void put_quoted(text *t, const char *word) {
    if (*word && !strpbrk(word, " \t\n\v\"")) {
        put_utf8(t, word, false);
        return;
    }
    text wide = {0};
    put_utf8(&wide, word, false);
    size_t slashes = 0;
    put_char(t, L'"');
    for (size_t i = 0; !wide.failed && i <= wide.n; i++) {
        wchar_t c = i < wide.n ? wide.data[i] : L'"';
        size_t again = c == L'"' ? slashes : 0;
        slashes = c == L'\\' ? slashes + 1 : 0;
        for (; again; again--)
            put_char(t, L'\\');
        if (i < wide.n && c == L'"')
            put_char(t, L'\\');
        put_char(t, c);
    }
    t->failed |= wide.failed;
    frond_free(wide.data);
}

static int make_line(frond__words *w, const char *const *argv, bool shell) {
    text t = {0};
    if (shell && argv[1])
        return frond_fail_text(FROND_EINVAL,
                               "start: cmd.exe takes no arguments beside its line");
    if (shell) {
        put(&t, L"cmd.exe /d /s /c \"", 18);
        put_utf8(&t, argv[0], false);
        put_char(&t, L'"');
    }
    for (; !shell && *argv; argv++) {
        if (t.n)
            put_char(&t, L' ');
        put_quoted(&t, *argv);
    }
    w->line = t.data;
    if (t.failed)
        return frond_fail_set(FROND_ENOMEM, "start");
    return t.n < MOST_LINE
               ? 0
               : frond_fail_text(FROND_ENAMETOOLONG, "start: the arguments are too long");
}

/* ---- the environment ---- */

static int name_length(const wchar_t *entry) { /* it may begin with "=" */
    return 1 + (int)wcscspn(entry + 1, L"=");
}

static int by_name(const void *a, const void *b) {
    const wchar_t *x = *(const wchar_t *const *)a, *y = *(const wchar_t *const *)b;
    return CompareStringOrdinal(x, name_length(x), y, name_length(y), TRUE) - CSTR_EQUAL;
}

/* Entries of a block, each with its NUL. */
static size_t count(const wchar_t *block, const wchar_t *end) {
    size_t n = 0;
    for (; block < end; block += wcslen(block) + 1)
        n++;
    return n;
}

/* Of those of one name the last stays, unless it only removes. */
static void put_sorted(text *t, const wchar_t *block, const wchar_t *end) {
    size_t n = 0, all = count(block, end);
    const wchar_t **entries = frond_alloc((all + 1) * sizeof *entries);
    if (!entries) {
        t->failed = true;
        return;
    }
    for (; block < end; block += wcslen(block) + 1) {
        size_t at = 0;
        while (at < n && by_name(&entries[at], &block) != 0)
            at++;
        entries[at] = block;
        n += at == n;
    }
    qsort(entries, n, sizeof *entries, by_name);
    for (size_t i = 0; i < n; i++)
        if (entries[i][name_length(entries[i])] == L'=')
            put(t, entries[i], wcslen(entries[i]) + 1);
    put_char(t, L'\0');
    frond_free(entries);
}

static void put_ours(text *t) {
    wchar_t *ours = GetEnvironmentStringsW();
    for (const wchar_t *at = ours; at && *at; at += wcslen(at) + 1)
        put(t, at, wcslen(at) + 1);
    if (ours)
        FreeEnvironmentStringsW(ours);
}

static bool put_entries(text *t, const char *const *entries, bool need_values) {
    for (; entries && *entries; entries++) {
        const char *value = strchr(*entries, '=');
        if (value == *entries || !**entries || (need_values && !value)) {
            frond_fail_text(FROND_EINVAL, "start: \"%.60s\" is no NAME=VALUE", *entries);
            return false;
        }
        put_utf8(t, *entries, true);
    }
    return true;
}

wchar_t *frond__words_env(const char *const *env, const char *const *change) {
    text all = {0}, sorted = {0};
    if (!env)
        put_ours(&all);
    if (put_entries(&all, env, true) && put_entries(&all, change, false)) {
        if (!all.failed)
            put_sorted(&sorted, all.data, all.data + all.n);
        if (all.failed || sorted.failed) {
            frond_fail_set(FROND_ENOMEM, "start");
            frond_free(sorted.data);
            sorted.data = NULL;
        }
    }
    frond_free(all.data);
    return sorted.data;
}

static const wchar_t *path_in(const wchar_t *env) {
    for (; *env; env += wcslen(env) + 1)
        if (_wcsnicmp(env, L"PATH=", 5) == 0)
            return env + 5;
    return L"";
}

/* ---- the program's file ---- */

static bool is_file(const wchar_t *path) {
    DWORD what = GetFileAttributesW(path);
    return what != INVALID_FILE_ATTRIBUTES && !(what & FILE_ATTRIBUTE_DIRECTORY);
}

static bool ends_with(const wchar_t *name, const wchar_t *end) {
    size_t n = wcslen(name), m = wcslen(end);
    return n >= m && _wcsicmp(name + n - m, end) == 0;
}

/* As it is, or with what programs are called. */
static bool try_file(text *t) {
    static const wchar_t *const ends[] = {L".exe", L".com"};
    size_t n = t->n;
    const wchar_t *name = wcspbrk(t->data, L"\\/") ? t->data + n : t->data;
    while (name > t->data && name[-1] != L'\\' && name[-1] != L'/')
        name--;
    if (wcschr(name, L'.') && is_file(t->data))
        return true;
    for (int i = 0; i < 2 && !t->failed; i++) {
        put(t, ends[i], 4);
        if (!t->failed && is_file(t->data))
            return true;
        t->n = n;
        t->data[n] = L'\0';
    }
    return false;
}

static bool try_in(text *t, const wchar_t *folder, size_t n, const wchar_t *name) {
    while (n && (folder[0] == L'"' || folder[n - 1] == L'"')) { /* as some write them */
        folder += folder[0] == L'"';
        n -= 1;
    }
    if (!n)
        return false;
    t->n = 0;
    put(t, folder, n);
    put_char(t, L'\\');
    put(t, name, wcslen(name));
    return !t->failed && try_file(t);
}

/* Where PATH says, and where the system's own programs are; never in the current directory, where anybody may have
 * put something of that name. */
static bool find(text *t, const wchar_t *name, const wchar_t *path) {
    wchar_t system[MAX_PATH];
    if (wcspbrk(name, L"\\/:")) {
        put(t, name, wcslen(name));
        return !t->failed && try_file(t);
    }
    while (*path) {
        size_t n = wcscspn(path, L";");
        if (try_in(t, path, n, name))
            return true;
        path += n + (path[n] != L'\0');
    }
    UINT n = GetSystemDirectoryW(system, MAX_PATH);
    return n && n < MAX_PATH && try_in(t, system, n, name);
}

static int make_program(frond__words *w, const char *name) {
    text t = {0};
    wchar_t *wide = wide_of(name);
    bool found = wide && *wide && find(&t, wide, path_in(w->env));
    frond_free(wide);
    w->program = t.data;
    if (!wide || t.failed)
        return frond_fail_set(FROND_ENOMEM, "start");
    if (!found)
        return frond_fail_text(FROND_ENOENT, "start \"%.128s\": %s", name,
                               frond_error_message(FROND_ENOENT));
    if (ends_with(t.data, L".bat") || ends_with(t.data, L".cmd"))
        return frond_fail_text(
            FROND_ENOEXEC, "start \"%.128s\": a batch file is run by the shell", name);
    return 0;
}

int frond__words_make(frond__words *w, const char *const *argv,
                      const frond_subprocess_options *o) {
    *w = (frond__words){0};
    int rc = make_line(w, argv, o->shell);
    if (rc == 0 && !(w->env = frond__words_env(o->env, o->env_change)))
        rc = frond_error_code();
    if (rc == 0)
        rc = make_program(w, o->shell ? "cmd.exe" : o->program ? o->program : argv[0]);
    if (rc == 0 && o->directory && !(w->directory = wide_of(o->directory)))
        rc = frond_fail_set(FROND_ENOMEM, "start");
    return rc;
}

void frond__words_free(frond__words *w) {
    frond_free(w->program);
    frond_free(w->line);
    frond_free(w->env);
    frond_free(w->directory);
}
