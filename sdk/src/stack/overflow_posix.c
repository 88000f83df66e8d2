/* SPDX-License-Identifier: MIT */
/* Stack overflows, by name.  A fault in a guard of ours prints which greenlet ran out of stack and
 * what to do, then dies of the signal as the program would have; every other fault goes to whoever
 * handled it before.  The handler runs on a stack of its own and only writes. */
#include "core.h"
#include "os/os.h"
#include "stack/overflow.h"
#include "stack/stack.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALT_STACK = 64 * 1024 };

static struct sigaction old_segv, old_bus;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static FROND_THREAD_LOCAL void *alt_stack; /* ours, when the thread had none */

static void pass_on(const struct sigaction *old, int number, siginfo_t *info,
                    void *context) {
    if (old->sa_flags & SA_SIGINFO) {
        old->sa_sigaction(number, info, context);
    } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(number);
    } else {
        struct sigaction fatal = {.sa_handler = SIG_DFL};
        sigaction(number, &fatal, NULL); /* a fault happens again on return */
        if (info->si_code <= 0)
            raise(number); /* one that somebody sent does not */
    }
}

static void faulted(int number, siginfo_t *info, void *context) {
    frond_hub *h = frond__self;
    frond_greenlet *g = h ? frond__stack_guard_hit(h->stacks, info->si_addr) : NULL;
    if (g)
        frond__overflow_tell(g);
    pass_on(number == SIGSEGV ? &old_segv : &old_bus, number, info, context);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = faulted,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &old_segv);
    sigaction(SIGBUS, &action, &old_bus); /* what macOS sends */
}

void frond__overflow_begin(void) {
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE)) {
        alt_stack = mmap(NULL, ALT_STACK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (alt_stack == MAP_FAILED) {
            alt_stack = NULL;
        } else {
            stack_t ours = {.ss_sp = alt_stack, .ss_size = ALT_STACK};
            sigaltstack(&ours, NULL);
        }
    }
    pthread_once(&once, install);
}

void frond__overflow_end(void) {
    if (!alt_stack)
        return;
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(alt_stack, ALT_STACK);
    alt_stack = NULL;
}
