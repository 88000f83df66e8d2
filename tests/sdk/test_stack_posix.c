/* SPDX-License-Identifier: MIT */
/* Stacks as POSIX shows them: what is mapped, limits, and overflows in forked children. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static frond_event gate;

static void *parks(void *arg) {
    return frond_event_wait(&gate, FROND_NEVER) == 0 ? arg : NULL;
}

static volatile uintptr_t deepest; /* the frames must be there, each of them */

static int use(size_t bytes) {
    volatile char block[1024];
    block[0] = (char)bytes;
    deepest = (uintptr_t)block;
    return bytes > sizeof block ? use(bytes - sizeof block) + block[0] : 1;
}

/* After a crowd, the memory of its stacks goes back while the hub idles. */
static long mapped_kb(void) {
    long kb = 0;
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmSize: %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

/* qemu's user mode has all the address space of a 32-bit program from its start. */
static bool mapped_is_told(void) {
    long before = mapped_kb();
    void *p = mmap(NULL, 64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long with = mapped_kb();
    munmap(p, 64 << 20);
    return with - before >= 64 << 10;
}

static void trimmed(void) {
    frond_sleep(1);
    long before = mapped_kb();
    frond_event_clear(&gate);
    for (int i = 0; i < 2000; i++)
        frond_go(parks, NULL);
    frond_yield();
    long crowded = mapped_kb();
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_sleep(1100);
    frond_sleep(1100); /* looks once a second, when it has nothing to do */
    if (!under_sanitizer() && mapped_is_told()) {
        CHECK(crowded - before > 2000 * (long)(FROND_STACK_SIZE / 1024));
        CHECK(mapped_kb() - before < (crowded - before) * 3 / 4);
    }
}

/* qemu's user mode takes the limit and does nothing. */
static bool limit_is_kept(void) {
    size_t more = 128 << 20;
    void *p = mmap(NULL, more, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return true;
    munmap(p, more);
    return false;
}

/* In a child: a limit on address space must be told, not crash, and ends with the limit. */
static void no_address_space(void) {
    if (under_sanitizer() || under_valgrind())
        return;
    pid_t pid = fork();
    if (pid == 0) {
        frond_sleep(1);
        struct rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        rlim_t old = limit.rlim_cur;
        limit.rlim_cur = (rlim_t)mapped_kb() * 1024 + (64 << 20);
        if (!mapped_kb() || setrlimit(RLIMIT_AS, &limit) < 0 || !limit_is_kept())
            _exit(77);
        frond_event_clear(&gate);
        int n = 0;
        while (frond_go(parks, NULL) == 0 && n < 100000)
            n++;
        if (n < 50 || n == 100000)
            _exit(1);
        if (frond_error_code() != FROND_ENOMEM ||
            !strstr(frond_error_text(), "no address space for stacks of"))
            _exit(2);
        frond_spawn_options o = {.stack_size = FROND_STACK_MAX};
        if (frond_spawn_with(&o, parks, NULL) || frond_error_code() != FROND_ENOMEM)
            _exit(3);
        limit.rlim_cur = old;
        setrlimit(RLIMIT_AS, &limit);
        if (frond_go(parks, NULL) < 0)
            _exit(4);
        frond_event_set(&gate);
        if (frond_hub_join(FROND_NEVER) < 0)
            _exit(5);
        _exit(0);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        printf("(skipped: there is no limit on address space) ");
    else
        CHECK_INT(WEXITSTATUS(status), 0);
}

/* Deep enough to meet the guard. */
static void *overflows(void *arg) {
    volatile int sum = use((size_t)1 << 30);
    (void)sum;
    return arg;
}

static void overflow_hits_the_guard(void) {
    if (under_sanitizer() || under_valgrind())
        return;
    static const size_t stacks[] = {0, 32768, 1 << 20};
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        int fds[2];
        CHECK_INT(pipe(fds), 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            dup2(fds[1], 2);
            frond_spawn_options o = {.stack_size = stacks[i], .name = "too deep"};
            frond_greenlet *neighbour = frond_spawn(parks, NULL);
            frond_greenlet *g = frond_spawn_with(&o, overflows, NULL);
            frond_join(g, FROND_NEVER);
            frond_release(neighbour);
            _exit(0);
        }
        close(fds[1]);
        char text[1024];
        ssize_t n = 0, got;
        while ((got = read(fds[0], text + n, sizeof text - 1 - (size_t)n)) > 0)
            n += got;
        text[n] = '\0';
        close(fds[0]);
        int status = 0;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFSIGNALED(status));
        CHECK_HAS(text, "frond: stack overflow in greenlet");
        CHECK_HAS(text, "\"too deep\"");
        CHECK_HAS(text, "frond_spawn_options.stack_size");
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"trimmed", trimmed},
        {"no address space", no_address_space},
        {"overflow hits the guard", overflow_hits_the_guard},
        {0}};
    test_clock_virtual();
    return test_main("stack on POSIX", tests, argc, argv);
}
