/* SPDX-License-Identifier: MIT */
/* Starting workers, by either method: what the child is told, and what it answers. */
#include "pipe/pipe.h"
#include "process.h"

#include <frond/error.h>
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int await_ready(frond_pipe *control, const char *entry, frond_deadline d) {
    char *answer;
    int64_t n = frond_pipe_receive(control, (void **)&answer, d);
    if (n == FROND_EPIPE || n == FROND_EOF || n == FROND_ECONNRESET)
        return frond_fail_text(FROND_EPROC_START,
                               "start process \"%s\": it ended before it was "
                               "ready",
                               entry);
    if (n < 0)
        return frond_fail_text((int)n, "start process \"%s\": %s", entry,
                               frond_error_message((int)n));
    int rc = n ? atoi(answer) : 0;
    frond_free(answer);
    return rc < 0 ? frond_fail_text(rc, "start process \"%s\": %s", entry,
                                    frond_error_message(rc))
                  : 0;
}

/* They are closed here once the child is ready. */
static int send_handles(frond_pipe *control, const frond_process_options *o,
                        frond_deadline d) {
    frond_pipe_message m = {.handles = (frond_handle *)(uintptr_t)o->handles,
                            .n_handles = o->n_handles,
                            .flags = FROND_PIPE_KEEP_HANDLES};
    return o->n_handles ? frond_pipe_send_message(control, &m, d) : 0;
}

static int tell_child(frond_pipe *control, const char *entry,
                      const frond_process_options *o, frond_deadline d) {
    frond__bootstrap b = {.version = FROND__BOOTSTRAP_VERSION,
                          .n_pipes = o->n_pipes,
                          .n_handles = o->n_handles,
                          .daemon = o->daemon != 0,
                          .parent = frond__carry_self()};
    snprintf(b.entry, sizeof b.entry, "%s", entry);
    for (size_t i = 0; i < o->n_pipes; i++) {
        b.max_message[i] = frond__pipe_max(o->pipes[i]);
        b.peer[i] = o->pipes[i]->peer;
    }
    int rc = frond_pipe_send(control, &b, sizeof b, d);
    if (rc == 0)
        rc = frond_pipe_send(control, o->args, o->args_len, d);
    if (rc == 0)
        rc = send_handles(control, o, d);
    return rc == 0 ? frond_pipe_flush(control, d) : rc;
}

/* A child that is gone may have said why before. */
static int hear_out(int told, frond_pipe *control, const char *entry, frond_deadline d) {
    bool gone = told == FROND_EPIPE || told == FROND_ECONNRESET;
    if (gone)
        (void)frond_shutdown(control->stream, d); /* if it is not, it has heard enough */
    return told == 0 || gone ? await_ready(control, entry, d) : told;
}

/* fds[0] is the child's end of the control pipe. */
static int start_spawn(const char *entry, const frond_process_options *o,
                       const intptr_t *fds, frond_pipe *control, frond_pipe *theirs,
                       frond__os_process *os, frond_deadline d) {
    int rc = frond__os_spawn_self(fds, o->n_pipes + 1, o->daemon != 0, os);
    if (rc < 0)
        return frond_fail_text(rc, "start process \"%s\": %s", entry,
                               frond_error_message(rc));
    frond__pipe_moved(theirs, (uint64_t)os->pid); /* else its end would never be seen */
    rc = hear_out(tell_child(control, entry, o, d), control, entry, d);
    if (rc < 0)
        frond__process_give_up(os);
    return rc;
}

static FROND_NORETURN void run_forked(const char *entry, const frond_process_options *o,
                                      const intptr_t *fds, const uint64_t *max,
                                      void *args) {
    frond_child self = {0}; /* not static: a child's child has its parent's, too */
    int rc = frond__pipe_adopt(fds[0], FROND__CHILD_ARGS, 0, &self.control);
    for (size_t i = 0; rc == 0 && i < o->n_pipes; i++) {
        rc = frond__pipe_adopt(fds[i + 1], max[i], 0, &self.pipes[i]);
        self.n_pipes += rc == 0;
    }
    self.args = args;
    self.args_len = o->args_len;
    if (rc == 0)
        rc = frond__child_take(&self, o->n_handles);
    if (rc == 0 && o->daemon)
        rc = frond__child_bind(&self);
    if (rc < 0 || frond_pipe_send(self.control, NULL, 0, FROND_NEVER) < 0)
        _Exit(127);
    frond__child_run(&self, frond__entry_find(entry), true);
}

