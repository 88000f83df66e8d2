/* SPDX-License-Identifier: MIT */
#include "alone.h"
#include "audit.h"
#include "support.h"

#include <errno.h>
#include <frond/fork.h>
#include <frond/impl/waiter.h>
#include <frond/sdk.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOREIGN = ALONE_FOREIGN, CROWDED, STALE, STUCK, UNCLOSED };

static const char *const found[] = {[FOREIGN] = "a greenlet of its parent's has run",
                                    [CROWDED] = "its hub is not empty",
                                    [STALE] = "its generation is not new",
                                    [STUCK] = "it cannot sleep",
                                    [UNCLOSED] = "its hub does not close"};

static unsigned switches, next, every, at_this, most;
static int failures;
static const char *last;

/* ---- the child ---- */

static int look_around(uint64_t generation) {
    memory_fail_at(0);
    frond_callback_end(1); /* that of the tracer, which nobody comes back to */
    if (frond_generation() != generation + 1)
        return STALE;
    if (frond_hub_greenlets() != 0 || alone_begin() < 0)
        return CROWDED;
    for (int i = 0; i < 3; i++) {
        int rc = frond_sleep(1);
        if (rc == FROND_EMFILE || rc == FROND_ENOMEM)
            return 0; /* the test leaves nothing to make a loop of */
        if (rc != 0 && rc != FROND_ECANCELED && rc != FROND_ETIMEDOUT)
            return STUCK;
    }
    if (frond_hub_greenlets() != 0)
        return CROWDED;
    return frond_hub_close(frond_in(20000)) == 0 ? 0 : UNCLOSED;
}

/* ---- the parent ---- */

static void note(int status) {
    static char other[60];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    failures++;
    snprintf(other, sizeof other, "it ended with status %#x", (unsigned)status);
    last =
        code < (int)(sizeof found / sizeof found[0]) && found[code] ? found[code] : other;
}

static void fork_here(void) {
    uint64_t generation = frond_generation();
    int status = 0, before = errno;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60);
        signal(SIGALRM, SIG_DFL);
        _exit(look_around(generation));
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (pid < 0 || status != 0)
        note(status);
    errno = before;
}

static int watch(frond_trace_event event, frond_greenlet *from, frond_greenlet *to,
                 void *arg) {
    (void)from;
    (void)to;
    (void)arg;
    if ((event != FROND_TRACE_SWITCH && event != FROND_TRACE_THROW) || ++switches < next)
        return 0;
    if (++at_this == most) {
        at_this = 0;
        every *= 2;
    }
    next = switches + every;
    fork_here();
    return 0;
}

void audit_begin(void) {
    const char *wanted = getenv("FROND_FORK_AUDIT");
    most = wanted ? (unsigned)atoi(wanted) : 0;
    if (most == 0)
        return;
    switches = at_this = 0;
    next = every = 1;
    failures = 0;
    frond_trace_set(watch, NULL, NULL);
}

int audit_failures(const char **what) {
    *what = last;
    return failures;
}
