/* SPDX-License-Identifier: MIT */
/* Signals whose default action is the end of a process: in a forked child. */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Once nobody receives it, a signal does what it did before. */
static void default_action_again(void) {
    if (under_thread_sanitizer()) /* which delivers no signals in a forked child */
        return;
    pid_t pid = fork();
    if (pid == 0) {
        const int number = SIGUSR1;
        frond_signal *s = NULL;
        if (frond_signal_open(&number, 1, &s) < 0)
            _exit(3);
        kill(getpid(), SIGUSR1);
        if (frond_signal_wait(s, NULL, FROND_NEVER) < 0)
            _exit(1);
        frond_signal_free(s);
        kill(getpid(), SIGUSR1);
        _exit(2);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

/* ---- interrupted programs ---- */

static void *interrupts_again(void *number) {
    kill(getpid(), SIGINT);
    while (frond_sleep(3600000) == 0) {}
    frond_shield_begin(FROND_FOREVER);
    if (number)
        kill(getpid(), (int)(intptr_t)number); /* the user has no patience */
    frond_shield_end();
    return NULL;
}

static int in_a_child(int number, bool ignored) {
    pid_t pid = fork();
    if (pid == 0) {
        if (ignored)
            signal(SIGINT, SIG_IGN);
        int rc = frond_run(interrupts_again, (void *)(intptr_t)number, NULL,
                           ignored ? frond_in(100) : FROND_NEVER);
        _exit(rc == FROND_ETIMEDOUT ? 100 : rc);
    }
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

static void a_second_one_ends_it(void) {
    if (under_thread_sanitizer())
        return;
    int status = in_a_child(0, false);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIGINT);
    status = in_a_child(SIGINT, false);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

/* A program in the background of a shell without job control. */
static void ignored_ones_stay_ignored(void) {
    if (under_thread_sanitizer())
        return;
    int status = in_a_child(0, true);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 100);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"default action again", default_action_again},
        {"a second one ends it", a_second_one_ends_it},
        {"ignored ones stay ignored", ignored_ones_stay_ignored},
        {0}};
    return test_main("signal on POSIX", tests, argc, argv);
}
