/* SPDX-License-Identifier: MIT */
/* A process that runs: watching it, joining it, signalling it.
 *
 * Each process has a greenlet that waits for its end and reaps it, so the exit status is there whoever
 * joins and whenever, and no number is ever signalled after it was reaped. */
#include "pipe/pipe.h"
#include "process.h"

#include "launch/terminal.h"
#include "tree.h"

#include <frond/error.h>
#include <frond/greenlet.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/impl/waiter.h>
#include <frond/subprocess.h>
#include <frond/timeout.h>
#include <signal.h>
#include <stdio.h>
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
    if (p->terminal) {
        frond_stream_free(p->terminal);
        frond__terminal_let_go(p->terminal_by);
        p->terminal = NULL;
    }
    frond__process_unref(p);
}

void frond_process_free(frond_process *p) {
    if (p)
        frond_home_send(&p->home, disown, p);
}
