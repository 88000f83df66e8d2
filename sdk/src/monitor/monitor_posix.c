/* SPDX-License-Identifier: MIT */
/* The monitor on POSIX: a pipe wakes it, and a signal has a thread look at itself.
 *
 * That signal is SIGURG: programs ignore it unless they ask for it, and those who do are used to one too many,
 * so that one which arrives late, at a thread that had it blocked, does no harm.  Its handler is there from the
 * first look on and passes on what it has not asked for. */
#include "monitor/monitor.h"

#include "monitor/signal_pc.h"
#include "report/backtrace.h"
#include <errno.h>
#include <fcntl.h>
#include <frond/impl/process.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_SIGNAL = SIGURG,
    LOOK_MS = 2000 /* until a thread that was asked has looked */
};

static _Atomic int waker_in = -1, waker_out = -1; /* the ends of the pipe */
static int dump_signal;
static struct sigaction before_dump, before_look;
static bool looks; /* the handler is there */

/* ---- waking ---- */

static void wake(char what) {
    int fd = atomic_load(&waker_in), error = errno;
    if (fd >= 0)
        (void)!write(fd, &what, 1); /* a full pipe has woken it already */
    errno = error;
}

static void dump_wanted(int number) {
    (void)number;
    wake('d');
}

static bool pipe_open(int ends[2]) {
    frond_opening_begin();
    bool opened = pipe(ends) == 0;
    for (int i = 0; opened && i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    frond_opening_end();
    return opened;
}

int frond__waker_begin(int signal) {
    int ends[2];
    if (!pipe_open(ends))
        return FROND_ENOMEM;
    atomic_store(&waker_out, ends[0]);
    atomic_store(&waker_in, ends[1]);
    dump_signal = signal;
    struct sigaction action = {.sa_handler = dump_wanted,
                               .sa_flags = SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (signal)
        sigaction(signal, &action, &before_dump);
    return 0;
}

/* Gives a signal back, unless somebody has taken it since. */
static void restore(int number, void (*plain)(int),
                    void (*full)(int, siginfo_t *, void *),
                    const struct sigaction *before) {
    struct sigaction now;
    sigaction(number, NULL, &now);
    bool ours = now.sa_flags & SA_SIGINFO ? full && now.sa_sigaction == full
                                          : plain && now.sa_handler == plain;
    if (ours)
        sigaction(number, before, NULL);
}

void frond__waker_forget(void) {
    if (dump_signal)
        restore(dump_signal, dump_wanted, NULL, &before_dump);
    dump_signal = 0;
    int in = atomic_exchange(&waker_in, -1), out = atomic_exchange(&waker_out, -1);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
}

void frond__waker_end(void) {
    frond__waker_forget();
}

void frond__waker_stop(void) {
    wake('s');
}

unsigned frond__waker_wait(int ms) {
    char bytes[16];
    unsigned what = 0;
    struct pollfd p = {.fd = atomic_load(&waker_out), .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return 0;
    ssize_t n = read(p.fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++)
        what |= bytes[i] == 's' ? FROND__MONITOR_STOP : FROND__MONITOR_DUMP;
    return what;
}

static FROND_THREAD_LOCAL sigset_t mask_before;

void frond__signals_mask(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &mask_before);
}

void frond__signals_unmask(void) {
    pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
}

/* ---- looking ---- */

enum { IDLE, ASKED, LOOKING, LOOKED };

static _Atomic int state = IDLE;
static frond__sample sample; /* whose handler may run late: kept for good */

/* Those above the interrupted one are ours.  Where the unwinder has not found the way out of the handler (musl's
 * x86-64 tells nobody) all there is to say is where the thread stands. */
static void look(void *context) {
    if (!frond__sample_look(&sample))
        return;
    void *pc = FROND_SIGNAL_PC(context);
    int cap = (int)(sizeof sample.frames / sizeof sample.frames[0]);
    int n = frond__unwind(sample.frames, cap, 0), own = 0;
    while (own < n && sample.frames[own] != pc)
        own++;
    memmove(sample.frames, sample.frames + own, (size_t)(n - own) * sizeof(void *));
    sample.n = n - own;
    if (sample.n == 0 && pc)
        sample.frames[sample.n++] = pc;
}

static void interrupted(int number, siginfo_t *info, void *context) {
    int error = errno, asked = ASKED;
    frond_hub *h = frond__self;
    if (h && atomic_load(&state) == ASKED && sample.hub == h &&
        atomic_compare_exchange_strong(&state, &asked, LOOKING)) {
        look(context);
        atomic_store(&state, LOOKED);
    } else if (before_look.sa_flags & SA_SIGINFO) {
        before_look.sa_sigaction(number, info, context);
    } else if (before_look.sa_handler != SIG_DFL && before_look.sa_handler != SIG_IGN) {
        before_look.sa_handler(number);
    }
    errno = error;
}

/* Whoever has taken the signal since is asked after us. */
static void handle_looks(void) {
    struct sigaction action = {.sa_sigaction = interrupted,
                               .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK},
                     now;
    sigemptyset(&action.sa_mask);
    sigaction(LOOK_SIGNAL, NULL, &now);
    if (looks && (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == interrupted)
        return;
    looks = true;
    before_look = now;
    sigaction(LOOK_SIGNAL, &action, NULL);
}

void frond__sample_end(void) {
    if (looks)
        restore(LOOK_SIGNAL, NULL, interrupted, &before_look);
    looks = false;
}

void frond__sample_enroll(frond_hub *h) {
    pthread_t self = pthread_self();
    memcpy(&h->watch.thread, &self, sizeof self);
}

_Static_assert(sizeof(pthread_t) <= sizeof(uintptr_t), "a hub has room for a thread");

bool frond__sample_take(frond__sample *s, uint64_t number) {
    (void)number;
    pthread_t thread;
    int expected = ASKED;
    if (atomic_load(&state) == LOOKING)
        return false; /* an earlier one still looks */
    memcpy(&thread, &s->hub->watch.thread, sizeof thread);
    handle_looks();
    sample = *s;
    atomic_store(&state, ASKED);
    if (pthread_kill(thread, LOOK_SIGNAL) != 0) {
        atomic_store(&state, IDLE);
        return false;
    }
    for (int i = 0; i < LOOK_MS && atomic_load(&state) != LOOKED; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (atomic_compare_exchange_strong(&state, &expected, IDLE) || expected != LOOKED)
        return false;
    atomic_store(&state, IDLE);
    *s = sample;
    return true;
}
