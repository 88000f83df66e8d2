/* SPDX-License-Identifier: MIT */
/* Commands: questions to all hubs of the process, and orders. */
#include "support.h"

#include <frond/command.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *answer; /* of the last one; owned */

static void forget(void) {
    frond_free(answer);
    answer = NULL;
}

static int run(const char *line) {
    forget();
    return frond_command_run(line, &answer, frond_in(20000));
}

#define RUNS(line)                                                                       \
    do {                                                                                 \
        int rc_ = run(line);                                                             \
        CHECK_INT(rc_, 0);                                                               \
        if (rc_ < 0)                                                                     \
            printf("%s\n", frond_error_text());                                          \
    } while (0)
#define SAYS(part) CHECK_HAS(answer ? answer : "", part)

static frond_event door = FROND_EVENT_INIT;

static void *waits_for_door(void *arg) {
    int rc = frond_event_wait(&door, FROND_NEVER);
    return rc < 0 ? frond_failed(rc, NULL) : arg;
}

/* "HUB.ID" of the line of ps that has it. */
static bool id_of(const char *part, char id[40]) {
    RUNS("ps");
    const char *at = answer ? strstr(answer, part) : NULL;
    while (at && at > answer && at[-1] != '\n')
        at--;
    return at && sscanf(at, "%39s", id) == 1;
}

static void about_greenlets(void) {
    static frond_spawn_options named = {.name = "the waiter"};
    char id[40], line[80];
    frond_event_clear(&door);
    frond_greenlet *g = frond_spawn_with(&named, waits_for_door, NULL);
    frond_yield();
    RUNS("ps");
    SAYS("ID       STATE           FOR  WHAT\n");
    SAYS("  main  end of greenlet ");
    SAYS(" running           -  carry_out \"command\"\n");
    SAYS("waits_for_door \"the waiter\"  event 0x");
    CHECK(id_of("the waiter", id));
    snprintf(line, sizeof line, "bt %s", id);
    RUNS(line);
    SAYS("greenlet ");
    SAYS(" \"the waiter\" waits_for_door(0x0): waiting for event 0x");
    SAYS("spawned by greenlet 1 at about_greenlets");
    SAYS("frond_event_wait");
    RUNS("top");
    SAYS("       1  waiting   waits_for_door  event\n");
    RUNS("dump");
    SAYS("\"the waiter\"");
    snprintf(line, sizeof line, "kill %s FROND_ECANCELED", id);
    RUNS(line);
    SAYS("\"the waiter\" waits_for_door(0x0) is told to end\n");
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    CHECK(!frond_successful(g));
    frond_greenlet *odd = frond_spawn(waits_for_door, NULL);
    frond_name_set(odd, "two\nlines");
    RUNS("ps");
    SAYS("waits_for_door \"two?lines\"");
    frond_kill(odd, FROND_EXIT, FROND_NEVER);
    frond_release(odd);
    CHECK_INT(run(line), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "kill: there is no such greenlet");
    frond_release(g);
    CHECK_INT(run("kill 1"),
              FROND_EINVAL); /* main: by number, since there is but one hub */
    CHECK_TEXT(frond_error_text(), "kill: not the main greenlet, and not the hub's own");
    forget();
}

/* ---- other threads ---- */

static frond_hub *there;
static _Atomic int stage;
static frond_event *goes_on;

static void let_go(void *e) {
    frond_event_set(e);
}

static void *naps(void *arg) {
    int rc = frond_sleep(60000);
    return rc < 0 ? frond_failed(rc, NULL) : arg;
}

static void other(void *arg) {
    static frond_spawn_options named = {.name = "elsewhere"};
    frond_event e = FROND_EVENT_INIT;
    (void)arg;
    goes_on = &e;
    there = frond_hub_ref(frond_hub_current());
    frond_greenlet *g = frond_spawn_with(&named, naps, NULL);
    frond_yield();
    stage = 1;
    frond_event_wait(&e, frond_in(20000));
    stage = frond_dead(g) ? 3 : 2;
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
}

static void other_hubs(void) {
    char id[40], line[80];
    stage = 0;
    test_thread *t = thread_start(other, NULL);
    while (stage < 1)
        frond_sleep(1);
    CHECK(id_of("elsewhere", id));
    CHECK_INT(run("bt 1"), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "bt: several hubs have that one: HUB.NUMBER");
    snprintf(line, sizeof line, "bt %s", id);
    RUNS(line);
    SAYS("waiting for sleep");
    snprintf(line, sizeof line, "kill %s", id);
    RUNS(line);
    RUNS("stat");
    SAYS("hub ");
    RUNS("stat --openmetrics");
    SAYS("# TYPE frond_greenlets gauge\n");
    frond_post(there, let_go, goes_on);
    frond_hub_free(there);
    thread_join(t);
    CHECK_INT(stage, 3);
    forget();
}

