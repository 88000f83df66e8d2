/* SPDX-License-Identifier: MIT */
/* The frame of a test program with greenlets.  Each test starts without a hub; after it the hub is
 * closed, and no greenlet, no block of frond's and no descriptor may be left.  The checks work in
 * any greenlet of the main thread; other threads report through variables. */
#ifndef FROND_TESTS_SUPPORT_H
#define FROND_TESTS_SUPPORT_H

#include <frond/sdk.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

FROND_BEGIN

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

/* Runs the tests of a table that ends with {0}; arguments, if any, name those to run.  The result is
 * the program's exit status. */
int test_main(const char *suite, const test_case *tests, int argc, char **argv);

/* Before test_main: what the tests have in common is made before the first and given back after the last. */
void test_around(void (*begin)(void), void (*end)(void));

/* Before test_main: each test begins on a virtual clock, so that what it sleeps takes no time and all times
 * are exact.  A test of real time begins with test_clock_real(). */
void test_clock_virtual(void);
void test_clock_real(void);

/* Ends the program as skipped, saying why. */
void test_skip(const char *why);

/* Of a file of that name in a folder that the tests may write to. */
void test_path(char *path, size_t cap, const char *name);

/* ---- checks; none of them jumps ---- */

void test_check(bool holds, const char *text, const char *file, int line);
void test_check_int(int64_t actual, int64_t expected, const char *text, const char *file,
                    int line);
void test_check_text(const char *actual, const char *expected, bool part,
                     const char *what, const char *file, int line);

#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(actual, expected)                                                      \
    test_check_int((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected)                                                     \
    test_check_text((actual), (expected), false, #actual, __FILE__, __LINE__)
#define CHECK_HAS(actual, part)                                                          \
    test_check_text((actual), (part), true, #actual, __FILE__, __LINE__)

/* ---- an order of events, as text ---- */

void log_clear(void);
void log_add(const char *word);
const char *log_text(void); /* the words, with a space between two */
const char *log_sorted(
    void); /* the same in the order of strcmp, where any order of events is right */

/* frond_go, and lets it run until it waits: so it comes before those that are started after it. */
void go_now(frond_fn run, void *arg);

/* To be called first in a test that is about the order in which ready greenlets run, or takes for granted
 * that they run first in, first out: FROND_SHUFFLE does not concern it. */
void in_order(void);

/* ---- what a part of a program writes to standard error ---- */

void capture_begin(void);
const char *capture_end(void); /* static; valid until the next capture */

/* The file to start this program by, or what runs it in an emulator; "": not known. */
const char *this_program(void);

/* Sends a signal to this program: SIGINT or SIGTERM, or on POSIX any other. */
void raise_signal(int number);

/* ---- files ---- */

void make_folder(const char *path);
void make_unreadable(const char *path);
bool reads_every_file(void); /* permissions mean nothing to this user, or here */

/* ---- processes ---- */

bool system_forks(void);
bool has_children(void);  /* that nobody has reaped; false where none have to be */
void reap_children(void); /* waits for those */

/* Standard input and output carry bytes as they are. */
void stdio_as_is(void);

/* ---- memory ---- */

/* The nth allocation of frond's from now on fails (1: the next), once; 0: none does. */
void memory_fail_at(long n);
bool memory_failed(void); /* whether that happened */
long memory_live(void);   /* blocks of frond's */

/* Runs part again and again, each time with a hub of its own and one allocation failing, the first,
 * the second and so on, until it gets through without; nothing may be left after any. */
void memory_sweep(void (*part)(void));

/* ---- descriptors, threads, time ---- */

int descriptors_open(void);

typedef struct test_thread test_thread;
test_thread *thread_start(void (*run)(void *arg), void *arg);
void thread_join(test_thread *t);
void thread_run(void (*run)(void *arg), void *arg); /* starts and joins */

void busy_ms(uint64_t ms);  /* keeps the processor; nothing of frond's runs meanwhile */
void block_ms(uint64_t ms); /* sleeps with the whole thread */
bool under_valgrind(void);
bool under_sanitizer(void);
bool under_thread_sanitizer(void);

/* Waits in turns of 1 ms until condition(arg) holds, at most 20 s. */
bool eventually(bool (*condition)(void *arg), void *arg);

FROND_END

#endif
