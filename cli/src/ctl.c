/* SPDX-License-Identifier: MIT */
/* `frond ctl`: commands to a running program, through its backdoor. */
#include "command.h"
#include "line.h"
#include "os.h"

#include <frond/frond.h>
#include <frond/impl/fail.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    CONNECT_MS = 10000,
    ANSWER_MS = 60000,
    LONGEST = 1 << 20, /* a line */
    REFRESH_MS = 1000,
    KEYS_MS = 100 /* between two looks for keys */
};

typedef struct {
    frond_stream *stream;
    frond_reader *reader;
} door;

static bool is_terminal(int fd) {
    return uv_guess_handle(fd) == UV_TTY;
}

/* ---- answers ---- */

/* Adds the answer's lines to l.  1: the command failed, 0, or an error of the connection. */
static int read_answer(door *d, line *l) {
    char *text;
    bool failed = false;
    for (;;) {
        int64_t n = frond_reader_line(d->reader, &text, frond_in(ANSWER_MS));
        if (n < 0)
            return (int)n;
        if (strcmp(text, ".") == 0)
            return failed;
        failed = strncmp(text, "error: ", 7) == 0;
        text += text[0] == '.';
        line_add(l, text, strlen(text));
        line_add(l, "\n", 1);
    }
}

static int ask(door *d, const char *command, line *l) {
    int rc = frond_write(d->stream, command, strlen(command), NULL, frond_in(ANSWER_MS));
    if (rc == 0)
        rc = frond_write(d->stream, "\n", 1, NULL, frond_in(ANSWER_MS));
    return rc < 0 ? rc : read_answer(d, l);
}

static int lost(int rc) {
    return complain("the program has gone: %s",
                    rc == FROND_EOF ? "end of the connection" : frond_error_message(rc));
}

static int show(const line *l, int status) {
    FILE *to = status ? stderr : stdout;
    if (l->text && fputs(l->text, to) < 0)
        return complain("standard output cannot be written");
    return fflush(to) != 0 ? complain("standard output cannot be written") : status;
}

/* Asks and shows; the status to end with. */
static int obey(door *d, const char *command) {
    line l = {0};
    int rc = ask(d, command, &l);
    int status = rc < 0 ? lost(rc) : show(&l, rc);
    frond_free(l.text);
    return status;
}

/* ---- top ---- */

static int top_once(door *d, bool clears) {
    line l = {0};
    int rc = ask(d, "stat", &l);
    if (rc == 0) {
        line_add(&l, "\n", 1);
        rc = ask(d, "top", &l);
    }
    if (clears && rc >= 0)
        fputs("\033[H\033[2J", stdout);
    int status = rc < 0 ? lost(rc) : show(&l, rc);
    frond_free(l.text);
    return status;
}

/* Until the next look; false: that is not wanted. */
static bool rests(bool keys) {
    for (int ms = 0; ms < REFRESH_MS; ms += KEYS_MS) {
        char key;
        if (frond_sleep(KEYS_MS) < 0)
            return false;
        while (keys && os_key(&key))
            if (key == 'q' || key == 'Q')
                return false;
    }
    return true;
}

/* On a terminal again and again, until q or Ctrl-C; else once. */
static int top(door *d) {
    bool terminal = is_terminal(1);
    int status = top_once(d, terminal);
    if (!terminal || status != 0)
        return status;
    bool keys = is_terminal(0) && os_keys_begin();
    while (status == 0 && rests(keys))
        status = top_once(d, true);
    if (keys)
        os_keys_end();
    return status;
}

/* ---- a conversation ---- */

static bool is_farewell(const char *command) {
    return strcmp(command, "quit") == 0 || strcmp(command, "exit") == 0;
}

static int converse(door *d) {
    frond_stream *input;
    bool prompts = is_terminal(0) && is_terminal(1);
    int status = 0;
    char *text;
    if (frond_stdio_open(FROND_STDIN, &input) < 0)
        return complain("%s", frond_error_text());
    frond_reader *r = frond_reader_new(input, LONGEST);
    while (r) {
        if (prompts && (fputs("> ", stdout) < 0 || fflush(stdout) != 0))
            break;
        if (frond_reader_line(r, &text, FROND_NEVER) < 0)
            break;
        if (is_farewell(text))
            break;
        if (text[strspn(text, " \t")] && strcmp(text, "top") != 0)
            status = obey(d, text);
        else if (*text)
            status = top_once(d, false);
    }
    frond_reader_free(r);
    frond_stream_free(input);
    return status;
}

/* ---- */

static int open_door(const char *where, door *d, line *greeting) {
    char text[400];
    bool is_path = !strchr(where, ':');
    if (snprintf(text, sizeof text, "%s%s", is_path ? "unix:" : "", where) >=
        (int)sizeof text)
        return frond_fail_text(FROND_EINVAL, "%.80s...: too long", where);
    int rc = frond_dial(text, NULL, &d->stream, frond_in(CONNECT_MS));
    if (rc < 0)
        return rc;
    if (!(d->reader = frond_reader_new(d->stream, LONGEST)))
        return FROND_ENOMEM;
    rc = read_answer(d, greeting);
    return rc < 0 ? frond_fail_text(rc, "%s: no backdoor answers there: %s", where,
                                    frond_error_message(rc))
                  : 0;
}

static char *joined(int argc, char **argv) {
    line l = {0};
    for (int i = 0; i < argc; i++) {
        if (i)
            line_add(&l, " ", 1);
        line_add(&l, argv[i], strlen(argv[i]));
    }
    return l.text;
}

static int run(door *d, const line *greeting, int argc, char **argv) {
    if (argc == 0) {
        int status = is_terminal(0) ? show(greeting, 0) : 0;
        return status ? status : converse(d);
    }
    if (argc == 1 && strcmp(argv[0], "top") == 0)
        return top(d);
    if (argc == 1 && is_farewell(argv[0]))
        return 0;
    char *command = joined(argc, argv);
    int status = command ? obey(d, command) : complain("no memory");
    frond_free(command);
    return status;
}

int command_ctl(int argc, char **argv) {
    door d = {NULL, NULL};
    line greeting = {0};
    if (argc == 0)
        return usage_error("ctl", "no socket given");
    if (argv[0][0] == '-')
        return usage_error("ctl", "there is no option %s", argv[0]);
    int rc = open_door(argv[0], &d, &greeting);
    int status = rc < 0 ? complain("%s", frond_error_text())
                        : run(&d, &greeting, argc - 1, argv + 1);
    frond_free(greeting.text);
    frond_reader_free(d.reader);
    frond_stream_free(d.stream);
    return status;
}