/* One that does not turn is told of, and leaves nothing behind. */
static void blocks(void *arg) {
    (void)arg;
    there = frond_hub_ref(frond_hub_current());
    stage = 1;
    while (stage < 2)
        block_ms(1);
    frond_hub_free(there);
    frond_sleep(50);
}

static void a_hub_that_blocks(void) {
    stage = 0;
    test_thread *t = thread_start(blocks, NULL);
    while (stage < 1)
        frond_sleep(1);
    RUNS("ps");
    SAYS(" does not answer\n");
    SAYS(" main");
    forget();
    CHECK_INT(frond_command_run("ps", &answer, frond_in(5)), FROND_ETIMEDOUT);
    stage = 2;
    thread_join(t);
    frond_sleep(5);
    forget();
}

/* ---- numbers ---- */

static int returns(void *arg) {
    return arg != NULL;
}

/* Each line is a comment or a metric with a number, names are declared once, and it ends as it must. */
static void check_metrics(const char *text) {
    static char copy[1 << 17];
    int families = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *line = strtok(copy, "\n"), *next; line; line = next) {
        next = strtok(NULL, "\n");
        char name[120] = "";
        if (!next) {
            CHECK_TEXT(line, "# EOF");
        } else if (sscanf(line, "# TYPE %119s", name) == 1) {
            char again[160];
            snprintf(again, sizeof again, "# TYPE %s ", name);
            const char *first = strstr(text, again);
            CHECK(first && !strstr(first + 1, again));
            families++;
        } else if (line[0] != '#') {
            char *end;
            const char *value = strrchr(line, ' ');
            CHECK(strncmp(line, "frond_", 6) == 0 && value != NULL);
            if (value)
                strtod(value + 1, &end);
            CHECK(value && *end == '\0');
        }
    }
    CHECK(families > 10);
}

static void numbers(void) {
    int ran;
    frond_threadpool_run(frond_threadpool_class(FROND_THREADS_CPU), returns, NULL, NULL,
                         &ran, frond_in(20000));
    RUNS("stat");
    SAYS("1 running");
    SAYS("jobs given to thread pools: ");
    for (int i = 0; i < 5; i++)
        frond_sleep(1);
    RUNS("stat");
    SAYS("    turns: ");
    RUNS("stat --openmetrics");
    check_metrics(answer);
    SAYS("state=\"running\"} 1\n");
    SAYS("frond_loop_lag_seconds_bucket{hub=\"");
    SAYS(",le=\"1.0\"} ");
    SAYS(",le=\"+Inf\"} ");
    SAYS("frond_threadpool_jobs_total ");
    CHECK_INT(run("stat --xml"), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "stat: takes --openmetrics, or nothing");
    forget();
}

/* ---- the program's own ---- */

static int echo(frond_reply *out, int argc, const char *const *argv, void *arg) {
    for (int i = 1; i < argc; i++)
        frond_reply_print(out, "%s[%s]\n", (const char *)arg, argv[i]);
    return argc == 1 ? FROND_EPROTO : 0;
}

static int begun; /* commands that sleep */

static int sleeps(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argc, (void)argv, (void)arg;
    frond_reply_print(out, "before\n");
    begun++;
    return frond_sleep(60000);
}

static int fails(frond_reply *out, int argc, const char *const *argv, void *arg) {
    (void)argc, (void)argv, (void)arg;
    frond_reply_print(out, "so far\n");
    frond_fail(FROND_EPROTO, "line 3: no colon");
}

static void *runs_sleeps(void *arg) {
    char *text = arg; /* not NULL */
    int rc = frond_command_run("sleeps", &text, FROND_NEVER);
    CHECK_INT(rc, FROND_ECANCELED);
    CHECK_TEXT(text ? text : "", "before\n");
    frond_free(text);
    text = arg;
    CHECK_INT(frond_command_run("sleeps", &text, FROND_NEVER), FROND_ECANCELED);
    CHECK(text == NULL);
    return NULL;
}

