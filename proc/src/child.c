/* SPDX-License-Identifier: MIT */
/* The child's side: finding out that it is one, its arguments and pipes, its entry and its end. */
#include "pipe/pipe.h"
#include "start.h"

#include <frond/error.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOOT_MS = 60000, CLOSE_MS = 5000 };

_Static_assert((int)FROND__CHILD_PIPES <= (int)FROND__CARRIED,
               "one message takes all handles");

static const frond_entry *entries;

const frond_entry *frond__entries(void) {
    return entries;
}

const frond_entry *frond__entry_find(const char *name) {
    for (const frond_entry *e = entries; e && e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e;
    return NULL;
}

void frond__child_run(frond_child *self, const frond_entry *entry, bool forked) {
    int status = entry->run(self);
    for (size_t i = 0; i < self->n_pipes; i++) {
        frond_pipe_flush(self->pipes[i], frond_in(CLOSE_MS));
        frond_pipe_free(self->pipes[i]);
    }
    for (size_t i = 0; i < self->n_handles; i++)
        frond_handle_free(&self->handles[i]);
    frond_pipe_free(self->control);
    frond_free(self->args);
    fflush(NULL);
    if (!forked)
        exit(status);
    frond_hub_close(frond_in(CLOSE_MS));
    _Exit(status); /* the parent's exit handlers are not ours to run */
}

const void *frond_child_args(const frond_child *self, size_t *len) {
    if (len)
        *len = self->args_len;
    return self->args ? self->args : "";
}

frond_pipe *frond_child_pipe(const frond_child *self, size_t i) {
    return i < self->n_pipes ? self->pipes[i] : NULL;
}

frond_handle *frond_child_handle(frond_child *self, size_t i) {
    return i < self->n_handles ? &self->handles[i] : NULL;
}

/* ---- a child's beginning ---- */

int frond__child_take(frond_child *self, uint64_t n) {
    frond_pipe_message m = {.handles = self->handles, .n_handles = FROND__CHILD_PIPES};
    if (n == 0)
        return 0;
    int64_t rc = frond_pipe_receive_message(self->control, &m, frond_in(BOOT_MS));
    if (rc < 0)
        return (int)rc;
    frond_free(m.data);
    self->n_handles = m.n_handles;
    return m.n_handles == n ? 0 : FROND_EPROTO;
}

int frond__child_bind(const frond_child *self) {
    intptr_t fd;
    int rc = frond_pipe_fd(self->control, &fd);
    return rc < 0 ? rc : frond__os_end_with(fd);
}

static int boot(frond_child *self, const intptr_t *pipes, size_t n_pipes,
                const frond_entry **entry) {
    frond__bootstrap *b;
    int64_t n = frond_pipe_receive(self->control, (void **)&b, frond_in(BOOT_MS));
    if (n < 0)
        return (int)n;
    int rc =
        n == sizeof *b && b->version == FROND__BOOTSTRAP_VERSION && b->n_pipes == n_pipes
            ? 0
            : FROND_EPROC_VERSION;
    if (rc == 0 && !(*entry = frond__entry_find(b->entry)))
        rc = FROND_EPROC_ENTRY;
    for (size_t i = 0; rc == 0 && i < n_pipes; i++) {
        rc = frond__pipe_adopt(pipes[i], b->max_message[i], b->peer[i], &self->pipes[i]);
        self->n_pipes += rc == 0;
    }
    uint64_t handles = b->n_handles;
    bool daemon = b->daemon != 0;
    frond_free(b);
    if (rc == 0 &&
        (n = frond_pipe_receive(self->control, &self->args, frond_in(BOOT_MS))) < 0)
        rc = (int)n;
    self->args_len = rc == 0 ? (size_t)n : 0;
    if (rc == 0)
        rc = frond__child_take(self, handles);
    return rc == 0 && daemon ? frond__child_bind(self) : rc;
}

/* fds[0] is our end of the control pipe. */
static FROND_NORETURN void run_spawned(const intptr_t *fds, size_t n) {
    static frond_child self;
    const frond_entry *entry = NULL;
    char answer[16] = "";
    int rc = frond__pipe_adopt(fds[0], FROND__CHILD_ARGS, 0, &self.control);
    if (rc < 0)
        _Exit(127);
    if ((rc = boot(&self, fds + 1, n - 1, &entry)) < 0)
        snprintf(answer, sizeof answer, "%d", rc);
    if (frond_pipe_send(self.control, answer, strlen(answer), frond_in(BOOT_MS)) < 0 ||
        rc < 0)
        _Exit(127);
    frond__child_run(&self, entry, false);
}

static bool table_valid(const frond_entry *table) {
    for (const frond_entry *e = table; e->name; e++) {
        if (!e->run || strlen(e->name) >= sizeof((frond__bootstrap *)0)->entry)
            return false;
        for (const frond_entry *other = table; other != e; other++)
            if (strcmp(other->name, e->name) == 0)
                return false;
    }
    return true;
}

int frond_init(int *argc, char ***argv, const frond_entry *table) {
    (void)argc;
    (void)argv;
    if (!table || !table_valid(table))
        return frond_fail_set(FROND_EINVAL, "frond_init: table of entries");
    entries = table;
    intptr_t fds[FROND__CHILD_PIPES + 1];
    size_t n = frond__os_inherited(fds, FROND__CHILD_PIPES + 1);
    if (n)
        run_spawned(fds, n);
    return 0;
}
