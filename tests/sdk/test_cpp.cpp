/* SPDX-License-Identifier: MIT */
/* C++ in greenlets: exceptions inside one, and those that leave it. */
#include "support.h"

#include <frond/greenlet.hpp>
#include <memory>
#include <string>
#include <vector>

namespace {

struct noisy {
    const char *word;
    explicit noisy(const char *w) : word(w) {
    }
    ~noisy() {
        log_add(word);
    }
};

int depth(int n) {
    noisy frame("f");
    if (n == 0)
        throw std::runtime_error("deep");
    return depth(n - 1) + 1;
}

void thrown_and_caught_inside() {
    for (int i = 0; i < 2; i++)
        frond_release(frond::spawn([] {
            try {
                depth(3);
            } catch (const std::exception &e) {
                log_add(e.what());
            }
            frond_yield();
        }));
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "f f f f deep f f f f deep");
}

void escaping_ones_are_failures() {
    frond_greenlet *g = frond::spawn([] {
        noisy frame("unwound");
        throw std::runtime_error("out of ideas");
    });
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EUNKNOWN);
    CHECK_TEXT(frond_error_text(), "out of ideas");
    CHECK_TEXT(log_text(), "unwound");
    frond_release(g);
    g = frond::spawn([] { frond::check(frond_sleep(10000)); });
    frond_yield();
    frond_kill(g, FROND_EPIPE, FROND_NEVER);
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_ECANCELED);
    frond_release(g);
    g = frond::spawn([] { throw 42; });
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_EUNKNOWN);
    CHECK_HAS(frond_error_text(), "no std::exception");
    frond_release(g);
    g = frond::spawn([] { throw std::bad_alloc(); });
    CHECK_INT(frond_get(g, NULL, FROND_NEVER), FROND_ENOMEM);
    frond_release(g);
}

void reported_with_the_name() {
    frond_spawn_options options = frond_spawn_options();
    options.name = "thinker";
    capture_begin();
    frond_release(
        frond::spawn([] { throw std::runtime_error("out of ideas"); }, options));
    frond_hub_join(FROND_NEVER);
    const char *report = capture_end();
    CHECK_HAS(report, "\"thinker\"");
    CHECK_HAS(report, "failed: out of ideas (FROND_EUNKNOWN)");
}

/* What a callable owns lives as long as its greenlet, run or not. */
void owned_values() {
    std::shared_ptr<int> value = std::make_shared<int>(5);
    int sum = 0;
    frond_greenlet *g = frond::spawn([value, &sum] { sum += *value; });
    CHECK_INT(value.use_count(), 2);
    frond_join(g, FROND_NEVER);
    CHECK_INT(value.use_count(), 1);
    CHECK_INT(sum, 5);
    frond_release(g);
    g = frond::spawn([value, &sum] { sum += *value; });
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_INT(value.use_count(), 1);
    CHECK_INT(sum, 5);
    frond_release(g);
}

void *catches(void *arg) {
    std::vector<std::string> words(3, "long enough to be allocated somewhere");
    volatile size_t beyond = 7;
    try {
        log_add(words.at(beyond).c_str());
    } catch (const std::out_of_range &) {
        log_add("caught");
    }
    return arg;
}

/* Raw greenlets and those of C as well. */
void in_raw_ones() {
    frond_greenlet *g = frond_greenlet_new(catches, NULL);
    void *value = NULL;
    CHECK_INT(frond_switch(g, &value, &value), 0);
    CHECK(value == &value);
    CHECK_TEXT(log_text(), "caught");
    frond_release(g);
}

void checks() {
    CHECK_INT(frond::check(7), 7);
    bool caught = false;
    try {
        frond::check(frond_sleep(0) - 1000);
    } catch (const frond::error &e) {
        caught = e.code() == -1000;
    }
    CHECK(caught);
}

} // namespace

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"thrown and caught inside", thrown_and_caught_inside},
        {"escaping ones are failures", escaping_ones_are_failures},
        {"reported with the name", reported_with_the_name},
        {"owned values", owned_values},
        {"in raw ones", in_raw_ones},
        {"checks", checks},
        {NULL, NULL}};
    return test_main("C++", tests, argc, argv);
}
