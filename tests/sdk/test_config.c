/* SPDX-License-Identifier: MIT */
/* Settings: where they come from, what they may be, and what becomes of calls when one is not. */
#include "support.h"

#include <frond/impl/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/os.h>
#include <uv.h>

static void set(const char *name, const char *value) {
    if (value)
        uv_os_setenv(name, value);
    else
        uv_os_unsetenv(name);
}

/* What a hub would be made with; no thread has one before or afterwards. */
static uint64_t tries_with(const char *environment) {
    uint64_t n = 0;
    set("FROND_DNS_TRIES", environment);
    if (frond_hub_current())
        frond_config_number(FROND_SETTING_DNS_TRIES, &n);
    frond_hub_close(FROND_NEVER);
    set("FROND_DNS_TRIES", NULL);
    return n;
}

static void from_where(void) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(tries_with(NULL), 3);
    CHECK_INT(tries_with("7"), 7);
    CHECK_INT(tries_with(""), 3);
    CHECK_INT(frond_config_set("FROND_DNS_TRIES", "8"), 0);
    CHECK_INT(tries_with("7"), 8);
    CHECK_INT(tries_with("no number, which nobody reads"), 8);
    CHECK_INT(frond_config_set("FROND_DNS_TRIES", NULL), 0);
    CHECK_INT(tries_with("7"), 7);
}

static void holds_while_there_is_a_hub(void) {
    uint64_t n = 0;
    CHECK(frond_hub_current() != NULL);
    set("FROND_DNS_TRIES", "7");
    CHECK_INT(frond_config_number(FROND_SETTING_DNS_TRIES, &n), 0);
    CHECK_INT(n, 3);
    CHECK_INT(frond_config_check(), 0);
    CHECK_INT(frond_config_set("FROND_DNS_TRIES", "8"), FROND_EBUSY);
    CHECK_TEXT(frond_error_text(), "FROND_DNS_TRIES: a thread has a hub already");
    set("FROND_DNS_TRIES", NULL);
}

static void refused_by_the_program(void) {
    frond_hub_close(FROND_NEVER);
    static const char *const rows[][3] = {
        {"FROND_DNS_TRIES", "0", "a number from 1 to 100"},
        {"FROND_DNS_TRIES", "101", "a number from 1 to 100"},
        {"FROND_DNS_TRIES", "", "a number from 1 to 100"},
        {"FROND_DNS_TRIES", "1 ", "a number from 1 to 100"},
        {"FROND_DNS_TRIES", "99999999999999999999", "a number from 1 to 100"},
        {"FROND_DNS_CACHE", "1K", "a number from 1 to 10000000 entries"},
        {"FROND_DNS_TCP", "yes", "0 or 1"},
        {"FROND_STACK_GUARDS", "al", "all or share"},
        {"FROND_DNS_POLICY", "ares,", "ares; system; ares,system or blocking"},
        {"FROND_DNS_SERVERS", "10.0.0.1,", "a list of addresses, as 10.0.0.1,[::1]:53"},
        {"FROND_DNS_SERVERS", "unix:/x", "a list of addresses, as 10.0.0.1,[::1]:53"},
        {"FROND_SHUFFLE", "18446744073709551616", "a number from 0"}};
    char said[200];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(frond_config_set(rows[i][0], rows[i][1]), FROND_EINVAL);
        snprintf(said, sizeof said, "%s=%s: must be %s", rows[i][0], rows[i][1],
                 rows[i][2]);
        CHECK_TEXT(frond_error_text(), said);
    }
    CHECK_INT(frond_config_set("FROND_DNS_TRIAS", "1"), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "FROND_DNS_TRIAS: there is no such setting");
    CHECK_INT(frond_config_set(NULL, "1"), FROND_EINVAL);
    CHECK_INT(tries_with(NULL), 3); /* none of them is set */
}

