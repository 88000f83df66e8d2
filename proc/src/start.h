/* SPDX-License-Identifier: MIT */
/* Starting processes inside proc: what the two methods share, and what the system does. */
#ifndef FROND_SRC_START_H
#define FROND_SRC_START_H

#include <frond/proc.h>
#include <stdbool.h>

enum { FROND__CHILD_PIPES = 64, FROND__CHILD_ARGS = 16 << 20 };

struct frond_child {
    void *args; /* owned */
    size_t args_len;
    frond_pipe *pipes[FROND__CHILD_PIPES];
    size_t n_pipes;
    frond_pipe *control;
};

/* The table given to frond_init; NULL before. */
const frond_entry *frond__entries(void);
const frond_entry *frond__entry_find(const char *name);

/* What the parent tells a spawned child first; what a child answers is one message: empty when it is
 * ready, else a FROND_E* as text. */
typedef struct {
    uint64_t version;
    uint64_t n_pipes;
    uint64_t max_message[FROND__CHILD_PIPES];
    char entry[128];
} frond__bootstrap;

#define FROND__BOOTSTRAP_VERSION ((uint64_t)0x66726f6e64000100)

/* Runs the entry and ends the process with its result. */
FROND_NORETURN void frond__child_run(frond_child *self, const frond_entry *entry,
                                     bool forked);

/* Starts this program again with the descriptors at 3, 4, ...; 0 with its number, or an error. */
int frond__os_spawn_self(const intptr_t *fds, size_t n, int64_t *pid);
/* Says in the environment of the next spawn which descriptor to begin with; the number in this
 * process's, or -1; it is taken out of the environment. */
intptr_t frond__os_child_descriptor(void);

/* Watching one child.  The watch descriptor is readable once it has ended; -1: there is none. */
intptr_t frond__os_watch(int64_t pid);
/* True when it has ended, with its status as frond_process_join gives it; then it is reaped. */
bool frond__os_reap(int64_t pid, int *status);
int frond__os_signal(int64_t pid, intptr_t watch, int number);
void frond__os_close(intptr_t fd);

#endif
