/* SPDX-License-Identifier: MIT */
/* Operations that answer with texts: names of folders, links, and what is in them. */
#include "fs/fs.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int keep_text(frond__fs_op *op, const char *text) {
    op->data = text ? frond_strndup(text, strlen(text)) : NULL;
    return op->data ? 0 : FROND_ENOMEM;
}

/* Runs it and hands out its text. */
static int do_text(frond__fs_op *op, char **text, frond_deadline d) {
    if (!op)
        return frond_error_code();
    int rc = frond__fs_run(&op, d);
    if (rc == 0) {
        *text = op->data;
        op->data = NULL;
    }
    frond__fs_free(op);
    return rc;
}

static int call_mkdtemp(frond__fs_op *op) {
    uv_fs_t request;
    int rc = uv_fs_mkdtemp(NULL, &request, op->path, NULL);
    int kept = rc < 0 ? frond_error_from_uv(rc) : keep_text(op, request.path);
    uv_fs_req_cleanup(&request);
    return kept;
}

int frond_fs_mkdtemp(const char *prefix, char **path, frond_deadline d) {
    size_t n = prefix && path ? strlen(prefix) : 0;
    char *template = prefix && path ? frond_alloc(n + sizeof "XXXXXX") : NULL;
    if (!template)
        return frond_fail_set(prefix && path ? FROND_ENOMEM : FROND_EINVAL, "mkdtemp");
    snprintf(template, n + sizeof "XXXXXX", "%sXXXXXX", prefix);
    frond__fs_op *op = frond__fs_new(call_mkdtemp, "mkdtemp", template, NULL);
    frond_free(template);
    return do_text(op, path, d);
}

static int keep_answer(frond__fs_op *op, uv_fs_t *request, int rc) {
    int kept = rc < 0 ? frond_error_from_uv(rc) : keep_text(op, request->ptr);
    uv_fs_req_cleanup(request);
    return kept;
}

static int call_readlink(frond__fs_op *op) {
    uv_fs_t request;
    int rc = uv_fs_readlink(NULL, &request, op->path, NULL);
    return keep_answer(op, &request, rc);
}

int frond_fs_readlink(const char *path, char **target, frond_deadline d) {
    return do_text(frond__fs_new(call_readlink, "readlink", target ? path : NULL, NULL),
                   target, d);
}

static int call_realpath(frond__fs_op *op) {
    uv_fs_t request;
    int rc = uv_fs_realpath(NULL, &request, op->path, NULL);
    return keep_answer(op, &request, rc);
}

int frond_fs_realpath(const char *path, char **whole, frond_deadline d) {
    return do_text(frond__fs_new(call_realpath, "realpath", whole ? path : NULL, NULL),
                   whole, d);
}

/* ---- folders ---- */

static frond_file_kind kind_of(const char *folder, const uv_dirent_t *e) {
    frond_file_info info = {.kind = FROND_FILE_OTHER};
    if (e->type == UV_DIRENT_FILE)
        return FROND_FILE_REGULAR;
    if (e->type == UV_DIRENT_DIR)
        return FROND_FILE_FOLDER;
    if (e->type == UV_DIRENT_LINK)
        return FROND_FILE_LINK;
    size_t n = strlen(folder) + strlen(e->name) + 2;
    char *path = e->type == UV_DIRENT_UNKNOWN ? frond_alloc(n) : NULL;
    if (!path)
        return FROND_FILE_OTHER;
    uv_fs_t request; /* the file system does not tell by the way */
    snprintf(path, n, "%s/%s", folder, e->name);
    uv_fs_lstat(NULL, &request, path, NULL);
    frond__fs_info(&request, &info);
    uv_fs_req_cleanup(&request);
    frond_free(path);
    return info.kind;
}

typedef struct {
    frond_fs_entry *entries; /* whose names are offsets until the end */
    size_t n;
    char *names;
    size_t used, room;
} listing;

static int add_entry(listing *l, const char *folder, const uv_dirent_t *e) {
    size_t n = strlen(e->name) + 1;
    if (l->used + n > l->room) {
        size_t room = l->room * 2 + n + 1024;
        char *names = frond_realloc(l->names, room);
        if (!names)
            return FROND_ENOMEM;
        l->names = names;
        l->room = room;
    }
    memcpy(l->names + l->used, e->name, n);
    l->entries[l->n++] =
        (frond_fs_entry){(const char *)(uintptr_t)l->used, kind_of(folder, e)};
    l->used += n;
    return 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const frond_fs_entry *)a)->name, ((const frond_fs_entry *)b)->name);
}

/* Entries and names in one block, which the operation gets. */
static int join(frond__fs_op *op, const listing *l) {
    size_t head = l->n * sizeof *l->entries;
    op->data = frond_alloc(head + l->used + 1);
    if (!op->data)
        return FROND_ENOMEM;
    frond_fs_entry *entries = (frond_fs_entry *)(void *)op->data;
    if (l->used)
        memcpy(op->data + head, l->names, l->used);
    for (size_t i = 0; i < l->n; i++)
        entries[i] = (frond_fs_entry){op->data + head + (uintptr_t)l->entries[i].name,
                                      l->entries[i].kind};
    if (l->n)
        qsort(entries, l->n, sizeof *entries, by_name); /* on Windows they are not */
    op->size = l->n;
    return 0;
}

static int call_scandir(frond__fs_op *op) {
    uv_fs_t request;
    uv_dirent_t e;
    listing l = {0};
    int rc = uv_fs_scandir(NULL, &request, op->path, 0, NULL);
    int failed = 0;
    if (rc >= 0 && !(l.entries = frond_calloc((size_t)rc + 1, sizeof *l.entries)))
        failed = FROND_ENOMEM;
    while (rc >= 0 && failed == 0 && uv_fs_scandir_next(&request, &e) != UV_EOF)
        failed = add_entry(&l, op->path, &e);
    uv_fs_req_cleanup(&request);
    rc = rc < 0 ? frond_error_from_uv(rc) : failed < 0 ? failed : join(op, &l);
    frond_free(l.entries);
    frond_free(l.names);
    return rc;
}

int frond_fs_scandir(const char *path, frond_fs_entry **entries, size_t *n,
                     frond_deadline d) {
    frond__fs_op *op =
        frond__fs_new(call_scandir, "read folder", entries && n ? path : NULL, NULL);
    if (!op)
        return frond_error_code();
    int rc = frond__fs_run(&op, d);
    if (rc == 0) {
        *entries = (frond_fs_entry *)(void *)op->data;
        *n = op->size;
        op->data = NULL;
    }
    frond__fs_free(op);
    return rc;
}
