/* SPDX-License-Identifier: MIT */
/* Other programs, on every system: this one, started again to do what its first argument says. */
#include "support.h"

#include <frond/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#define ROOT "C:\\"
#define BEYOND_ASCII "" /* main has its arguments in a code page */
#else
#define ROOT "/"
#define BEYOND_ASCII "\xc3\xa9t\xc3\xa9"
#endif

static const char *current_directory(char path[1024]) {
    size_t n = 1024;
    return uv_cwd(path, &n) == 0 ? path : "";
}

/* ---- what the child does ---- */

static int copies_input(FILE *to) {
    char part[4096];
    size_t n;
    while ((n = fread(part, 1, sizeof part, stdin)) > 0)
        fwrite(part, 1, n, to);
    return fflush(to);
}

static int writes(FILE *to, long n) {
    static const char line[] = "0123456789abcde\n";
    for (; n > 0; n -= 16)
        fwrite(line, 1, n < 16 ? (size_t)n : 16, to);
    return fflush(to);
}

static int sleeps_long(void) {
    uv_sleep(60000);
    return 9;
}

static int be_child(int argc, char **argv) {
    const char *what = argv[1];
#ifdef _WIN32
    for (int fd = 0; fd < 3; fd++)
        _setmode(fd, _O_BINARY);
#endif
    if (strcmp(what, "--exit") == 0)
        return atoi(argv[2]);
    if (strcmp(what, "--args") == 0) {
        for (int i = 2; i < argc; i++)
            printf("[%s]\n", argv[i]);
        return 0;
    }
    if (strcmp(what, "--env") == 0) {
        const char *value = getenv(argv[2]);
        printf("%s", value ? value : "(none)");
        return 0;
    }
    if (strcmp(what, "--directory") == 0) {
        char path[1024];
        printf("%s", current_directory(path));
        return 0;
    }
    if (strcmp(what, "--copy") == 0)
        return copies_input(stdout);
    if (strcmp(what, "--both") == 0)
        return (fputs("to out", stdout) < 0) + (fputs("to err", stderr) < 0) +
               fflush(stdout);
    if (strcmp(what, "--write") == 0)
        return writes(stdout, atol(argv[2]));
    if (strcmp(what, "--flood") == 0) { /* both streams and the input at once */
        writes(stderr, atol(argv[2]));
        writes(stdout, atol(argv[2]));
        return copies_input(stdout);
    }
    if (strcmp(what, "--sleep") == 0)
        return puts("begun") < 0 || fflush(stdout) ? 1 : sleeps_long();
    if (strcmp(what, "--fail") == 0) {
        fputs("first\nthe reason\n", stderr);
        return atoi(argv[2]);
    }
    return 99;
}

/* ---- the tests ---- */

static const frond_stdio to_pipe = {.kind = FROND_STDIO_PIPE};
static const frond_stdio to_nothing = {.kind = FROND_STDIO_NULL};

#define ARGS(...) ((const char *const[]){this_program(), __VA_ARGS__, NULL})

static void run(const char *const *argv, const frond_subprocess_options *o,
                const char *input, frond_output *out) {
    *out = (frond_output){0};
    int rc = frond_subprocess_run(argv, o, input, input ? strlen(input) : 0, out,
                                  frond_in(20000));
    CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
}

static void statuses(void) {
    frond_output out;
    run(ARGS("--exit", "0"), NULL, NULL, &out);
    CHECK_INT(out.status, 0);
    run(ARGS("--exit", "3"), NULL, NULL, &out);
    CHECK_INT(out.status, 3);
    run(ARGS("--exit", "255"), NULL, NULL, &out);
    CHECK_INT(out.status, 255);
    CHECK(out.out == NULL && out.err == NULL);
}

static void arguments(void) {
    frond_output out;
    frond_subprocess_options o = {.out = to_pipe};
    run(ARGS("--args", "", "a b", "\"quoted\" \\", "back\\\\slash\\\"", "$HOME %PATH% *",
             BEYOND_ASCII),
        &o, NULL, &out);
    CHECK_TEXT(out.out, "[]\n[a b]\n[\"quoted\" \\]\n[back\\\\slash\\\"]\n[$HOME %PATH% "
                        "*]\n[" BEYOND_ASCII "]\n");
    frond_output_free(&out);
}

