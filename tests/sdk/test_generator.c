/* SPDX-License-Identifier: MIT */
/* Generators. */
#include "support.h"

#include <string.h>

static int count(frond_generator *gen, void *n) {
    for (intptr_t i = 1; i <= (intptr_t)n; i++) {
        int rc = frond_generator_yield(gen, (void *)i);
        if (rc < 0) {
            log_add(frond_error_name(rc));
            return rc;
        }
    }
    return 0;
}

static intptr_t next(frond_generator *gen) {
    void *value = NULL;
    int rc = frond_generator_next(gen, &value);
    return rc < 0 ? rc : (intptr_t)value;
}

static void one_after_the_other(void) {
    frond_generator *a = frond_generator_new(count, (void *)3),
                    *b = frond_generator_new(count, (void *)2);
    CHECK_INT(next(a), 1);
    CHECK_INT(next(b), 1);
    CHECK_INT(next(a), 2);
    CHECK_INT(next(a), 3);
    CHECK_INT(next(a), FROND_EOF);
    CHECK_INT(next(a), FROND_EOF);
    CHECK_INT(next(b), 2);
    CHECK_INT(next(b), FROND_EOF);
    frond_generator_free(a);
    frond_generator_free(b);
}

static void freed_in_the_middle(void) {
    frond_generator *gen = frond_generator_new(count, (void *)3);
    frond_generator_free(gen); /* never began */
    gen = frond_generator_new(count, (void *)3);
    CHECK_INT(next(gen), 1);
    frond_generator_free(gen);
    CHECK_TEXT(log_text(), "FROND_EXIT");
    frond_generator_free(NULL);
}

static int stubborn(frond_generator *gen, void *arg) {
    for (int i = 0; i < 5; i++)
        frond_generator_yield(gen, arg);
    log_add("end");
    return 0;
}

static void freed_though_it_goes_on(void) {
    frond_generator *gen = frond_generator_new(stubborn, NULL);
    CHECK_INT(frond_generator_next(gen, NULL), 0);
    frond_generator_free(gen);
    CHECK_TEXT(log_text(), "end");
}

static int fails(frond_generator *gen, void *arg) {
    frond_generator_yield(gen, arg);
    return FROND_EIO;
}

static void an_error_comes_once(void) {
    frond_generator *gen = frond_generator_new(fails, (void *)7);
    CHECK_INT(next(gen), 7);
    CHECK_INT(next(gen), FROND_EIO);
    CHECK_INT(next(gen), FROND_EOF);
    frond_generator_free(gen);
}

/* It may be asked by one greenlet after the other, and wait in its hub. */
static int sleepy(frond_generator *gen, void *arg) {
    for (intptr_t i = 1; i <= 3; i++) {
        frond_sleep(1);
        int rc = frond_generator_yield(gen, (void *)i);
        if (rc < 0) {
            log_add(frond_error_name(rc));
            return rc;
        }
    }
    (void)arg;
    return 0;
}

static void *asks(void *gen) {
    return (void *)next(gen);
}

static void waits_in_its_hub(void) {
    frond_generator *gen = frond_generator_new(sleepy, NULL);
    void *value = NULL;
    frond_greenlet *g = frond_spawn(asks, gen);
    frond_yield();
    CHECK_INT(next(gen), FROND_EBUSY); /* another waits for it */
    CHECK_INT(frond_get(g, &value, FROND_NEVER), 0);
    CHECK_INT((intptr_t)value, 1);
    frond_release(g);
    CHECK_INT(next(gen), 2);
    frond_generator_free(gen);
    CHECK_TEXT(log_text(), "FROND_EXIT");
}

static void who_asked_is_killed(void) {
    frond_generator *gen = frond_generator_new(sleepy, NULL);
    void *value = NULL;
    frond_greenlet *g = frond_spawn(asks, gen);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_get(g, &value, FROND_NEVER);
    CHECK_INT((intptr_t)value, FROND_ECANCELED);
    frond_release(g);
    CHECK_INT(next(gen), FROND_EBUSY); /* it waits yet */
    frond_sleep(5);
    CHECK_TEXT(log_text(), "FROND_ECANCELED");
    CHECK_INT(next(gen), FROND_ECANCELED);
    CHECK_INT(next(gen), FROND_EOF);
    frond_generator_free(gen);
    gen = frond_generator_new(sleepy, NULL); /* and freed while it waits */
    g = frond_spawn(asks, gen);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    frond_release(g);
    frond_generator_free(gen);
    log_clear();
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "FROND_EXIT");
}

static int asks_itself(frond_generator *gen, void *arg) {
    (void)arg;
    CHECK_INT(frond_generator_next(gen, NULL), FROND_EBUSY);
    return frond_generator_yield(gen, NULL);
}

static void misuse(void) {
    CHECK(frond_generator_new(NULL, NULL) == NULL);
    CHECK_INT(frond_generator_next(NULL, NULL), FROND_EINVAL);
    CHECK_INT(frond_generator_yield(NULL, NULL), FROND_EINVAL);
    frond_generator *gen = frond_generator_new(asks_itself, NULL);
    CHECK_INT(frond_generator_yield(gen, NULL), FROND_EPERM);
    CHECK_INT(frond_generator_next(gen, NULL), 0);
    frond_generator_free(gen);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"one after the other", one_after_the_other},
        {"freed in the middle", freed_in_the_middle},
        {"freed though it goes on", freed_though_it_goes_on},
        {"an error comes once", an_error_comes_once},
        {"waits in its hub", waits_in_its_hub},
        {"who asked is killed", who_asked_is_killed},
        {"misuse", misuse},
        {0}};
    test_clock_virtual();
    return test_main("generator", tests, argc, argv);
}
