/* SPDX-License-Identifier: MIT */
/* The frame of a test program without greenlets: a table of tests, CUnit's summary, and
 * an exit status; and a seeded generator, so that a random failure can be had again. */
#ifndef FROND_TESTS_HTTP_SUITE_H
#define FROND_TESTS_HTTP_SUITE_H

#include <CUnit/Basic.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    CU_TestFunc run;
} suite_test;

static inline int suite_run(const char *name, const suite_test *tests) {
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (; suite != NULL && tests->name != NULL; tests++)
        if (CU_add_test(suite, tests->name, tests->run) == NULL)
            suite = NULL;
    if (suite == NULL)
        return 2;
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    int failed = CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    return failed;
}

/* One check of a table: says which row failed. */
#define CHECK_ROW(condition, row)                                                        \
    do {                                                                                 \
        int ok_ = (condition) != 0;                                                      \
        if (!ok_)                                                                        \
            printf("\n    row %s: %s", (row), #condition);                               \
        CU_ASSERT(ok_);                                                                  \
    } while (0)

/* splitmix64. */
static inline uint64_t suite_random(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline size_t suite_below(uint64_t *state, size_t n) {
    return (size_t)(suite_random(state) % n);
}

/* FROND_TEST_SEED, or 1. */
static inline uint64_t suite_seed(void) {
    const char *text = getenv("FROND_TEST_SEED");
    return text != NULL ? (uint64_t)strtoull(text, NULL, 10) : 1;
}

#endif
