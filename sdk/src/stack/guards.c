/* SPDX-License-Identifier: MIT */
/* Which stacks get a guard.  All, where guards cost nothing that runs out.  Where each takes mappings, the
 * guards of all threads are counted, so that a program which may go on without some keeps mappings in
 * reserve: its allocator, its libraries and its threads need them too.  How many mappings those have is
 * looked up for every slab that is made. */
#include "stack/guards.h"

#include "os/os.h"
#include <frond/impl/fail.h>
#include <frond/impl/settings.h>
#include <frond/stack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

static atomic_int chosen = -1; /* frond_guards, by the program; -1: as the setting says */
static atomic_size_t guards;   /* there are */
static atomic_size_t most =
    SIZE_MAX; /* that there may be, if only a share of the stacks has one */

int frond_guards_set(frond_guards wanted) {
    if (wanted != FROND_GUARDS_ALL && wanted != FROND_GUARDS_SHARE)
        return FROND_EINVAL;
    atomic_store(&chosen, (int)wanted);
    return 0;
}

static bool is_shared(void) {
    int here = atomic_load(&chosen);
    uint64_t wanted = here >= 0 ? (uint64_t)here : 0;
    if (here < 0) /* the words are in the order of frond_guards */
        frond_config_number(FROND_SETTING_STACK_GUARDS, &wanted);
    return wanted == FROND_GUARDS_SHARE && frond__os_guards_limited();
}

void frond__guards_plan(void) {
    if (is_shared())
        atomic_store(&most, frond__os_guards_most(atomic_load(&guards)));
}

int frond__guards_stack(char *bottom, size_t guard, size_t size) {
    bool shared = is_shared();
    if (shared && atomic_load(&guards) >= atomic_load(&most))
        return 0;
    if (frond__os_stack(bottom, guard, size)) {
        atomic_fetch_add(&guards, 1);
        return 1;
    }
    if (shared)
        return 0;
    char why[300];
    return frond_fail_text(FROND_ENOMEM, "spawn: %s",
                           frond__os_stack_refused(why, sizeof why));
}

void frond__guards_gone(size_t n) {
    atomic_fetch_sub(&guards, n);
}