static int start_fork(const char *entry, const frond_process_options *o,
                      const intptr_t *fds, frond_pipe *control, frond_pipe *theirs,
                      frond__os_process *os, frond_deadline d) {
    frond_fork_options f = {
        .keep = fds, .n_keep = o->n_pipes + 1, .drop_stacks = o->drop_stacks};
    uint64_t max[FROND__CHILD_PIPES];
    frond_process_options copy = *o; /* the child reads these on its own stack */
    intptr_t kept[FROND__CHILD_PIPES + 1];
    char name[sizeof((frond__bootstrap *)0)->entry];
    void *args = o->args_len ? frond_alloc(o->args_len) : NULL;
    if (o->args_len && !args)
        return frond_fail_set(FROND_ENOMEM, "process start");
    if (args)
        memcpy(args, o->args, o->args_len);
    snprintf(name, sizeof name, "%s", entry);
    memcpy(kept, fds, (o->n_pipes + 1) * sizeof *fds);
    f.keep = kept;
    for (size_t i = 0; i < o->n_pipes; i++)
        max[i] = frond__pipe_max(o->pipes[i]);
    int64_t pid = frond_fork(&f, d);
    if (pid == 0)
        run_forked(name, &copy, kept, max, args);
    frond_free(args);
    if (pid < 0)
        return (int)pid;
    frond__os_hold(pid, os);
    frond_pipe_close(theirs);
    int rc = hear_out(send_handles(control, o, d), control, entry, d);
    if (rc < 0)
        frond__process_give_up(os);
    return rc;
}

static int check(const char *entry, const frond_process_options *o, frond_process **p) {
    if (!frond__entries())
        return frond_fail_text(FROND_EINVAL, "start process: frond_init was not called");
    for (size_t i = 0; i < sizeof o->reserved / sizeof o->reserved[0]; i++)
        if (o->reserved[i])
            return frond_fail_set(FROND_EINVAL, "start process: options");
    if (!entry || !p || o->n_pipes > FROND__CHILD_PIPES || (o->n_pipes && !o->pipes) ||
        o->n_handles > FROND__CHILD_PIPES || (o->n_handles && !o->handles) ||
        (o->args_len && !o->args) || o->args_len > FROND__CHILD_ARGS ||
        (unsigned)o->method > 1)
        return frond_fail_set(FROND_EINVAL, "start process");
    if (!frond__entry_find(entry))
        return frond_fail_text(FROND_EPROC_ENTRY, "start process \"%.128s\": %s", entry,
                               frond_error_message(FROND_EPROC_ENTRY));
    return 0;
}

int frond_process_start(const char *entry, const frond_process_options *o,
                        frond_process **p, frond_deadline d) {
    static const frond_process_options none;
    static const frond_pipe_options control_options = {.max_message = FROND__CHILD_ARGS};
    frond_pipe *control, *theirs;
    intptr_t fds[FROND__CHILD_PIPES + 1];
    frond__os_process os = {0};
    o = o ? o : &none;
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = check(entry, o, p)) < 0)
        return rc;
    if ((rc = frond_pipe_pair(&control_options, &control, &theirs)) < 0)
        return rc;
    rc = frond__pipe_movable(theirs, &fds[0]);
    for (size_t i = 0; rc == 0 && i < o->n_pipes; i++)
        rc = frond__pipe_movable(o->pipes[i], &fds[i + 1]);
    if (rc == 0)
        rc = (o->method == FROND_FORK ? start_fork : start_spawn)(entry, o, fds, control,
                                                                  theirs, &os, d);
    if (rc == 0 && (rc = frond__process_watch(&os, o->name ? o->name : entry, p)) < 0)
        frond__process_give_up(&os);
    for (size_t i = 0; rc == 0 && i < o->n_pipes; i++)
        frond__pipe_moved(o->pipes[i], (uint64_t)os.pid);
    if (rc == 0)
        frond__handles_gone(control, o->handles, o->n_handles, o->keep_handles != 0);
    if (rc == 0 && o->daemon)
        (*p)->lifeline = control;
    else
        frond_pipe_free(control);
    frond_pipe_free(theirs);
    return rc;
}
