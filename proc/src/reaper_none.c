/* SPDX-License-Identifier: MIT */
/* Where no process gets the children of others. */
#include "reaper.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/process.h>

void frond__reaper_begin(int64_t pid) {
    (void)pid;
}

void frond__reaper_end(int64_t pid) {
    (void)pid;
}

int frond_reaper_enable(void) {
    return frond_fail_set(FROND_ENOSYS, "reaper");
}

void frond_reaper_disable(void) {
}
