/* SPDX-License-Identifier: MIT */
/* Children that do what nobody expects of a child: each call comes back within its deadline and with the right words,
 * what they wrote is kept, and afterwards there is no zombie, no descriptor, and the next child is as any other. */
#include "support.h"

#include <errno.h>
#include <frond/proc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    const char *name;
    const char *does;  /* a line for the shell */
    size_t input;      /* bytes for it */
    int grace_ms;      /* pipe grace */
    int rc;            /* of frond_process_communicate */
    const char *out;   /* what it has written until then */
    size_t out_len;    /* if not as long as that */
    int ending;        /* signal that it is ended with; 0: none, it ends by itself */
    const char *words; /* of how it ended */
} row;

static const row rows[] = {
    {"stops reading", "echo on; exec sleep 60", 4 << 20, 0, FROND_ETIMEDOUT, "on\n", 0,
     SIGTERM, "ended by signal 15 (Terminated)"},
    {"closes its input", "exec <&-; echo closed", 4 << 20, 0, 0, "closed\n", 0, 0,
     "exited with status 0"},
    {"reads a little", "head -c 3; exit 7", 4 << 20, 0, 0, "xxx", 0, 0,
     "exited with status 7"},
    {"is gone at once", ":", 0, 0, 0, "", 0, 0, "exited with status 0"},
    {"is gone before its input", "kill -9 $$", 4 << 20, 0, 0, "", 0, 0,
     "ended by signal 9 (Killed)"},
    {"ignores SIGTERM", "trap '' TERM; echo on; while :; do sleep 1; done", 0, 0,
     FROND_ETIMEDOUT, "on\n", 0, SIGKILL, "ended by signal 9 (Killed)"},
    {"stops itself", "echo on; kill -STOP $$", 0, 0, FROND_ETIMEDOUT, "on\n", 0, SIGKILL,
     "ended by signal 9 (Killed)"},
    {"leaves a grandchild with its pipes", "sleep 60 & echo left; exit 4", 0, 100, 0,
     "left\n", 0, 0, "exited with status 4"},
    {"leaves one in a session of its own", "setsid sleep 2 & echo left; exit 4", 0, 100,
     0, "left\n", 0, 0, "exited with status 4"},
    {"fills standard error", "head -c 3000000 /dev/zero >&2; echo over", 0, 0, 0,
     "over\n", 0, 0, "exited with status 0"},
    {"writes without end", "exec yes", 0, 0, FROND_ELIMIT, NULL, 8 << 20, SIGKILL,
     "ended by signal 9 (Killed)"},
    {"closes its output and lives on", "exec >&- 2>&-; exec sleep 60", 0, 0,
     FROND_ETIMEDOUT, "", 0, SIGTERM, "ended by signal 15 (Terminated)"},
    {"aborts", "kill -ABRT $$", 0, 0, 0, "", 0, 0, "ended by signal 6 (Aborted)"},
};

static void no_zombie(int64_t pid) {
    CHECK_INT(waitpid((pid_t)pid, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
}

static void next_child_is_well(void) {
    static const char *const argv[] = {"echo well", NULL};
    frond_output out = {0};
    frond_subprocess_options o = {.shell = 1, .out = {.kind = FROND_STDIO_PIPE}};
    CHECK_INT(frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000)), 0);
    CHECK_TEXT(out.out, "well\n");
    frond_output_free(&out);
}

static void communicates(frond_process *p, const row *r, const char *input,
                         frond_output *out) {
    bool hangs = r->rc == FROND_ETIMEDOUT;
    int64_t start = frond_now();
    int rc;
    do /* once more, where it has not come to say what it says */
        rc = frond_process_communicate(p, input, r->input, 8 << 20, out,
                                       frond_in(hangs ? 300 : 20000));
    while (hangs && rc == FROND_ETIMEDOUT && r->out && out->out_len < strlen(r->out) &&
           (frond_now() - start) / 1000000 < 20000);
    CHECK_INT(rc, r->rc);
    CHECK((frond_now() - start) / 1000000 < 20000);
    if (r->out)
        CHECK_TEXT(out->out ? out->out : "", r->out);
    if (r->out_len)
        CHECK(out->out_len >= r->out_len);
}

static void play(const row *r) {
    frond_subprocess_options o = {.shell = 1,
                                  .in = {.kind = FROND_STDIO_PIPE},
                                  .out = {.kind = FROND_STDIO_PIPE},
                                  .err = {.kind = FROND_STDIO_PIPE},
                                  .new_group = 1,
                                  .pipe_grace_ms = r->grace_ms};
    const char *const argv[] = {r->does, NULL};
    char *input = malloc(r->input + 1), words[100];
    frond_process *p = NULL;
    frond_output out = {0};
    int status = 0;
    memset(input, 'x', r->input);
    CHECK_INT(frond_subprocess_start(argv, &o, &p, frond_in(20000)), 0);
    int64_t pid = frond_process_pid(p);
    communicates(p, r, input, &out);
    if (r->ending) {
        CHECK_INT(frond_process_alive(p), 1);
        CHECK_INT(frond_process_signal(p, r->ending), 0);
    }
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_TEXT(frond_process_status_text(status, words, sizeof words), r->words);
    CHECK_INT(frond_process_signal(p, SIGKILL),
              FROND_ESRCH);     /* never a number that was reaped */
    kill((pid_t)-pid, SIGKILL); /* what it has left in its group */
    no_zombie(pid);
    frond_output_free(&out);
    frond_process_free(p);
    free(input);
    next_child_is_well();
}

enum { ROWS = sizeof rows / sizeof rows[0] };

/* CUnit's tests have no argument: each plays the next row. */
static int at;

static void play_next(void) {
    play(&rows[at++]);
}

static void play_named(const char *name) {
    for (int i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            at = i;
}

int main(int argc, char **argv) {
    static test_case tests[ROWS + 1];
    for (int i = 0; i < ROWS; i++)
        tests[i] = (test_case){rows[i].name, play_next};
    if (argc > 1)
        play_named(argv[1]);
    return test_main("proc/misbehaving", tests, argc, argv);
}
