/* SPDX-License-Identifier: MIT */
/* The monitor: hubs that do not turn, memory, dumps at a signal. */
#include "support.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_MS = 200, LONG_MS = 20000 };

#if defined(_WIN32) /* what asks programs to end there is Ctrl-Break */
#define DUMP_NAME "BREAK"
enum { DUMP_NUMBER = SIGTERM };
#else
#define DUMP_NAME "USR1"
enum { DUMP_NUMBER = SIGUSR1 };
#endif

/* Whether a stack is there as a whole where a signal has interrupted it: not with musl on x86-64, nor on CPUs whose
 * code of the system says nothing of whoever called it.  And signals must be seen at once. */
static bool whole_stacks(void) {
#if defined(__linux__) && !defined(__aarch64__) &&                                       \
    !(defined(__x86_64__) && defined(__GLIBC__))
    return false;
#else
    return !under_thread_sanitizer();
#endif
}

static void *nothing(void *arg) {
    return arg;
}

static void *waits_for(void *e) {
    frond_event_wait(e, FROND_NEVER);
    return NULL;
}

static struct {
    atomic_int begins, ends, over, under;
    _Atomic uint64_t greenlet, amount;
    int answer;
} seen;

static int notes(const frond_notice *n, void *arg) {
    (void)arg;
    if (n->amount)
        atomic_store(&seen.amount, n->amount);
    switch (n->kind) {
    case FROND_NOTICE_BLOCKING:
        atomic_store(&seen.greenlet, n->greenlet);
        seen.begins++;
        break;
    case FROND_NOTICE_BLOCKING_OVER:
        seen.ends++;
        break;
    case FROND_NOTICE_MEMORY_OVER:
        seen.over++;
        break;
    case FROND_NOTICE_MEMORY_UNDER:
        seen.under++;
        break;
    default:
        break;
    }
    return seen.answer;
}

static void watch(const char *name, const char *value, int answer) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_config_set(name, value), 0);
    seen.begins = seen.ends = seen.over = seen.under = 0;
    seen.greenlet = seen.amount = 0;
    seen.answer = answer;
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_ALL, notes, NULL), 0);
}

static void unwatch(const char *name) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_notice_unsubscribe(notes, NULL), 1);
    CHECK_INT(frond_config_set(name, NULL), 0);
}

/* ---- blocking ---- */

/* Keeps the thread until *what is n, or for very long.  It calls nothing: not of everything that one can be in when a
 * signal comes unwinders know who called it. */
static void blocks_until(atomic_int *what, int n) {
    for (uint64_t i = 0; atomic_load(what) != n && i < UINT64_C(1) << 34; i++) {}
}

static void *blocks_until_noticed(void *n) {
    blocks_until(&seen.begins, (int)(intptr_t)n);
    busy_ms(2 * LIMIT_MS); /* it goes on, and is not told of again */
    return NULL;
}

static frond_greenlet *block(int n) {
    frond_spawn_options o = {.name = "the blocker"};
    return frond_spawn_with(&o, blocks_until_noticed, (void *)(intptr_t)n);
}

static bool is_over(void *n) {
    return seen.ends == (int)(intptr_t)n;
}

/* gevent#1021, #1246, baseplate#200: which greenlet is it? */
static void blocking_is_told_once(void) {
    watch("FROND_MAX_BLOCKING_MS", "200", 0);
    capture_begin();
    for (int i = 1; i <= 2; i++) {
        frond_greenlet *g = block(i);
        uint64_t id = frond_id(g);
        CHECK_INT(frond_join(g, FROND_NEVER), 0);
        frond_release(g);
        CHECK(eventually(is_over, (void *)(intptr_t)i));
        CHECK_INT(seen.begins, i);
        if (!under_thread_sanitizer()) /* which delivers signals later */
            CHECK_INT(seen.greenlet, id);
        CHECK(seen.amount >= LIMIT_MS);
    }
    const char *said = capture_end();
    CHECK_HAS(said, " ms so far\n");
    if (!under_thread_sanitizer()) {
        CHECK_HAS(said, "\"the blocker\" blocks_until_noticed(0x");
        CHECK_HAS(said, " keeps thread ");
        CHECK_HAS(said, "\n    #0 ");
    }
    if (whole_stacks())
        CHECK_HAS(said, " blocks_until_noticed+");
    unwatch("FROND_MAX_BLOCKING_MS");
}

