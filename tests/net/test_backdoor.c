/* SPDX-License-Identifier: MIT */
/* The backdoor: sessions over loopback and over a unix socket, beside whatever the program does. */
#include "support.h"

#include <frond/net.h>
#include <frond/sdk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    frond_stream *stream;
    frond_reader *reader;
} session;

static bool enter(frond_backdoor *b, session *s) {
    *s = (session){NULL, NULL};
    CHECK_INT(frond_dial(frond_backdoor_where(b), NULL, &s->stream, frond_in(20000)), 0);
    s->reader = s->stream ? frond_reader_new(s->stream, 1 << 16) : NULL;
    return s->reader != NULL;
}

static void leave(session *s) {
    frond_reader_free(s->reader);
    frond_stream_free(s->stream);
}

/* Up to the dot; false: the session has ended. */
static bool hear(session *s, char *text, size_t cap) {
    char *line;
    size_t n = 0;
    text[0] = '\0';
    while (frond_reader_line(s->reader, &line, frond_in(20000)) >= 0) {
        if (strcmp(line, ".") == 0)
            return true;
        n += (size_t)snprintf(text + n, cap - n, "%s\n", line);
        if (n >= cap)
            n = cap - 1;
    }
    return false;
}

static bool ask(session *s, const char *line, char *text, size_t cap) {
    CHECK_INT(frond_write(s->stream, line, strlen(line), NULL, frond_in(20000)), 0);
    CHECK_INT(frond_write(s->stream, "\n", 1, NULL, frond_in(20000)), 0);
    return hear(s, text, cap);
}

static frond_backdoor *open_door(const char *banner) {
    frond_backdoor *b = NULL;
    const frond_backdoor_options o = {.banner = banner};
    CHECK_INT(frond_backdoor_start("127.0.0.1:0", &o, &b), 0);
    return b;
}

static void banner(void) {
    session s;
    char text[4096];
    frond_backdoor *b = open_door("welcome");
    CHECK(b != NULL);
    if (b && enter(b, &s)) {
        CHECK(hear(&s, text, sizeof text));
        CHECK(strncmp(text, "welcome\n", 8) == 0);
        CHECK_HAS(text, "; help lists the commands\n");
        CHECK(ask(&s, "ps", text, sizeof text));
        CHECK_HAS(text, "STATE");
        CHECK_HAS(text, " main");
        CHECK(ask(&s, "\r", text, sizeof text));
        CHECK_TEXT(text, "");
        CHECK(ask(&s, "  bt 1.x\r", text, sizeof text));
        CHECK_TEXT(text, "error: bt: takes a greenlet's number, as ps shows it\n");
        leave(&s);
    }
    frond_backdoor_free(b);
}

static void quit(void) {
    session s;
    char text[4096];
    frond_backdoor *b = open_door(NULL);
    for (int i = 0; i < 2; i++)
        if (enter(b, &s)) {
            CHECK(hear(&s, text, sizeof text));
            CHECK(!ask(&s, i ? "exit" : "quit", text, sizeof text));
            leave(&s);
        }
    frond_backdoor_free(b);
}

static int dots(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argc, (void)argv, (void)arg;
    frond_reply_print(out, ".\n..two\nno end");
    return 0;
}

static int sleeps(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argc, (void)argv, (void)arg;
    return frond_reply_print(out, "slept %d\n", frond_sleep(20));
}

/* Ten at once, each with commands that wait, and with lines that look like an end. */
static void *converse(void *door) {
    session s;
    char text[4096];
    if (!enter(door, &s))
        return NULL;
    CHECK(hear(&s, text, sizeof text));
    for (int i = 0; i < 3; i++) {
        CHECK(ask(&s, "sleeps", text, sizeof text));
        CHECK_TEXT(text, "slept 0\n");
        CHECK(ask(&s, "dots", text, sizeof text));
        CHECK_TEXT(text, "..\n...two\nno end\n");
    }
    leave(&s);
    return NULL;
}

static void many_sessions(void) {
    frond_nursery n;
    frond_command add[] = {{.name = "dots", .fn = dots},
                           {.name = "sleeps", .fn = sleeps}};
    frond_backdoor *b = open_door(NULL);
    CHECK_INT(frond_command_add(&add[0]), 0);
    CHECK_INT(frond_command_add(&add[1]), 0);
    frond_nursery_open(&n, NULL);
    for (int i = 0; i < 10; i++)
        frond_nursery_spawn(&n, converse, b);
    CHECK_INT(frond_nursery_close(&n, frond_in(20000)), 0);
    frond_backdoor_free(b);
    CHECK_INT(frond_command_remove("dots"), 1);
    CHECK_INT(frond_command_remove("sleeps"), 1);
}