static void taken(void) {
    frond_hub_close(FROND_NEVER);
    static const char *const rows[][2] = {
        {"FROND_SHUFFLE", "18446744073709551615"},
        {"FROND_DNS_POLICY", "ares,system"},
        {"FROND_DNS_SERVERS", "10.0.0.1,10.0.0.2:53,[::1]:5353,::1"},
        {"FROND_DNS_SEARCH", ""},
        {"FROND_DNS_TCP", "1"},
        {"FROND_DNS_NDOTS", "0"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(frond_config_set(rows[i][0], rows[i][1]), 0);
    uint64_t n = 0;
    CHECK(frond_hub_current() != NULL);
    CHECK_INT(frond_config_number(FROND_SETTING_DNS_POLICY, &n), 1);
    CHECK_INT(n, 2);
    CHECK_INT(frond_config_number(FROND_SETTING_DNS_NDOTS, &n), 1);
    CHECK_INT(n, 0);
    CHECK_TEXT(frond_config_text(FROND_SETTING_DNS_SEARCH), "");
    CHECK_TEXT(frond_config_text(FROND_SETTING_DNS_SERVERS), rows[2][1]);
    CHECK(frond_config_text(FROND_SETTING_DNS_HOSTS) == NULL);
    CHECK_TEXT(frond_config_text(FROND_SETTING_STACK_GUARDS), "all");
    CHECK_INT(frond_hub_close(FROND_NEVER), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(frond_config_set(rows[i][0], NULL), 0);
}

/* ---- a bad value at the start ---- */

static void *nothing(void *arg) {
    return arg;
}

static void call_nothing(void *arg) {
    (void)arg;
}

static int as_code(const void *made) {
    return made ? 0 : frond_error_code();
}

static int by_current(void) {
    return as_code(frond_hub_current());
}

static int by_spawn(void) {
    return as_code(frond_spawn(nothing, NULL));
}

static int by_raw(void) {
    return as_code(frond_greenlet_new(nothing, NULL));
}

static int by_go(void) {
    return frond_go(nothing, NULL);
}

static int by_sleep(void) {
    return frond_sleep(1);
}

static int by_yield(void) {
    return frond_yield();
}

static int by_hub_join(void) {
    return frond_hub_join(FROND_NEVER);
}

static int by_event(void) {
    static frond_event e = FROND_EVENT_INIT;
    return frond_event_wait(&e, FROND_NEVER);
}

static int by_lock(void) {
    static frond_lock l = FROND_LOCK_INIT;
    return frond_lock_acquire(&l, FROND_NEVER);
}

static int by_queue(void) {
    return as_code(frond_queue_new(1, 1, NULL));
}

static int by_xqueue(void) {
    frond_xqueue *q = frond_xqueue_new(1, 1, NULL);
    char item = 0;
    int rc = q ? frond_xqueue_get(q, &item, frond_in(20000)) : frond_error_code();
    frond_xqueue_free(q);
    return rc;
}

static int by_pool(void) {
    return as_code(frond_pool_new(1));
}

static int by_threads(void) {
    frond_threadpool_options o = {0};
    return as_code(frond_threadpool_new(&o));
}

static int by_file(void) {
    frond_file *f;
    return frond_file_open("/", FROND_FILE_READ, 0, &f, FROND_NEVER);
}

static int by_signal(void) {
    static const int numbers[] = {2};
    frond_signal *s;
    return frond_signal_open(numbers, 1, &s);
}

static int by_timer(void) {
    frond_watcher *w;
    return frond_timer_open(1, 1, &w);
}

static int by_cron(void) {
    frond_watcher *w;
    return frond_cron_open(1, 0, &w);
}

static int by_at(void) {
    return frond_at(0, FROND_NOW);
}

static int by_wall_jump(void) {
    return frond_wall_jump(0);
}

static int by_io(void) {
    frond_watcher *w;
    return frond_io_open(0, FROND_IO_READ, &w);
}

static int by_async(void) {
    frond_watcher *w;
    return frond_async_open(&w);
}

static int by_fs_watch(void) {
    frond_watcher *w;
    return frond_fs_watch_open(".", &w);
}

static int by_stat_watch(void) {
    frond_watcher *w;
    return frond_stat_watch_open(".", 0, &w, FROND_NOW);
}

static int by_run(void) {
    return frond_run(nothing, NULL, NULL, FROND_NOW);
}

static int by_run_once(void) {
    return frond_run_once(FROND_NOW);
}

static int by_backend(void) {
    intptr_t fd;
    return frond_backend_fd(&fd);
}

static int by_at_close(void) {
    return frond_at_close(call_nothing, NULL);
}

static int by_on_error(void) {
    return frond_on_error(NULL, NULL);
}

static int by_timeout(void) {
    frond_timeout t;
    return frond_timeout_start(&t, 1);
}

static int by_defer(void) {
    return frond_defer(call_nothing, NULL);
}

static int by_shuffle(void) {
    return frond_shuffle(0, NULL);
}

static int by_trace(void) {
    return frond_trace_set(NULL, NULL, NULL);
}

static int by_shield(void) {
    return frond_shield_begin(1);
}

static int by_dump(void) {
    return frond_dump(2);
}

static int by_current_greenlet(void) {
    return as_code(frond_current());
}

static int by_lag(void) {
    int rc = frond_sleep(1);
    return rc == frond_error_code() ? rc : 1;
}

static int (*const calls[])(void) = {by_current,  by_spawn,     by_raw,
                                     by_go,       by_sleep,     by_yield,
                                     by_hub_join, by_event,     by_lock,
                                     by_queue,    by_xqueue,    by_pool,
                                     by_threads,  by_file,      by_signal,
                                     by_defer,    by_shuffle,   by_trace,
                                     by_shield,   by_dump,      by_current_greenlet,
                                     by_lag,      by_timer,     by_cron,
                                     by_at,       by_wall_jump, by_io,
                                     by_async,    by_fs_watch,  by_stat_watch,
                                     by_run,      by_run_once,  by_backend,
                                     by_at_close, by_on_error,  by_timeout};

/* Whatever a thread's first call is. */
static void an_error_at_the_start(void) {
    frond_hub_close(FROND_NEVER);
    set("FROND_DNS_TRIES", "0");
    set("FROND_SHUFFLE", "x");
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        capture_begin();
        int rc = calls[i]();
        const char *said = capture_end();
        char text[40];
        snprintf(text, sizeof text, "call %zu: %d", i, rc);
        test_check(rc == FROND_EINVAL, text, __FILE__, __LINE__);
        CHECK_INT(frond_error_code(), FROND_EINVAL);
        CHECK_TEXT(frond_error_text(),
                   "FROND_DNS_TRIES=0: must be a number from 1 to 100");
        CHECK_TEXT(said, i ? "" /* once is enough */
                           : "frond: FROND_DNS_TRIES=0: must be a number from 1 to 100\n"
                             "frond: FROND_SHUFFLE=x: must be a number from 0\n");
    }
    CHECK_INT(frond_config_check(), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "FROND_DNS_TRIES=0: must be a number from 1 to 100");
    set("FROND_DNS_TRIES", NULL);
    set("FROND_SHUFFLE", NULL);
    CHECK_INT(frond_config_check(), 0);
    CHECK_INT(frond_sleep(0), 0);
}

static void of_another_thread(void *code) {
    *(int *)code = frond_sleep(0);
}

static void on_every_thread(void) {
    frond_hub_close(FROND_NEVER);
    int code = 0;
    set("FROND_DNS_TCP", "2");
    capture_begin();
    CHECK_INT(frond_sleep(0), FROND_EINVAL);
    thread_run(of_another_thread, &code);
    CHECK_INT(code, FROND_EINVAL);
    CHECK_TEXT(capture_end(), "frond: FROND_DNS_TCP=2: must be 0 or 1\n");
    set("FROND_DNS_TCP", NULL);
    CHECK_INT(frond_sleep(0), 0);
}

static void too_long(void) {
    frond_hub_close(FROND_NEVER);
    char value[2000];
    memset(value, '/', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    set("FROND_DNS_HOSTS", value);
    capture_begin();
    CHECK_INT(frond_sleep(0), FROND_EINVAL);
    CHECK_HAS(capture_end(),
              "FROND_DNS_HOSTS=(longer than 1023 bytes): must be a path\n");
    set("FROND_DNS_HOSTS", NULL);
    CHECK_INT(frond_config_set("FROND_DNS_HOSTS", value), FROND_EINVAL);
}

/* The failures of a thread without a hub are its main greenlet's once it has one. */
static void failures_before_the_hub(void) {
    frond_hub_close(FROND_NEVER);
    frond_addr a;
    CHECK_INT(frond_addr_parse(&a, "nowhere", 0), FROND_EINVAL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "address \"nowhere\"");
    CHECK(frond_hub_current() != NULL);
    CHECK_INT(frond_error_code(), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "address \"nowhere\"");
}

/* ---- the list ---- */

static const char *printed(int expected) {
    FILE *f = temporary_file();
    if (f)
        CHECK_INT(frond_config_print(fileno(f)), expected);
    return temporary_text(f);
}

static void print(void) {
    frond_hub_close(FROND_NEVER);
    set("FROND_DNS_TRIES", "5");
    set("FROND_DNS_TCP", "2");
    CHECK_INT(frond_config_set("FROND_SHUFFLE", "9"), 0);
    const char *text = printed(FROND_EINVAL);
    CHECK_HAS(text, "FROND_DNS_TRIES=5 (environment)\n    tries at each name server\n"
                    "    a number from 1 to 100; default: 3\n");
    CHECK_HAS(text, "FROND_DNS_TCP=2 (environment) IS NOT ALLOWED\n");
    CHECK_HAS(text, "FROND_SHUFFLE=9 (program)\n");
    CHECK_HAS(text, "FROND_DNS_HOSTS= (default)\n");
    CHECK_HAS(text, "a path; default: none\n");
    set("FROND_DNS_TRIES", NULL);
    set("FROND_DNS_TCP", NULL);
    set("FROND_DNS_TRYS", "5");
    text = printed(0);
    CHECK_HAS(text, "FROND_SHUFFLE=9 (program)\n");
    CHECK_HAS(text, "\nFROND_DNS_TRYS: there is no such setting\n");
    CHECK_HAS(text, "\nthe loop is that of libuv ");
    set("FROND_DNS_TRYS", NULL);
    CHECK_INT(frond_config_set("FROND_SHUFFLE", NULL), 0);
    CHECK_INT(frond_config_print(-1), FROND_EIO);
    CHECK_INT(frond_sleep(0), 0);
    CHECK_HAS(printed(0), "FROND_DNS_TRIES=3 (default)\n");
}

/* The line after at, of which it is the rest behind `indent` characters; at moves on. */
static void take_line(const char **at, size_t indent, char *out, size_t cap) {
    size_t n = strcspn(*at, "\n");
    snprintf(out, cap, "%.*s", (int)(n > indent ? n - indent : 0), *at + indent);
    *at += n + ((*at)[n] == '\n');
}

/* Each row of the guide's table is what the program prints, and there are no others. */
static void guide(void) {
    static char text[65536];
    char path[700], title[100], about[200], limits[200], row[600];
    const char *source = getenv("FROND_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/docs/guide/configuration.md", source ? source : ".");
    FILE *f = fopen(path, "rb");
    size_t rows = 0, n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    for (const char *at = printed(0); *at;) {
        take_line(&at, 0, title, sizeof title);
        if (!strchr(title, '='))
            break;
        take_line(&at, 4, about, sizeof about);
        take_line(&at, 4, limits, sizeof limits);
        const char *fallback = strstr(limits, "; default: ");
        CHECK(fallback != NULL);
        snprintf(row, sizeof row, "\n| `%.*s` | %.*s | %s | %s |\n",
                 (int)strcspn(title, "="), title, (int)(fallback - limits), limits,
                 fallback + strlen("; default: "), about);
        CHECK_HAS(text, row);
    }
    for (const char *at = text; (at = strstr(at, "\n| `FROND_")); at++)
        rows++;
    CHECK_INT(rows, FROND_SETTING_COUNT);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 56: defaults, environment, program", from_where},
        {"hold while there is a hub", holds_while_there_is_a_hub},
        {"refused by the program's call", refused_by_the_program},
        {"taken", taken},
        {"case 56: a bad value is an error at the start", an_error_at_the_start},
        {"on every thread", on_every_thread},
        {"too long", too_long},
        {"failures before the hub", failures_before_the_hub},
        {"print", print},
        {"the guide has them all", guide},
        {0},
    };
    uv_os_unsetenv("FROND_SHUFFLE"); /* what tests in any order are given */
    return test_main("config", tests, argc, argv);
}
