/* SPDX-License-Identifier: MIT */
/* The parent's side: starting a process by either method, watching it, joining it.
 *
 * Each process has a greenlet that waits for its end and reaps it, so the exit status is there whoever
 * joins and whenever, and no number is ever signalled after it was reaped. */
#include "pipe/pipe.h"
#include "process.h"
#include "tree.h"

#include <frond/error.h>
#include <frond/fork.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/subprocess.h>
#include <frond/timeout.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { KILL_MS = 2000, NAP_MS = 10 };

void frond__process_ref(frond_process *p) {
    p->refs++;
}

void frond__process_unref(frond_process *p) {
    if (--p->refs)
        return;
    frond__os_release(&p->os);
    frond_pipe_free(p->lifeline);
    frond_home home = p->home;
    frond_free(p->name);
    frond_free(p);
    frond_home_leave(&home);
}

static void unref_dropped(void *p) {
    frond__process_unref(p);
}

/* ---- its end ---- */

static bool ends_the_wait(int rc) {
    return rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED || rc == FROND_EDEADLK ||
           rc == FROND_ENOSUSPEND || rc == FROND_EFORKHOOK;
}

/* A system that is short of something must not hide an end: then it is asked again and again, between naps, or, where
 * there is not even a loop to nap by, between sleeps of the thread. */
static int await_change(frond__os_process *os, frond_deadline d) {
    int rc = frond__os_await(os, d);
    if (rc < 0 && !ends_the_wait(rc))
        rc = frond_nap(NAP_MS, d);
    if (rc < 0 && !ends_the_wait(rc)) {
        uv_sleep(1);
        rc = 0;
    }
    return rc;
}

int frond__process_await_end(frond__os_process *os, int *status, frond_deadline d) {
    int rc = 0;
    while (rc == 0 && !frond__os_ended(os, status))
        rc = await_change(os, d);
    return rc;
}

static void *reap(void *arg) {
    frond_process *p = arg;
    if (frond__process_await_end(&p->os, &p->status, FROND_NEVER) == 0)
        frond_event_set(&p->ended);
    return NULL;
}

int frond__process_watch(const frond__os_process *os, const char *name,
                         frond_process **out) {
    frond_process *p = frond_calloc(1, sizeof *p);
    char title[100];
    if (p)
        p->name = frond_strndup(name, strlen(name));
    if (!p || !p->name || frond_home_enter(&p->home) < 0) {
        if (p)
            frond_free(p->name);
        frond_free(p);
        return frond_fail_set(FROND_ENOMEM, "process start");
    }
    snprintf(title, sizeof title, "process %lld (%s)", (long long)os->pid, name);
    frond_spawn_options o = {.name = title, .drop = unref_dropped};
    p->os.handle = -1;
    p->refs = 2;
    frond_greenlet *g = frond_spawn_with(&o, reap, p);
    if (!g) {
        p->refs = 1;
        frond__process_unref(p);
        return frond_error_code();
    }
    p->os = *os;
    frond_release(g);
    *out = p;
    return 0;
}

/* ---- starting ---- */

void frond__process_give_up(frond__os_process *os) {
    int status;
    frond__os_signal(os, FROND__KILL);
    bool shielded = frond_shield_begin(KILL_MS) == 0;
    frond_clock_hold(1);
    (void)frond__process_await_end(os, &status, FROND_NEVER);
    frond_clock_hold(-1);
    if (shielded)
        frond_shield_end();
    frond__os_release(os);
}

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

/* ---- the running process ---- */

int frond__process_check(const frond_process *p, const char *doing) {
    if (!p)
        return frond_fail_set(FROND_EINVAL, doing);
    int rc = frond_home_check(&p->home);
    return rc < 0 ? frond_fail_set(rc, doing) : 0;
}

int frond_process_join(frond_process *p, int *status, frond_deadline d) {
    int rc = frond__process_check(p, "process join");
    if (rc < 0)
        return rc;
    frond__process_ref(p);
    rc = frond_event_wait(&p->ended, d);
    if (rc == 0 && status)
        *status = p->status;
    frond__process_unref(p);
    return rc < 0 ? frond_fail_set(rc, "process join") : 0;
}

frond_waitable frond_process_waitable(frond_process *p) {
    return frond_event_waitable(p ? &p->ended : NULL);
}

int frond_process_alive(const frond_process *p) {
    return p && !frond_event_is_set(&p->ended);
}

const char *frond_process_name(const frond_process *p) {
    return p ? p->name : "";
}

int64_t frond_process_pid(const frond_process *p) {
    return p ? p->os.pid : 0;
}

static int check_running(const frond_process *p) {
    int rc = frond__process_check(p, "process signal");
    if (rc == 0 && frond_event_is_set(&p->ended))
        rc = frond_fail_set(FROND_ESRCH, "process signal");
    return rc;
}

int frond_process_signal(frond_process *p, int number) {
    int rc = check_running(p);
    if (rc < 0)
        return rc;
    rc = frond__os_signal(&p->os, number);
    return rc < 0 ? frond_fail_set(rc, "process signal") : 0;
}

int frond_process_signal_tree(frond_process *p, int number) {
    int rc = check_running(p);
    if (rc < 0)
        return rc;
    rc = frond__os_signal_tree(&p->os, p->leads, number);
    return rc < 0 ? frond_fail_set(rc, "process signal") : 0;
}

int frond_process_terminate(frond_process *p) {
    return frond_process_signal(p, SIGTERM);
}

int frond_process_kill(frond_process *p) {
    return frond_process_signal(p, FROND__KILL);
}

const char *frond_process_status_text(int status, char *out, size_t cap) {
    const char *name = frond__os_status_name(status);
    if (!out || cap == 0)
        return "";
    if (status >= 0)
        snprintf(out, cap, "exited with status %d", status);
    else if (status > -128)
        snprintf(out, cap, "ended by signal %d%s%s%s", -status, name ? " (" : "",
                 name ? name : "", name ? ")" : "");
    else
        snprintf(out, cap, "ended by exception 0x%x%s%s%s", (unsigned)status,
                 name ? " (" : "", name ? name : "", name ? ")" : "");
    return out;
}

/* Its pipes end with its owner; what is in use of them lasts until that is over. */
static void disown(void *arg) {
    frond_process *p = arg;
    for (int i = 0; i < 3; i++) {
        frond_stream_free(p->streams[i]);
        p->streams[i] = NULL;
    }
    frond__process_unref(p);
}

void frond_process_free(frond_process *p) {
    if (p)
        frond_home_send(&p->home, disown, p);
}