/* It answers while this thread does not, and says so. */
static void asks_alone(void *door) {
    session s;
    static char text[1 << 16];
    if (!enter(door, &s))
        return;
    CHECK(hear(&s, text, sizeof text));
    CHECK(ask(&s, "ps", text, sizeof text));
    CHECK_HAS(text, "does not answer\n");
    leave(&s);
}

static void beside_one_that_blocks(void) {
    frond_sleep(1);
    frond_backdoor *b = open_door(NULL);
    thread_join(thread_start(asks_alone, b)); /* which blocks this one, hub and all */
    frond_backdoor_free(b);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0); /* nor does it keep a hub */
}

static void long_lines(void) {
    session s;
    char text[4096];
    char line[20000];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    frond_backdoor *b = open_door(NULL);
    if (enter(b, &s)) {
        CHECK(hear(&s, text, sizeof text));
        CHECK(ask(&s, line, text, sizeof text));
        CHECK_TEXT(text, "error: the line is too long\n");
        CHECK(ask(&s, "help ps", text, sizeof text)); /* and it goes on */
        CHECK_HAS(text, "all greenlets");
        leave(&s);
    }
    frond_backdoor_free(b);
}

static int fails(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argc, (void)argv, (void)arg;
    frond_reply_print(out, "so far\n");
    frond_fail(FROND_EPROTO, "line 3: no colon");
}

/* What a command does, and what is no line of text, does not end a session. */
static void sessions_go_on(void) {
    session s;
    char text[4096];
    const frond_command c = {.name = "fails", .fn = fails};
    frond_backdoor *b = open_door(NULL);
    CHECK_INT(frond_command_add(&c), 0);
    if (enter(b, &s)) {
        CHECK(hear(&s, text, sizeof text));
        CHECK(ask(&s, "fails", text, sizeof text));
        CHECK_TEXT(text, "so far\nerror: line 3: no colon\n");
        CHECK_INT(frond_write(s.stream, "ps\0\n", 4, NULL, frond_in(20000)), 0);
        CHECK(hear(&s, text, sizeof text));
        CHECK_TEXT(text, "error: the line has a zero byte\n");
        CHECK(ask(&s, "help ps", text, sizeof text));
        CHECK_HAS(text, "all greenlets");
        leave(&s);
    }
    frond_backdoor_free(b);
    CHECK_INT(frond_command_remove("fails"), 1);
}

static void refused(void) {
    frond_backdoor *b = NULL;
    const frond_backdoor_options bad = {.reserved = {1}};
    CHECK_INT(frond_backdoor_start(NULL, NULL, &b), FROND_EINVAL);
    CHECK_INT(frond_backdoor_start("127.0.0.1:0", NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_backdoor_start("127.0.0.1:0", &bad, &b), FROND_EINVAL);
    CHECK_INT(frond_backdoor_start("here:and:there", NULL, &b), FROND_EINVAL);
    CHECK_INT(frond_backdoor_start("0.0.0.0:0", NULL, &b), FROND_EACCES);
    CHECK_INT(frond_backdoor_start("192.0.2.1:99", NULL, &b),
              FROND_EACCES); /* not tried */
    CHECK_HAS(frond_error_text(), " is not loopback's");
    CHECK(frond_backdoor_start("a.name.elsewhere.invalid:0", NULL, &b) < 0);
    CHECK_INT(frond_backdoor_start("localhost:0", NULL, &b),
              0); /* which nobody is asked for */
    frond_backdoor_free(b);
    b = NULL;
    frond_backdoor *first = open_door(NULL);
    CHECK_INT(frond_backdoor_start(frond_backdoor_where(first), NULL, &b),
              FROND_EADDRINUSE);
    CHECK(b == NULL);
    frond_backdoor_free(first);
    frond_backdoor_free(NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"case 57: banner", banner},
                                      {"case 57: quit", quit},
                                      {"case 57: many sessions", many_sessions},
                                      {"beside one that blocks", beside_one_that_blocks},
                                      {"long lines", long_lines},
                                      {"case 57: sessions go on", sessions_go_on},
                                      {"refused", refused},
                                      {0}};
    return test_main("net/backdoor", tests, argc, argv);
}