/* No command goes on for longer than its caller waits, nor does one that fails take it along. */
static void ends_of_own(void) {
    frond_command c[] = {{.name = "sleeps", .fn = sleeps},
                         {.name = "fails", .fn = fails}};
    CHECK_INT(frond_command_add(&c[0]), 0);
    CHECK_INT(frond_command_add(&c[1]), 0);
    size_t before = frond_hub_greenlets();
    forget();
    int was = frond_clock_virtual(1); /* it has begun by then */
    CHECK_INT(frond_command_run("sleeps", &answer, frond_in(5)), FROND_ETIMEDOUT);
    frond_clock_virtual(was);
    SAYS("before\n");
    CHECK_INT(run("fails"), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "line 3: no colon");
    SAYS("so far\n");
    begun = 0;
    frond_greenlet *g = frond_spawn(runs_sleeps, &before);
    while (!begun)
        CHECK_INT(frond_yield(), 0);
    CHECK_INT(frond_kill(g, FROND_EXIT, frond_in(20000)), 0);
    frond_release(g);
    CHECK_INT(frond_idle(), 0); /* the commands clean up */
    CHECK_INT((int64_t)frond_hub_greenlets(), (int64_t)before);
    CHECK_INT(frond_command_remove("sleeps"), 1);
    CHECK_INT(frond_command_remove("fails"), 1);
    forget();
}

static void own(void) {
    frond_command c = {
        .name = "echo", .usage = "WORD...", .help = "says it", .fn = echo, .arg = ">"};
    CHECK_INT(frond_command_add(&c), 0);
    CHECK_INT(frond_command_add(&c), FROND_EEXIST);
    RUNS("  echo  a\tb \r\n");
    CHECK_TEXT(answer, ">[a]\n>[b]\n");
    CHECK_INT(run("echo"), FROND_EPROTO);
    CHECK_TEXT(frond_error_text(), "echo: protocol error");
    RUNS("help");
    SAYS("echo WORD...             says it\n");
    SAYS("ps ");
    RUNS("help kill");
    SAYS("kill ID [ERROR]");
    CHECK_INT(frond_command_remove("echo"), 1);
    CHECK_INT(frond_command_remove("echo"), 0);
    CHECK_INT(run("echo a"), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "echo: there is no such command; help lists them");
    c = (frond_command){.name = "sleeps", .fn = sleeps};
    CHECK_INT(frond_command_add(&c), 0);
    frond_timeout t = {0};
    int was = frond_clock_virtual(1); /* it has begun by then */
    frond_timeout_start(&t, 5);
    CHECK_INT(run("sleeps"), FROND_ETIMEDOUT);
    SAYS("before\n");
    frond_timeout_stop(&t);
    frond_clock_virtual(was);
    CHECK_INT(frond_command_remove("sleeps"), 1);
    c.name = "ps";
    CHECK_INT(frond_command_add(&c), FROND_EEXIST);
    c.name = "two words";
    CHECK_INT(frond_command_add(&c), FROND_EINVAL);
    CHECK_INT(frond_command_add(NULL), FROND_EINVAL);
    CHECK_INT(frond_command_remove(NULL), 0);
    forget();
}

static void refused(void) {
    static const struct {
        const char *line, *text;
    } bad[] = {{"", "command: an empty line"},
               {"nothing", "nothing: there is no such command; help lists them"},
               {"ps 1", "ps: takes no arguments"},
               {"bt", "bt: takes a greenlet's number, as ps shows it"},
               {"bt x", "bt: takes a greenlet's number, as ps shows it"},
               {"bt 1.", "bt: takes a greenlet's number, as ps shows it"},
               {"bt 99999", "bt: there is no such greenlet"},
               {"kill 1 FROND_NOTHING", "kill: there is no such error"},
               {"trace", "trace: takes a file, or off"},
               {"help nothing", "nothing: there is no such command"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_INT(run(bad[i].line), FROND_EINVAL);
        CHECK_TEXT(frond_error_text(), bad[i].text);
    }
    char text[1100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK_INT(run(text), FROND_EINVAL);
    for (int i = 1; i < 100; i += 2)
        text[i] = ' ';
    text[100] = '\0';
    CHECK_INT(run(text), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "command: too many words");
    CHECK_INT(frond_command_run(NULL, &answer, FROND_NEVER), FROND_EINVAL);
    RUNS("config");
    SAYS("FROND_SHUFFLE");
    forget();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"about greenlets", about_greenlets},
                                      {"other hubs", other_hubs},
                                      {"a hub that blocks", a_hub_that_blocks},
                                      {"numbers", numbers},
                                      {"the program's own", own},
                                      {"how the program's own end", ends_of_own},
                                      {"refused", refused},
                                      {0}};
    return test_main("sdk/command", tests, argc, argv);
}