static void environment(void) {
    frond_output out;
    const char *const changed[] = {"FROND_TEST_SET=one", "FROND_TEST_SET=two",
                                   "FROND_TEST_GONE", NULL};
    frond_subprocess_options o = {.out = to_pipe, .env_change = changed};
    uv_os_setenv("FROND_TEST_GONE", "still there");
    uv_os_setenv("FROND_TEST_KEPT", "kept");
    run(ARGS("--env", "FROND_TEST_SET"), &o, NULL, &out);
    CHECK_TEXT(out.out, "two");
    frond_output_free(&out);
    run(ARGS("--env", "FROND_TEST_GONE"), &o, NULL, &out);
    CHECK_TEXT(out.out, "(none)");
    frond_output_free(&out);
    run(ARGS("--env", "FROND_TEST_KEPT"), &o, NULL, &out);
    CHECK_TEXT(out.out, "kept");
    frond_output_free(&out);
}

static void whole_environment(void) {
    frond_output out;
    const char *const only[] = {"FROND_TEST_ONLY=x",
#ifdef _WIN32 /* which starts no program without it */
                                "SystemRoot=C:\\windows",
#endif
                                NULL};
    frond_subprocess_options o = {.out = to_pipe, .env = only};
    run(ARGS("--env", "FROND_TEST_ONLY"), &o, NULL, &out);
    CHECK_TEXT(out.out, "x");
    frond_output_free(&out);
    run(ARGS("--env", "FROND_TEST_KEPT"), &o, NULL, &out);
    CHECK_TEXT(out.out, "(none)");
    frond_output_free(&out);
}

static void directory(void) {
    frond_output out;
    char path[1024];
    frond_subprocess_options o = {.out = to_pipe, .directory = ROOT};
    run(ARGS("--directory"), &o, NULL, &out);
    CHECK_TEXT(out.out, ROOT);
    frond_output_free(&out);
    o.directory = NULL;
    run(ARGS("--directory"), &o, NULL, &out);
    CHECK_TEXT(out.out, current_directory(path));
    frond_output_free(&out);
}

static void both_streams(void) {
    frond_output out;
    frond_subprocess_options o = {.out = to_pipe, .err = to_pipe};
    run(ARGS("--both"), &o, NULL, &out);
    CHECK_TEXT(out.out, "to out");
    CHECK_TEXT(out.err, "to err");
    frond_output_free(&out);
    o.err.kind = FROND_STDIO_STDOUT;
    run(ARGS("--both"), &o, NULL, &out);
    CHECK_INT(out.out_len, 12);
    CHECK(out.err == NULL);
    frond_output_free(&out);
    o.err = to_pipe;
    o.out.kind = FROND_STDIO_STDERR;
    run(ARGS("--both"), &o, NULL, &out);
    CHECK_INT(out.err_len, 12);
    frond_output_free(&out);
    o.err = o.out = to_nothing;
    run(ARGS("--both"), &o, NULL, &out);
    CHECK(out.err == NULL && out.out == NULL);
}

/* All of it goes through, whoever fills what first. */
static void floods(void) {
    enum { MUCH = 1 << 20 };
    frond_output out = {0};
    frond_subprocess_options o = {.in = to_pipe, .out = to_pipe, .err = to_pipe};
    char *input = malloc(MUCH);
    memset(input, 'i', MUCH);
    CHECK_INT(frond_subprocess_run(ARGS("--flood", "1048576"), &o, input, MUCH, &out,
                                   frond_in(60000)),
              0);
    CHECK_INT(out.status, 0);
    CHECK_INT(out.sent, MUCH);
    CHECK_INT(out.err_len, MUCH);
    CHECK_INT(out.out_len, 2 * MUCH);
    if (out.out_len == 2 * MUCH) {
        CHECK(memcmp(out.out, "0123456789abcde\n", 16) == 0);
        CHECK(memcmp(out.out + MUCH, input, MUCH) == 0);
    }
    frond_output_free(&out);
    free(input);
}