static void the_main_greenlet_blocks(void) {
    watch("FROND_MAX_BLOCKING_MS", "200", 1);
    frond_greenlet *g = frond_spawn_later(LONG_MS, blocks_until_noticed, NULL);
    frond_sleep(1);
    capture_begin();
    blocks_until(&seen.begins, 1);
    CHECK_TEXT(capture_end(), ""); /* it has been seen to */
    CHECK_INT(seen.begins, 1);
    if (!under_thread_sanitizer())
        CHECK_INT(seen.greenlet, 1);
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    unwatch("FROND_MAX_BLOCKING_MS");
}

static void waiting_is_not_blocking(void) {
    watch("FROND_MAX_BLOCKING_MS", "1000", 0);
    CHECK_INT(frond_sleep(2500), 0);
    CHECK_INT(seen.begins, 0);
    unwatch("FROND_MAX_BLOCKING_MS");
}

/* Whom should it keep from running? */
static void alone_nobody_is_kept(void) {
    if (under_thread_sanitizer())
        return; /* nobody can look */
    watch("FROND_MAX_BLOCKING_MS", "100", 0);
    frond_sleep(1);
    busy_ms(500);
    CHECK_INT(seen.begins, 0);
    unwatch("FROND_MAX_BLOCKING_MS");
}

static void *blocks_as_it_may(void *arg) {
    (void)arg;
    CHECK_INT(frond_ignore_blocking_begin(), 0);
    CHECK_INT(frond_ignore_blocking_begin(), 0);
    CHECK_INT(frond_ignore_blocking_end(), 0);
    busy_ms(3 * LIMIT_MS);
    frond_sleep(1); /* it is the greenlet's, whoever runs meanwhile */
    busy_ms(3 * LIMIT_MS);
    CHECK_INT(frond_ignore_blocking_end(), 0);
    CHECK_INT(frond_ignore_blocking_end(), FROND_EINVAL);
    return NULL;
}

