/* SPDX-License-Identifier: MIT */
/* Children that have a terminal to themselves, on every system: this program, started again.  What a console shows is
 * told by sequences that draw it, so what children say has no blanks. */
#include "support.h"

#include <frond/proc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static void heed_keys(void) {
}

static bool under_wine(void) {
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}
#else
#include <unistd.h>

/* Who started us may have ignored what a terminal's keys and end send, as shells do for what they run beside. */
static void heed_keys(void) {
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

static bool under_wine(void) {
    return false;
}
#endif

#define ARGS(...) ((const char *const[]){this_program(), __VA_ARGS__, NULL})

static const frond_stdio to_nothing = {.kind = FROND_STDIO_NULL};

/* ---- what the child does ---- */

#ifdef _WIN32
/* Windows gives a process with a console of its own its handles; Wine 8 has it look for them, and leaves
 * Ctrl-Z to the C library. */
static void find_terminal(void) {
    for (int fd = 0; fd < 3; fd++) {
        int console = _get_osfhandle(fd) < 0 && under_wine()
                          ? _open(fd ? "CONOUT$" : "CONIN$", _O_RDWR | _O_TEXT)
                          : fd;
        if (console != fd && console >= 0 && _dup2(console, fd) == 0)
            _close(console);
    }
}
#else
static void find_terminal(void) {
}
#endif

/* By the descriptors themselves, for the streams of C were made before these were found. */
static int says(const char *format, ...) {
    char text[128];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return write(1, text, (unsigned)n) == n ? 0 : 1;
}

static bool hears(char line[64]) {
    int n = (int)read(0, line, 63);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return n > 0;
}

static int tells_size(void) {
    uv_loop_t loop;
    uv_tty_t tty;
    int columns = 0, rows = 0;
    if (uv_loop_init(&loop) < 0 || uv_tty_init(&loop, &tty, 1, 0) < 0)
        return 3;
    uv_tty_get_winsize(&tty, &columns, &rows);
    uv_close((uv_handle_t *)&tty, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    return says("<%dx%d>", rows, columns) + uv_loop_close(&loop);
}

static int tells_of_streams(void) {
    for (int fd = 0; fd < 3; fd++)
        says("<%d:%s>", fd, uv_guess_handle(fd) == UV_TTY ? "tty" : "other");
    return tells_size();
}

static int tells_sizes(void) {
    char line[64];
    while (hears(line) && strcmp(line, "end") != 0)
        if (tells_size() != 0)
            return 3;
    return 7;
}

static int copies_lines(void) {
    char line[64];
    while (hears(line))
        says("<said:%s>", line);
    return says("<end>") ? 1 : 5;
}

static int says_much(void) {
    for (int i = 0; i < 20000; i++)
        says("<%d>\n", i);
    return says("<last>");
}

static int waits(void) {
    says("<begun>");
    uv_sleep(60000);
    return 9;
}

static int cleaned_up;

static void clean_up(void *by) {
    cleaned_up = *(int *)by;
}

static void *is_interrupted(void *by) {
    frond_defer(clean_up, by);
    says("<begun>");
    frond_sleep(60000);
    return NULL;
}

/* What ended its work, and whether that was the way that greenlets end. */
static int cleans_up(void) {
    int by = 40;
    return frond_run(is_interrupted, &by, NULL, FROND_NEVER) + cleaned_up;
}

static int be_child(const char *what) {
    find_terminal();
    return strcmp(what, "--streams") == 0 ? tells_of_streams()
           : strcmp(what, "--sizes") == 0 ? tells_sizes()
           : strcmp(what, "--lines") == 0 ? copies_lines()
           : strcmp(what, "--much") == 0  ? says_much()
           : strcmp(what, "--wait") == 0  ? waits()
           : strcmp(what, "--clean") == 0 ? cleans_up()
                                          : 99;
}

/* ---- the tests ---- */

static bool there_are_none; /* terminals, in a sandbox or on an older Windows */

static void run(const char *what, frond_subprocess_options o, const char *input,
                frond_output *out) {
    *out = (frond_output){0};
    o.pty = 1;
    int rc = frond_subprocess_run(ARGS(what), &o, input, input ? strlen(input) : 0, out,
                                  frond_in(20000));
    there_are_none = rc < 0 && strstr(frond_error_text(), "start: terminal");
    if (!there_are_none)
        CHECK_INT(rc, 0);
    if (rc < 0)
        printf("%s\n", frond_error_text());
}

static bool has(const frond_output *out, const char *part) {
    bool there = out->out && strstr(out->out, part);
    if (!there)
        printf("no %s in: %s\n", part, out->out ? out->out : "nothing");
    return there;
}

static void streams(void) {
    frond_output out;
    run("--streams", (frond_subprocess_options){.rows = 33, .columns = 99}, NULL, &out);
    if (there_are_none)
        return;
    CHECK_INT(out.status, 0);
    CHECK(has(&out, "<0:tty>"));
    CHECK(has(&out, "<1:tty>"));
    CHECK(has(&out, "<2:tty>"));
    CHECK(has(&out, "<33x99>"));
    CHECK(out.err == NULL);
    frond_output_free(&out);
    run("--streams", (frond_subprocess_options){0}, NULL, &out);
    CHECK(has(&out, "<24x80>"));
    frond_output_free(&out);
}

/* Some lead there, and others elsewhere. */
static void some_streams(void) {
    frond_output out = {0};
    frond_process *p = NULL;
    frond_subprocess_options o = {.pty = 1, .in = to_nothing, .err = to_nothing};
    int rc = frond_subprocess_start(ARGS("--streams"), &o, &p, frond_in(20000));
    if (rc < 0 && strstr(frond_error_text(), "start: terminal"))
        return;
    CHECK_INT(rc, 0);
    CHECK(frond_process_stdin(p) == NULL && frond_process_stderr(p) == NULL);
    CHECK_INT(frond_process_communicate(p, NULL, 0, 0, &out, frond_in(20000)), 0);
    CHECK_INT(out.status, 0);
    CHECK(has(&out, "<0:other>"));
    CHECK(has(&out, "<1:tty>"));
    frond_output_free(&out);
    frond_process_free(p);
}

/* With no stream there the terminal is the child's all the same, as long as there is the process. */
static void no_streams(void) {
    frond_process *p = NULL;
    int status = -1;
    frond_subprocess_options o = {
        .pty = 1, .in = to_nothing, .out = to_nothing, .err = to_nothing};
    int rc = frond_subprocess_start(ARGS("--much"), &o, &p, frond_in(20000));
    if (rc < 0 && strstr(frond_error_text(), "start: terminal"))
        return;
    CHECK_INT(rc, 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 0);
    frond_process_free(p);
}

static void lines(void) {
    frond_output out;
    run("--lines", (frond_subprocess_options){0}, "one\rtwo\r", &out);
    if (there_are_none)
        return;
    CHECK_INT(out.status, 5);
    CHECK_INT(out.sent, 8);
    CHECK(has(&out, "<said:one>"));
    CHECK(has(&out, "<said:two>"));
    CHECK(has(&out, "<end>"));
    frond_output_free(&out);
}

/* All of it is there to be read after the child's end, by a read that ends. */
static void much(void) {
    frond_output out;
    run("--much", (frond_subprocess_options){0}, NULL, &out);
    if (there_are_none)
        return;
    CHECK_INT(out.status, 0);
    CHECK(has(&out, "<last>"));
    frond_output_free(&out);
}

static bool reads_until(frond_stream *s, const char *part, frond_deadline d) {
    static char text[1 << 16];
    size_t len = 0;
    int64_t n = 1;
    text[0] = '\0';
    while (n > 0 && len + 1 < sizeof text && !strstr(text, part)) {
        n = frond_read(s, text + len, sizeof text - len - 1, d);
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
        for (size_t i = 0; i < len; i++)
            text[i] = text[i] ? text[i] : ' ';
    }
    if (!strstr(text, part))
        printf("no %s in %zu bytes: %s\n", part, len, text);
    return strstr(text, part) != NULL;
}

static frond_process *start(const char *what) {
    frond_process *p = NULL;
    frond_subprocess_options o = {.pty = 1, .rows = 10, .columns = 40};
    int rc = frond_subprocess_start(ARGS(what), &o, &p, frond_in(20000));
    there_are_none = rc < 0 && strstr(frond_error_text(), "start: terminal");
    if (!there_are_none)
        CHECK_INT(rc, 0);
    return p;
}

static void resized(void) {
    int status = -1;
    frond_process *p = start("--sizes");
    if (!p)
        return;
    frond_stream *in = frond_process_stdin(p), *out = frond_process_stdout(p);
    CHECK_INT(frond_write(in, "go\r", 3, NULL, frond_in(20000)), 0);
    CHECK(reads_until(out, "<10x40>", frond_in(20000)));
    int rc = frond_process_resize(p, 21, 63);
    if (rc == FROND_ENOSYS && under_wine()) { /* which cannot */
        frond_process_free(p);
        return;
    }
    CHECK_INT(rc, 0);
    CHECK_INT(frond_write(in, "go\r", 3, NULL, frond_in(20000)), 0);
    CHECK(reads_until(out, "<21x63>", frond_in(20000)));
    CHECK_INT(frond_process_resize(p, -1, 5), FROND_EINVAL);
    CHECK_INT(frond_process_resize(p, 5, 32768), FROND_EINVAL);
    CHECK_INT(frond_process_resize(NULL, 5, 5), FROND_EINVAL);
    CHECK_INT(frond_write(in, "end\r", 4, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, 7);
    rc = frond_process_resize(p, 5, 5);
    CHECK(rc == 0 || rc == FROND_EIO); /* of no use any more, and no harm */
    frond_close(in);
    CHECK_INT(frond_process_resize(p, 5, 5), FROND_ECLOSED);
    frond_process_free(p);
}

static void none(void) {
    frond_process *p = NULL;
    CHECK_INT(frond_subprocess_start(ARGS("--none"), NULL, &p, frond_in(20000)), 0);
    CHECK_INT(frond_process_resize(p, 5, 5), FROND_ENOTSUP);
    CHECK_TEXT(frond_error_text(), "process resize: it has no terminal of its own");
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_process_free(p);
}

/* A key that interrupts reaches the program, and so does one's going away. */
static void interrupted(void) {
    frond_process *p = start("--wait");
    int status = 0;
    if (!p)
        return;
    CHECK(reads_until(frond_process_stdout(p), "<begun>", frond_in(20000)));
    CHECK_INT(frond_write(frond_process_stdin(p), "\003", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK(status == -SIGINT || under_wine()); /* which says 0 */
    frond_process_free(p);
}

/* What the child ends with when its terminal goes away; 0 where there are none. */
static int hang_up(const char *what) {
    frond_process *p = start(what);
    int status = 0;
    if (!p)
        return 0;
    CHECK(reads_until(frond_process_stdout(p), "<begun>", frond_in(20000)));
    frond_close(frond_process_stdin(p));
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    frond_process_free(p);
    return status;
}

static void hung_up(void) {
    CHECK(hang_up("--wait") != 9);
}

/* Whose terminal goes away is interrupted, and has time to clean up. */
static void hung_up_in_order(void) {
    int status = hang_up("--clean");
    CHECK(status == SIGHUP + 40 || there_are_none ||
          under_wine()); /* which ends it at once */
}

/* Freed while they run, many at once, with what they have said unread. */
static void many(void) {
    frond_process *p[8] = {NULL};
    for (int i = 0; i < 8; i++)
        p[i] = start(i & 1 ? "--much" : "--wait");
    for (int i = 0; i < 8; i++) {
        if (p[i])
            frond_process_kill(p[i]);
        frond_process_free(p[i]);
    }
}

/* What cannot be started leaves no terminal behind. */
static void not_started(void) {
    frond_process *p = NULL;
    frond_subprocess_options o = {.pty = 1};
    static const char *const argv[] = {"frond-is-not-there", NULL};
    for (int i = 0; i < 50; i++) {
        int rc = frond_subprocess_start(argv, &o, &p, frond_in(20000));
        if (strstr(frond_error_text(), "start: terminal"))
            return;
        CHECK_INT(rc, FROND_ENOENT);
        CHECK(p == NULL);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"all streams", streams},
                                      {"some streams", some_streams},
                                      {"no streams", no_streams},
                                      {"lines", lines},
                                      {"much", much},
                                      {"resized", resized},
                                      {"none", none},
                                      {"interrupted", interrupted},
                                      {"hung up", hung_up},
                                      {"hung up in order", hung_up_in_order},
                                      {"many", many},
                                      {"not started", not_started},
                                      {0}};
    if (argc > 1 && strncmp(argv[1], "--", 2) == 0)
        return be_child(argv[1]);
    heed_keys();
    return test_main("proc/terminal", tests, argc, argv);
}
