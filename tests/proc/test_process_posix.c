/* SPDX-License-Identifier: MIT */
/* What a worker has of its parent on POSIX, and signals as its end, by both methods. */
#include "support.h"

#include <frond/proc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/os.h>
#include <sys/stat.h>
#include <unistd.h>

static frond_method method;

static int crash_main(frond_child *self) {
    (void)self;
    signal(SIGABRT, SIG_DFL);
    abort();
}

static int open_files(void) {
    struct stat st;
    int n = 0;
    for (int fd = 3; fd < 256; fd++)
        n += fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return n;
}

/* What a child finds: descriptors, signals, greenlets. */
static int look_main(frond_child *self) {
    frond_pipe *p = frond_child_pipe(self, 0);
    char text[200];
    struct sigaction usr1, pipe;
    sigset_t mask;
    sigaction(SIGUSR1, NULL, &usr1);
    sigaction(SIGPIPE, NULL, &pipe);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    snprintf(text, sizeof text, "files %d usr1 %d pipe %d masked %d greenlets %d env %d",
             open_files(), usr1.sa_handler == SIG_DFL, pipe.sa_handler == SIG_DFL,
             sigismember(&mask, SIGUSR1), (int)frond_hub_greenlets(),
             getenv("FROND_CHILD") != NULL);
    return frond_pipe_send(p, text, strlen(text), FROND_NEVER);
}

static const frond_entry entries[] = {{"crash", crash_main}, {"look", look_main}, {0}};

static frond_process *start(const char *entry, const char *args, frond_pipe **theirs) {
    frond_process *p = NULL;
    frond_process_options o = {.method = method,
                               .args = args,
                               .args_len = args ? strlen(args) + 1 : 0,
                               .pipes = theirs,
                               .n_pipes = theirs ? 1 : 0};
    int rc = frond_process_start(entry, &o, &p, frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
    return p;
}

static int join(frond_process *p) {
    int status = -999;
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(frond_process_alive(p), 0);
    frond_process_free(p);
    return status;
}

static void crashes(void) {
    char text[80];
    CHECK_INT(join(start("crash", NULL, NULL)), -SIGABRT);
    CHECK_HAS(frond_process_status_text(-SIGABRT, text, sizeof text),
              "ended by signal 6 (Abort");
}

static void what_a_child_finds(void) {
    frond_pipe *ours, *theirs;
    void *msg = NULL;
    FILE *file = temporary_file();
    static const int usr1 = SIGUSR1;
    frond_signal *s;
    frond_signal_open(&usr1, 1, &s);
    signal(SIGPIPE, SIG_IGN);
    frond_pipe_pair(NULL, &ours, &theirs);
    frond_process *p = start("look", NULL, &theirs);
    CHECK(frond_pipe_receive(ours, &msg, frond_in(20000)) > 0);
    /* a fork keeps what the program itself opened; a spawned child has nothing but its own */
    char expected[200];
    snprintf(expected, sizeof expected,
             "files %d usr1 1 pipe 1 masked 0 greenlets 0 env 0",
             method == FROND_FORK ? open_files() : 0);
    CHECK_TEXT(msg, expected);
    frond_free(msg);
    CHECK_INT(join(p), 0);
    frond_signal_free(s);
    signal(SIGPIPE, SIG_DFL);
    fclose(file);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
}

static void spawned(void) {
    method = FROND_SPAWN;
    crashes();
    what_a_child_finds();
}

static void forked(void) {
    method = FROND_FORK;
    crashes();
    what_a_child_finds();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 103: spawned", spawned}, {"case 103: forked", forked}, {0}};
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/process on POSIX", tests, argc, argv);
}