static void blocking_that_is_meant(void) {
    if (under_thread_sanitizer())
        return; /* nobody can look */
    watch("FROND_MAX_BLOCKING_MS", "200", 0);
    frond_greenlet *g = frond_spawn(blocks_as_it_may, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(seen.begins, 0);
    g = block(1); /* others are told of */
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(seen.begins, 1);
    unwatch("FROND_MAX_BLOCKING_MS");
}

static void block_a_thread(void *arg) {
    (void)arg;
    frond_greenlet *g = block(1);
    frond_join(g, FROND_NEVER);
    frond_release(g);
}

static void every_thread(void) {
    watch("FROND_MAX_BLOCKING_MS", "200", 1);
    CHECK_INT(frond_sleep(1), 0);
    test_thread *t = thread_start(block_a_thread, NULL);
    CHECK(eventually(is_over, (void *)1));
    thread_join(t);
    CHECK_INT(seen.begins, 1);
    unwatch("FROND_MAX_BLOCKING_MS");
}

/* ---- memory ---- */

static bool memory_is_over(void *n) {
    return seen.over == (int)(intptr_t)n;
}

static bool memory_is_under(void *n) {
    return seen.under == (int)(intptr_t)n;
}

static void memory_over_and_under(void) {
    frond_hub_close(FROND_NEVER);
    enum { ROOM = 300 << 20 };
    char limit[40];
    CHECK_INT(frond_config_set("FROND_MEMORY_PERIOD_MS", "5"), 0);
    watch("FROND_MAX_MEMORY", "1", 1);
    CHECK(eventually(memory_is_over, (void *)1));
    uint64_t now = seen.amount;
    CHECK(now > 100 * 1024);
    unwatch("FROND_MAX_MEMORY");
    snprintf(limit, sizeof limit, "%lluK", (unsigned long long)now / 1024 + ROOM / 2048);
    watch("FROND_MAX_MEMORY", limit, 0);
    capture_begin();
    CHECK_INT(frond_sleep(100), 0);
    CHECK_INT(seen.over + seen.under, 0);
    char *volatile room = malloc(ROOM);
    for (size_t i = 0; room && i < ROOM; i += 1024)
        room[i] = 1;
    CHECK(eventually(memory_is_over, (void *)1));
    CHECK(seen.amount > now);
    free(room);
    bool goes_back = !under_valgrind(); /* which keeps what was freed for a while */
    if (goes_back)
        CHECK(eventually(memory_is_under, (void *)1));
    const char *said = capture_end();
    CHECK_HAS(said, " KiB are resident, more than FROND_MAX_MEMORY (");
    if (goes_back)
        CHECK_HAS(said, " KiB are resident, no longer more than FROND_MAX_MEMORY (");
    CHECK_INT(seen.over, 1);
    if (goes_back)
        CHECK_INT(seen.under, 1);
    unwatch("FROND_MAX_MEMORY");
    CHECK_INT(frond_config_set("FROND_MEMORY_PERIOD_MS", NULL), 0);
}

/* ---- dumps at a signal ---- */

static char file[600], dumped[200000];

static bool has_text(void *part) {
    FILE *f = fopen(file, "rb");
    size_t n = f ? fread(dumped, 1, sizeof dumped - 1, f) : 0;
    if (f)
        fclose(f);
    dumped[n] = '\0';
    return strstr(dumped, part) != NULL;
}

static char blocked_line[100];

static atomic_int is_dumped;

static void looks_for_dump(void *arg) {
    (void)arg;
    const char *rest =
        whole_stacks() ? " blocks_until_dumped+" : " does not answer; it runs ";
    for (int i = 0; i < LONG_MS && !(has_text(blocked_line) && strstr(dumped, rest)); i++)
        block_ms(1);
    atomic_store(&is_dumped, 1);
}

static void *blocks_until_dumped(void *arg) {
    test_thread *t = thread_start(looks_for_dump, NULL);
    raise_signal(DUMP_NUMBER);
    blocks_until(&is_dumped, 1);
    thread_join(t);
    return arg;
}

/* A hub that turns dumps itself; of one that does not it is said what it runs. */
static void dumps_at_a_signal(void) {
    frond_hub_close(FROND_NEVER);
    test_path(file, sizeof file, "dump-at-signal");
    remove(file);
    CHECK_INT(frond_config_set("FROND_DUMP_FILE", file), 0);
    watch("FROND_DUMP_SIGNAL", DUMP_NAME, 0);
    frond_spawn_options named = {.name = "one of many"};
    frond_event e = FROND_EVENT_INIT;
    frond_greenlet *g = frond_spawn_with(&named, waits_for, &e);
    CHECK_INT(frond_sleep(1), 0);
    raise_signal(DUMP_NUMBER);
    for (int i = 0; i < LONG_MS && !has_text(" frond_event_wait+"); i++)
        frond_sleep(1);
    CHECK_HAS(dumped, "  greenlet ");
    CHECK_HAS(dumped, "\"one of many\" waits_for(");
    CHECK_HAS(dumped, " frond_event_wait+");
    snprintf(blocked_line, sizeof blocked_line, "frond: the hub of thread ");
    frond_greenlet *blocker = frond_spawn(blocks_until_dumped, NULL);
    CHECK_INT(frond_join(blocker, FROND_NEVER), 0);
    CHECK_HAS(dumped, " does not answer; it runs ");
    if (whole_stacks())
        CHECK_HAS(dumped, " blocks_until_dumped+");
    frond_release(blocker);
    frond_event_set(&e);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
    unwatch("FROND_DUMP_SIGNAL");
    CHECK_INT(frond_config_set("FROND_DUMP_FILE", NULL), 0);
}

static void which_signals(void) {
    frond_hub_close(FROND_NEVER);
    static const char *const bad[] = {"KILL", "9",    "0",    "",
                                      "SIG",  "1000", "usr1", "USR3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_INT(frond_config_set("FROND_DUMP_SIGNAL", bad[i]), FROND_EINVAL);
    CHECK_INT(frond_config_set("FROND_DUMP_SIGNAL", "SIG" DUMP_NAME), 0);
    CHECK_INT(frond_config_set("FROND_DUMP_SIGNAL", NULL), 0);
}

static void without_memory(void) {
    frond_greenlet *g = frond_spawn(nothing, NULL);
    CHECK(g || frond_error_code() == FROND_ENOMEM);
    frond_release(g);
    frond_hub_join(FROND_NEVER);
}

static void nomem(void) {
    watch("FROND_MAX_BLOCKING_MS", "1000", 0);
    memory_sweep(without_memory);
    unwatch("FROND_MAX_BLOCKING_MS");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 55, demand 42: blocking is told once", blocking_is_told_once},
        {"the main greenlet blocks", the_main_greenlet_blocks},
        {"waiting is not blocking", waiting_is_not_blocking},
        {"alone nobody is kept", alone_nobody_is_kept},
        {"case 55: blocking that is meant", blocking_that_is_meant},
        {"every thread", every_thread},
        {"case 55: memory over and under", memory_over_and_under},
        {"demand 42: dumps at a signal", dumps_at_a_signal},
        {"which signals", which_signals},
        {"nomem", nomem},
        {0},
    };
    return test_main("monitor", tests, argc, argv);
}
