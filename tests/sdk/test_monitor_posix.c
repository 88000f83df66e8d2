/* SPDX-License-Identifier: MIT */
/* The monitor across forks, and beside handlers of the program's own. */
#include "support.h"

#include <frond/fork.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_MS = 20000 };

static atomic_int begins;

static int notes(const frond_notice *n, void *arg) {
    (void)n;
    (void)arg;
    begins++;
    return 1;
}

static void blocks_until_noticed(void) {
    for (int i = 0; i < LONG_MS && begins == 0; i++)
        busy_ms(1);
}

static void watch(void) {
    frond_hub_close(FROND_NEVER);
    begins = 0;
    CHECK_INT(frond_config_set("FROND_MAX_BLOCKING_MS", "100"), 0);
    CHECK_INT(frond_notice_subscribe(FROND_NOTICE_BLOCKING, notes, NULL), 0);
}

static void unwatch(void) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_notice_unsubscribe(notes, NULL), 1);
    CHECK_INT(frond_config_set("FROND_MAX_BLOCKING_MS", NULL), 0);
}

static void *blocks(void *arg) {
    blocks_until_noticed();
    return arg;
}

static void block(void) {
    CHECK_INT(frond_sleep(1), 0); /* whatever was before is over */
    begins = 0;
    frond_greenlet *g = frond_spawn(blocks, NULL);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    frond_release(g);
}

static int exit_status(int64_t pid) {
    int status = -1;
    if (waitpid((pid_t)pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

/* In a child: whether its hub is watched. */
static int is_watched(void) {
    begins = 0;
    frond_greenlet *g = frond_spawn(blocks, NULL);
    if (!g || frond_join(g, FROND_NEVER) < 0)
        return 8;
    return begins == 1 ? 0 : 9;
}

static void after_frond_fork(void) {
    watch();
    block();
    int64_t pid = frond_fork(NULL, FROND_NEVER);
    if (pid == 0)
        _exit(is_watched());
    CHECK_INT(exit_status(pid), 0);
    CHECK_INT(begins, 1);
    block();
    CHECK_INT(begins, 1);
    unwatch();
}

static void after_fork(void) {
    watch();
    block();
    pid_t pid = fork();
    if (pid == 0)
        _exit(is_watched());
    CHECK_INT(exit_status(pid), 0);
    pid = fork();
    if (pid == 0)
        _exit(0); /* it never makes a hub */
    CHECK_INT(exit_status(pid), 0);
    block();
    CHECK_INT(begins, 1);
    unwatch();
}

/* A child has its parent's, whatever has become of the environment since. */
static void settings_of_a_child(void) {
    frond_hub_close(FROND_NEVER);
    CHECK_INT(frond_sleep(0), 0);
    setenv("FROND_DNS_TRIES", "none", 1);
    pid_t pid = fork();
    if (pid == 0) {
        int rc = frond_config_set("FROND_DNS_TRIES", "1") == FROND_EBUSY &&
                         frond_sleep(0) == 0 && frond_hub_close(FROND_NEVER) == 0
                     ? 0
                     : 1;
        unsetenv("FROND_DNS_TRIES");
        _exit(rc == 0 && frond_config_set("FROND_DNS_TRIES", "1") == 0 ? 0 : 2);
    }
    CHECK_INT(exit_status(pid), 0);
    unsetenv("FROND_DNS_TRIES");
}

static void fork_now(void *arg) {
    pid_t pid = fork();
    if (pid == 0)
        _exit(is_watched());
    *(int *)arg = exit_status(pid);
}

/* By a thread that has no hub, while the monitor is at work. */
static void forks_of_other_threads(void) {
    watch();
    CHECK_INT(frond_sleep(1), 0);
    for (int i = 0; i < 5; i++) {
        int status = -1;
        thread_run(fork_now, &status);
        CHECK_INT(status, 0);
    }
    block();
    CHECK_INT(begins, 1);
    unwatch();
}

/* ---- the program's own handlers ---- */

static atomic_int urgent;

static void is_urgent(int number) {
    (void)number;
    urgent++;
}

static void signals_of_the_program(void) {
    struct sigaction own = {.sa_handler = is_urgent}, before, now;
    sigemptyset(&own.sa_mask);
    sigaction(SIGURG, &own, &before);
    watch();
    block();
    CHECK_INT(begins, 1);
    CHECK_INT(urgent, 0); /* those of the monitor are not passed on */
    raise(SIGURG);
    CHECK_INT(urgent, 1); /* and its own still come */
    unwatch();
    sigaction(SIGURG, NULL, &now);
    CHECK(now.sa_handler == is_urgent); /* it is given back */
    sigaction(SIGURG, &before, NULL);
}

static atomic_int asked;

static void is_asked(int number) {
    (void)number;
    asked++;
}

static void the_signal_for_dumps_is_given_back(void) {
    frond_hub_close(FROND_NEVER);
    struct sigaction own = {.sa_handler = is_asked}, before, now;
    sigemptyset(&own.sa_mask);
    sigaction(SIGUSR2, &own, &before);
    CHECK_INT(frond_config_set("FROND_DUMP_SIGNAL", "USR2"), 0);
    CHECK_INT(frond_sleep(1), 0);
    sigaction(SIGUSR2, NULL, &now);
    CHECK(now.sa_handler != is_asked);
    pid_t pid = fork(); /* in a child it is the program's again, until there is a hub */
    if (pid == 0) {
        raise(SIGUSR2);
        _exit(asked == 1 ? 0 : 9);
    }
    CHECK_INT(exit_status(pid), 0);
    frond_hub_close(FROND_NEVER);
    sigaction(SIGUSR2, NULL, &now);
    CHECK(now.sa_handler == is_asked);
    CHECK_INT(frond_config_set("FROND_DUMP_SIGNAL", NULL), 0);
    sigaction(SIGUSR2, &before, NULL);
}

/* The thread that watches gets none of the program's signals. */
static void the_monitor_gets_no_signals(void) {
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGUSR2);
    watch();
    CHECK_INT(frond_sleep(1), 0);
    pthread_sigmask(SIG_BLOCK, &only, NULL);
    kill(getpid(), SIGUSR2); /* its action is the default: whoever took it would die */
    block_ms(50);
    sigset_t pending;
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGUSR2) == 1);
    signal(SIGUSR2, SIG_IGN);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    signal(SIGUSR2, SIG_DFL);
    unwatch();
}

/* No SIGPIPE ends the program. */
static void dumps_that_nobody_reads(void) {
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    close(ends[0]);
    CHECK_INT(frond_dump(ends[1]), FROND_EIO);
    CHECK_INT(frond_config_print(ends[1]), FROND_EIO);
    close(ends[1]);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"case 55: after frond_fork", after_frond_fork},
        {"case 55: after fork", after_fork},
        {"case 55: forks of other threads", forks_of_other_threads},
        {"settings of a child", settings_of_a_child},
        {"signals of the program", signals_of_the_program},
        {"the signal for dumps is given back", the_signal_for_dumps_is_given_back},
        {"the monitor gets no signals", the_monitor_gets_no_signals},
        {"dumps that nobody reads", dumps_that_nobody_reads},
        {0},
    };
    return test_main("monitor on POSIX", tests, argc, argv);
}