static void files(void) {
    frond_output out;
    char path[512];
    test_path(path, sizeof path, "subprocess.txt");
    frond_subprocess_options o = {.out = {.kind = FROND_STDIO_FILE, .path = path}};
    run(ARGS("--write", "5"), &o, NULL, &out);
    o.out.kind = FROND_STDIO_APPEND;
    run(ARGS("--write", "3"), &o, NULL, &out);
    CHECK(out.out == NULL);
    o = (frond_subprocess_options){.in = {.kind = FROND_STDIO_FILE, .path = path},
                                   .out = to_pipe};
    run(ARGS("--copy"), &o, NULL, &out);
    CHECK_TEXT(out.out, "01234012");
    frond_output_free(&out);
    o = (frond_subprocess_options){.in = to_nothing, .out = to_pipe};
    run(ARGS("--copy"), &o, NULL, &out);
    CHECK_INT(out.out_len, 0);
    frond_output_free(&out);
    remove(path);
}

/* A conversation: both ends of it are streams like any others. */
static void by_hand(void) {
    frond_process *p = NULL;
    char text[64];
    int status = -1;
    frond_subprocess_options o = {.in = to_pipe, .out = to_pipe};
    CHECK_INT(frond_subprocess_start(ARGS("--copy"), &o, &p, frond_in(20000)), 0);
    if (!p)
        return;
    CHECK(frond_process_stderr(p) == NULL);
    CHECK(frond_process_alive(p) && frond_process_pid(p) > 0);
    CHECK_INT(frond_write(frond_process_stdin(p), "hello", 5, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_close(frond_process_stdin(p)), 0);
    CHECK_INT(frond_read_exact(frond_process_stdout(p), text, 5, NULL, frond_in(20000)),
              0);
    CHECK(memcmp(text, "hello", 5) == 0);
    CHECK_INT(frond_read(frond_process_stdout(p), text, sizeof text, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 0);
    CHECK_INT(frond_process_kill(p), FROND_ESRCH);
    frond_process_free(p);
}

static void not_there(void) {
    frond_process *p = NULL;
    frond_subprocess_options o = {.directory = "/there/is/no/such/directory"};
    const char *const argv[] = {"there-is-no-such-program", NULL};
    CHECK_INT(frond_subprocess_start(argv, NULL, &p, frond_in(20000)), FROND_ENOENT);
    CHECK_TEXT(frond_error_text(),
               "start \"there-is-no-such-program\": no such file or directory");
    CHECK(frond_subprocess_start(ARGS("--exit", "0"), &o, &p, frond_in(20000)) < 0);
    CHECK(strstr(frond_error_text(),
                 "working directory \"/there/is/no/such/directory\": ") != NULL);
    CHECK(p == NULL);
}

/* What was read before a deadline is not lost, and the same call goes on. */
static void partial_output(void) {
    frond_process *p = NULL;
    frond_output out = {0};
    frond_subprocess_options o = {.out = to_pipe};
    CHECK_INT(frond_subprocess_start(ARGS("--sleep"), &o, &p, frond_in(20000)), 0);
    if (!p)
        return;
    int rc = 0;
    for (int i = 0; i < 400 && !out.out_len; i++)
        rc = frond_process_communicate(p, NULL, 0, 0, &out, frond_in(50));
    CHECK_INT(rc, FROND_ETIMEDOUT);
    CHECK(out.out && strncmp(out.out, "begun", 5) == 0);
    CHECK_INT(frond_process_kill(p), 0);
    CHECK_INT(frond_process_communicate(p, NULL, 0, 0, &out, frond_in(20000)), 0);
    CHECK_INT(out.status, -9);
    frond_output_free(&out);
    frond_process_free(p);
}

static void run_times_out(void) {
    frond_output out = {0};
    frond_subprocess_options o = {.out = to_pipe};
    int64_t before = frond_now();
    CHECK_INT(frond_subprocess_run(ARGS("--sleep"), &o, NULL, 0, &out, frond_in(300)),
              FROND_ETIMEDOUT);
    CHECK(frond_now() - before < 20000000000);
    CHECK(strstr(frond_error_text(), "timed out") != NULL);
    frond_output_free(&out);
}

static void *runs(void *out) {
    frond_subprocess_options o = {.out = to_pipe};
    int rc = frond_subprocess_run(ARGS("--sleep"), &o, NULL, 0, out, FROND_NEVER);
    return rc < 0 ? frond_failed(rc, NULL) : NULL;
}

static void run_is_killed(void) {
    frond_output out = {0};
    frond_greenlet *g = frond_spawn(runs, &out);
    for (int i = 0; i < 4000 && !out.out_len; i++)
        frond_sleep(5);
    CHECK_INT(frond_kill(g, FROND_ECANCELED, frond_in(20000)), 0);
    CHECK(out.out && strncmp(out.out, "begun", 5) == 0);
    frond_release(g);
    frond_output_free(&out);
}

static void limits(void) {
    frond_process *p = NULL;
    frond_output out = {0};
    frond_subprocess_options o = {.out = to_pipe};
    CHECK_INT(frond_subprocess_start(ARGS("--write", "100000"), &o, &p, frond_in(20000)),
              0);
    if (!p)
        return;
    CHECK_INT(frond_process_communicate(p, NULL, 0, 5000, &out, frond_in(20000)),
              FROND_ELIMIT);
    CHECK_INT(out.out_len, 5000);
    CHECK(out.out && strlen(out.out) == 5000);
    frond_process_kill(p);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_process_free(p);
    frond_output_free(&out);
}

static void output_of(void) {
    frond_output out = {0};
    frond_subprocess_options o = {.err = to_pipe};
    CHECK_INT(frond_subprocess_output(ARGS("--write", "4"), NULL, &out, frond_in(20000)),
              0);
    CHECK_TEXT(out.out, "0123");
    frond_output_free(&out);
    CHECK_INT(frond_subprocess_output(ARGS("--fail", "7"), &o, &out, frond_in(20000)),
              FROND_EPROC_STATUS);
    CHECK(strstr(frond_error_text(), "exited with status 7: the reason") != NULL);
    CHECK_INT(out.status, 7);
    frond_output_free(&out);
    CHECK_INT(frond_subprocess_output(ARGS("--fail", "7"), &o, NULL, frond_in(20000)),
              FROND_EPROC_STATUS);
}

static void *one_of_many(void *number) {
    char text[16];
    frond_output out = {0};
    frond_subprocess_options o = {.in = to_pipe, .out = to_pipe};
    snprintf(text, sizeof text, "%d", (int)(intptr_t)number);
    CHECK_INT(frond_subprocess_run(ARGS("--copy"), &o, text, strlen(text), &out,
                                   frond_in(60000)),
              0);
    CHECK_TEXT(out.out, text);
    frond_output_free(&out);
    return NULL;
}

static void many(void) {
    frond_nursery n;
    frond_nursery_open(&n, NULL);
    for (intptr_t i = 0; i < 20; i++)
        frond_nursery_spawn(&n, one_of_many, (void *)i);
    CHECK_INT(frond_nursery_close(&n, frond_in(60000)), 0);
}

/* Freed while it runs: its pipes end, and nobody waits for it. */
static void freed(void) {
    frond_process *p = NULL;
    frond_subprocess_options o = {.in = to_pipe, .out = to_pipe};
    CHECK_INT(frond_subprocess_start(ARGS("--copy"), &o, &p, frond_in(20000)), 0);
    frond_process_free(p);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0);
}

/* Whatever becomes of a child, each start gives back all that it took. */
static void no_descriptor_stays(void) {
    static const char *const missing[] = {"frond-no-such-program", NULL};
    frond_output out;
    int before = 0;
    for (int i = 0; i < 12; i++) {
        if (i == 2)
            before = descriptors_open();
        frond_process *p = NULL;
        frond_subprocess_options o = {.in = to_pipe, .out = to_pipe, .err = to_pipe};
        run(ARGS("--both"), &o, "input", &out);
        frond_output_free(&out);
        CHECK_INT(frond_subprocess_start(missing, &o, &p, frond_in(20000)), FROND_ENOENT);
        CHECK_INT(frond_subprocess_start(ARGS("--sleep"), &o, &p, frond_in(20000)), 0);
        frond_process_kill(p);
        frond_process_join(p, NULL, frond_in(20000));
        frond_process_free(p);
        CHECK_INT(frond_hub_join(frond_in(20000)), 0);
    }
    CHECK_INT(descriptors_open(), before);
}

static void *joins(void *p) {
    int rc = frond_process_join(p, NULL, FROND_NEVER);
    return rc < 0 ? frond_failed(rc, NULL) : NULL;
}

/* A wait that is cut short takes nothing from the next; and the end is seen without one. */
static void interrupted_waits(void) {
    frond_process *p = NULL;
    int status = -1;
    CHECK_INT(frond_subprocess_start(ARGS("--sleep"), NULL, &p, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_process_join(p, &status, frond_in(10)), FROND_ETIMEDOUT);
    frond_greenlet *g = frond_spawn(joins, p);
    frond_sleep(5);
    CHECK_INT(frond_kill(g, FROND_ECANCELED, frond_in(20000)), 0);
    frond_release(g);
    CHECK_INT(frond_process_alive(p), 1);
    CHECK_INT(frond_process_kill(p), 0);
    for (int i = 0; i < 4000 && frond_process_alive(p); i++)
        frond_sleep(5);
    CHECK_INT(frond_process_alive(p), 0);
    CHECK_INT(frond_process_join(p, &status, FROND_NOW), 0);
    CHECK_INT(status, -9);
    frond_process_free(p);
}

static void misuse(void) {
    frond_process *p = NULL;
    frond_output out = {0};
    const char *const nothing[] = {NULL};
    static const struct {
        frond_subprocess_options o;
        const char *text;
    } bad[] = {
        {{.reserved = {1}}, "start: a reserved option is not zero"},
        {{.in = {.kind = (frond_stdio_kind)99}},
         "start: a kind of standard stream that there is not"},
        {{.in = {.kind = FROND_STDIO_STDOUT}},
         "start: a standard stream that cannot lead there"},
        {{.out = {.kind = FROND_STDIO_FILE}}, "start: a file without a name"},
        {{.err = {.kind = FROND_STDIO_FD, .fd = -1}}, "start: a negative descriptor"},
        {{.out = {.kind = FROND_STDIO_STDERR}, .err = {.kind = FROND_STDIO_STDOUT}},
         "start: standard output and error lead to each other"},
        {{.group = 1, .new_group = 1}, "start: a group to join, or a new one"},
        {{.n_pass = 1}, "start: too many descriptors to pass"},
        {{.n_limits = 1}, "start: limits"},
        {{.set_umask = 1, .umask = 01000}, "start: umask"},
        {{.rows = -1}, "start: a terminal of that size"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(
            frond_subprocess_start(ARGS("--exit", "0"), &bad[i].o, &p, frond_in(20000)),
            FROND_EINVAL);
        CHECK_TEXT(frond_error_text(), bad[i].text);
    }
    CHECK_INT(frond_subprocess_start(NULL, NULL, &p, frond_in(20000)), FROND_EINVAL);
    CHECK_INT(frond_subprocess_start(nothing, NULL, &p, frond_in(20000)), FROND_EINVAL);
    CHECK_INT(frond_subprocess_start(ARGS("--exit", "0"), NULL, NULL, frond_in(20000)),
              FROND_EINVAL);
    CHECK_INT(frond_process_communicate(NULL, NULL, 0, 0, &out, frond_in(20000)),
              FROND_EINVAL);
    CHECK_INT(frond_process_signal_tree(NULL, 9), FROND_EINVAL);
    CHECK(frond_process_stdin(NULL) == NULL && frond_process_stdout(NULL) == NULL &&
          frond_process_stderr(NULL) == NULL);
    frond_output_free(NULL);
    CHECK(p == NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 87: statuses", statuses},
        {"arguments", arguments},
        {"environment", environment},
        {"a whole environment", whole_environment},
        {"directory", directory},
        {"case 87: both streams", both_streams},
        {"floods", floods},
        {"files", files},
        {"by hand", by_hand},
        {"case 87: not there", not_there},
        {"case 87: no descriptor stays", no_descriptor_stays},
        {"case 89: interrupted waits", interrupted_waits},
        {"partial output", partial_output},
        {"a run times out", run_times_out},
        {"a run is killed", run_is_killed},
        {"limits", limits},
        {"the output of a program", output_of},
        {"many", many},
        {"freed", freed},
        {"misuse", misuse},
        {0}};
    if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
        return be_child(argc, argv);
    return test_main("proc/subprocess", tests, argc, argv);
}
