/* SPDX-License-Identifier: MIT */
/* The one list of tests that are left out where a system is emulated, each with its reason. */
#include "skips.h"

#include "os.h"
#include <stddef.h>
#include <string.h>

static const struct {
    const char *emulator; /* as os_emulator says it */
    const char *suite, *test;
    const char *why;
} skips[] = {
    {"wine", "signal", "wait for one", "Wine has no console that sends Ctrl-Break"},
    {"wine", "signal", "kept until waited for",
     "Wine has no console that sends Ctrl-Break"},
    {"wine", "signal", "two receivers", "Wine has no console that sends Ctrl-Break"},
    {"wine", "signal", "sleeps are not cut short",
     "Wine has no console that sends Ctrl-Break"},
    {"wine", "stack", "a hundred thousand parked",
     "Wine needs three of the kernel's mappings for a stack"},
    {"wine", "stream", "reset by peer",
     "Wine's poll takes the error that a call is to answer"},
    {"wine", "udp", "connected", "Wine's poll takes the error that a call is to answer"},
    {"wine", "udp", "receives after a refusal",
     "Wine's poll takes the error that a call is to answer"},
};

const char *skip_reason(const char *suite, const char *test) {
    const char *emulator = os_emulator();
    for (size_t i = 0; emulator && i < sizeof skips / sizeof skips[0]; i++)
        if (strcmp(skips[i].emulator, emulator) == 0 &&
            strcmp(skips[i].suite, suite) == 0 && strcmp(skips[i].test, test) == 0)
            return skips[i].why;
    return NULL;
}
