/* SPDX-License-Identifier: MIT */
#include "skips.h"

#include "os.h"
#include <stddef.h>
#include <string.h>

static const struct {
    const char *emulator, *suite, *test, *why;
} skips[] = {
#define SKIP(emulator, suite, test, why) {emulator, suite, test, why},
#include "skips.def"
};

const char *skip_reason(const char *suite, const char *test) {
    const char *emulator = os_emulator();
    for (size_t i = 0; emulator && i < sizeof skips / sizeof skips[0]; i++)
        if (strcmp(skips[i].emulator, emulator) == 0 &&
            strcmp(skips[i].suite, suite) == 0 && strcmp(skips[i].test, test) == 0)
            return skips[i].why;
    return NULL;
}
