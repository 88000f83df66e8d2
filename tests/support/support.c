/* SPDX-License-Identifier: MIT */
#include "support.h"

#include "audit.h"
#include "os.h"
#include "skips.h"
#include <CUnit/Basic.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- checks ---- */

void test_check(bool holds, const char *text, const char *file, int line) {
    CU_assertImplementation(holds, (unsigned)line, text, file, "", CU_FALSE);
}

void test_check_int(int64_t actual, int64_t expected, const char *text, const char *file,
                    int line) {
    char said[300];
    snprintf(said, sizeof said, "%s is %lld (%s), must be %lld (%s)", text,
             (long long)actual, frond_error_name((int)actual), (long long)expected,
             frond_error_name((int)expected));
    CU_assertImplementation(actual == expected, (unsigned)line, said, file, "", CU_FALSE);
}

void test_check_text(const char *actual, const char *expected, bool part,
                     const char *what, const char *file, int line) {
    bool holds = actual && (part ? strstr(actual, expected) != NULL
                                 : strcmp(actual, expected) == 0);
    char said[1500];
    snprintf(said, sizeof said, "%s is \"%.900s\", must %s \"%.300s\"", what,
             actual ? actual : "(null)", part ? "have" : "be", expected);
    CU_assertImplementation(holds, (unsigned)line, said, file, "", CU_FALSE);
}

void test_skip(const char *why) {
    printf("skipped: %s\n", why);
    exit(77);
}

void test_path(char *path, size_t cap, const char *name) {
    char folder[512] = ".";
    size_t n = sizeof folder;
    const char *own = getenv("FROND_TEST_TMP");
    if (!own)
        uv_os_tmpdir(folder, &n);
    snprintf(path, cap, "%s/%s", own ? own : folder, name);
}

/* ---- log ---- */

static char logged[8192];
static size_t logged_n;

void log_clear(void) {
    logged_n = 0;
    logged[0] = '\0';
}

void log_add(const char *word) {
    int n = snprintf(logged + logged_n, sizeof logged - logged_n, "%s%s",
                     logged_n ? " " : "", word);
    if (n > 0 && (size_t)n < sizeof logged - logged_n)
        logged_n += (size_t)n;
}

const char *log_text(void) {
    return logged;
}

