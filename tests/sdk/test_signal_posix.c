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

int main(int argc, char **argv) {
    static const test_case tests[] = {{"default action again", default_action_again},
                                      {0}};
    return test_main("signal on POSIX", tests, argc, argv);
}
