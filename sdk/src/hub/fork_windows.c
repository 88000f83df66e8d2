/* SPDX-License-Identifier: MIT */
/* There is no fork here: a process has one generation, and nothing inherits its descriptors. */
#include "hub/fork.h"

#include "ensure.h"
#include <frond/fork.h>
#include <frond/impl/fail.h>
#include <frond/impl/process.h>

uint64_t frond_generation(void) {
    return 0;
}

int64_t frond_fork(const frond_fork_options *o, frond_deadline d) {
    (void)o;
    (void)d;
    return frond_fail_set(FROND_ENOSYS, "fork");
}

int frond_atfork(frond_atfork_fn prepare, frond_atfork_fn parent, frond_atfork_fn child,
                 void *arg) {
    (void)arg;
    return prepare || parent || child ? 0 : frond_fail_set(FROND_EINVAL, "atfork");
}

int frond_atfork_remove(frond_atfork_fn prepare, frond_atfork_fn parent,
                        frond_atfork_fn child, void *arg) {
    return frond_atfork(prepare, parent, child, arg) < 0
               ? frond_fail_set(FROND_ENOENT, "atfork")
               : 0;
}

frond_hub *frond__fork_inherited(void) {
    return NULL;
}

void frond__fork_watch(void) {
}

void frond__atfork_inherited(frond_hub *h) {
    (void)h;
}

void frond__fork_leave(frond_greenlet *g) {
    (void)g;
    FROND_UNREACHABLE("a fork on Windows");
}

void frond__job_begin(void) {
}

void frond__job_end(void) {
}

void frond_descriptor_opened(intptr_t fd) {
    (void)fd;
}

void frond_descriptor_closing(intptr_t fd) {
    (void)fd;
}

int frond_descriptor_noted(intptr_t fd) {
    (void)fd;
    return 0;
}