static int compare_words(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *log_sorted(void) {
    static char copy[sizeof logged], sorted[sizeof logged];
    char *words[sizeof logged / 2];
    size_t n = 0, used = 0;
    memcpy(copy, logged, sizeof copy);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[n++] = word;
    qsort(words, n, sizeof words[0], compare_words);
    sorted[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(sorted + used, sizeof sorted - used, "%s%s",
                                 i ? " " : "", words[i]);
    return sorted;
}

void go_now(frond_fn run, void *arg) {
    CHECK_INT(frond_go(run, arg), 0);
    CHECK_INT(frond_yield(), 0);
}

/* ---- capture ---- */

static FILE *captured_to;

void capture_begin(void) {
    fflush(stderr);
    captured_to = temporary_file();
    if (captured_to)
        os_redirect_stderr(captured_to);
}

/* All of a file in *text, which grows; its lines end in \n on every system. */
static const char *whole_text(FILE *f, char **text, size_t *cap) {
    size_t n = 0;
    if (f)
        rewind(f);
    for (int c; f && (c = getc(f)) != EOF;) {
        if (n + 1 >= *cap)
            *text = realloc(*text, *cap = *cap * 2 + 4096);
        if (c != '\r')
            (*text)[n++] = (char)c;
    }
    if (f)
        fclose(f);
    if (n)
        (*text)[n] = '\0';
    return n ? *text : "";
}

const char *capture_end(void) {
    static char *text;
    static size_t cap;
    fflush(stderr);
    if (captured_to)
        os_restore_stderr();
    const char *said = whole_text(captured_to, &text, &cap);
    captured_to = NULL;
    return said;
}

const char *temporary_text(FILE *f) {
    static char *text;
    static size_t cap;
    return whole_text(f, &text, &cap);
}

const char *this_program(void) {
    static char path[1024];
    size_t n = sizeof path;
    const char *runs_it = getenv("FROND_EXECUTABLE"); /* in an emulator */
    if (runs_it)
        snprintf(path, sizeof path, "%s", runs_it);
    else if (uv_exepath(path, &n) < 0)
        path[0] = '\0';
    return path;
}

/* ---- memory ---- */

static atomic_long live;
static atomic_long countdown; /* 0: off */
static atomic_bool failed;

static bool must_fail(void) {
    long left = atomic_load(&countdown);
    while (left > 0 && !atomic_compare_exchange_weak(&countdown, &left, left - 1)) {}
    if (left != 1)
        return false;
    atomic_store(&failed, true);
    return true;
}

static void *resize(void *block, size_t size, void *user) {
    (void)user;
    if (must_fail())
        return NULL;
    void *now = realloc(block, size);
    if (now && !block)
        atomic_fetch_add(&live, 1);
    return now;
}

static void release(void *block, void *user) {
    (void)user;
    atomic_fetch_sub(&live, 1);
    free(block);
}

void memory_fail_at(long n) {
    atomic_store(&failed, false);
    atomic_store(&countdown, n);
}

bool memory_failed(void) {
    return atomic_load(&failed);
}

long memory_live(void) {
    return atomic_load(&live);
}

/* Threads of a pool end by themselves, a little later. */
static long live_settled(long before) {
    for (int i = 0; i < 20000 && memory_live() != before; i++)
        block_ms(1);
    return memory_live() - before;
}

/* As do the files that those still have to close. */
static int descriptors_settled(int before) {
    for (int i = 0; i < 20000 && descriptors_open() != before; i++)
        block_ms(1);
    return descriptors_open();
}

void memory_sweep(void (*part)(void)) {
    frond_hub_close(frond_in(20000)); /* each part begins without one */
    long before = memory_live();
    for (long n = 1; n < 100000; n++) {
        memory_fail_at(n);
        part();
        bool hit = memory_failed();
        memory_fail_at(0);
        frond_hub_close(frond_in(20000));
        long left = live_settled(before);
        if (left) {
            char said[80];
            snprintf(said, sizeof said, "%ld blocks left when allocation %ld failed",
                     left, n);
            test_check(false, said, __FILE__, __LINE__);
            return;
        }
        if (!hit)
            return;
    }
    test_check(false, "a sweep that does not end", __FILE__, __LINE__);
}

/* ---- descriptors, threads, time ---- */

struct test_thread {
    uv_thread_t thread;
    void (*run)(void *);
    void *arg;
};

test_thread *thread_start(void (*run)(void *), void *arg) {
    test_thread *t = malloc(sizeof *t);
    if (!t)
        abort();
    t->run = run;
    t->arg = arg;
    if (uv_thread_create(&t->thread, run, arg) < 0)
        abort();
    return t;
}

void thread_join(test_thread *t) {
    uv_thread_join(&t->thread);
    free(t);
}

void thread_run(void (*run)(void *), void *arg) {
    thread_join(thread_start(run, arg));
}

void busy_ms(uint64_t ms) {
    uint64_t end = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end) {}
}

void block_ms(uint64_t ms) {
    uv_sleep((unsigned)ms);
}

bool under_valgrind(void) {
    const char *preload = getenv("LD_PRELOAD");
    return preload && strstr(preload, "vgpreload") != NULL;
}

bool under_sanitizer(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

bool under_thread_sanitizer(void) {
#if defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

bool eventually(bool (*condition)(void *), void *arg) {
    for (int i = 0; i < 20000; i++) {
        if (condition(arg))
            return true;
        if (frond_sleep(1) < 0)
            return false;
    }
    return false;
}

void in_order(void) {
    CHECK_INT(frond_shuffle(0, NULL), 0);
}

/* ---- running ---- */

static const test_case *cases;
static size_t next_case;
static char **wanted; /* NULL: all */

static bool is_wanted(const char *name) {
    for (char **w = wanted; w && *w; w++)
        if (strcmp(*w, name) == 0)
            return true;
    return !wanted;
}

static bool none_left(void *arg) {
    (void)arg;
    return frond_hub_greenlets() == 0;
}

static const char *suite_name;
static bool on_virtual_clock;

static void (*before_all)(void),
    (*after_all)(void); /* tests, too: only those can check */

void test_around(void (*begin)(void), void (*end)(void)) {
    before_all = begin;
    after_all = end;
}

void test_clock_virtual(void) {
    on_virtual_clock = true;
}

void test_clock_real(void) {
    frond_clock_virtual(0);
}

static void run_one(void) {
    const test_case *c = &cases[next_case++];
    if (!is_wanted(c->name))
        return;
    const char *why = skip_reason(suite_name, c->name);
    if (why) {
        printf("skipped: %s: ", why);
        return;
    }
    int open = descriptors_open();
    long blocks = memory_live();
    log_clear();
    frond_clock_virtual(on_virtual_clock);
    audit_begin();
    c->run();
    frond_clock_virtual(on_virtual_clock);
    eventually(none_left, NULL);
    CHECK_INT(frond_hub_greenlets(), 0);
    CHECK_INT(frond_hub_close(frond_in(20000)), 0);
    CHECK_INT(live_settled(blocks), 0);
    CHECK_INT(descriptors_settled(open), open);
    const char *what;
    if (audit_failures(&what))
        CHECK_TEXT(what, "a child as it should be");
}

static void open_for_good(void) { /* what libuv keeps for the process */
    frond_hub_current();
    frond_sleep(1);
    frond_hub_close(FROND_NOW);
}

int test_main(const char *name, const test_case *tests, int argc, char **argv) {
    static const frond_allocator counting = {.resize = resize, .release = release};
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGINT, SIG_DFL); /* which shells have their background jobs ignore */
    if (frond_allocator_set(&counting) < 0 || CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    cases = tests;
    next_case = 0;
    suite_name = name;
    wanted = argc > 1 ? argv + 1 : NULL;
    open_for_good();
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
    if (suite && before_all && !CU_add_test(suite, "begin", before_all))
        return 2;
    for (; suite && tests->name; tests++)
        if (!CU_add_test(suite, tests->name, run_one))
            return 2;
    if (suite && after_all && !CU_add_test(suite, "end", after_all))
        return 2;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int bad = CU_get_number_of_failures() > 0 || CU_get_number_of_tests_failed() > 0;
    CU_cleanup_registry();
    return bad;
}
