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

/* "VmSize" or "VmRSS", in KiB. */
static long memory_kb(const char *which) {
    long kb = 0;
    char line[256];
    size_t n = strlen(which);
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, which, n) == 0 && sscanf(line + n, ": %ld", &kb) == 1)
            break;
    if (f)
        fclose(f);
    return kb;
}

/* qemu's user mode has all the address space of a 32-bit program from its start. */
static bool mapped_is_told(void) {
    long before = memory_kb("VmSize");
    void *p = mmap(NULL, 64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long with = memory_kb("VmSize");
    munmap(p, 64 << 20);
    return with - before >= 64 << 10;
}

/* ... and may keep what was given back. */
static bool resident_is_told(void) {
    size_t size = 64 << 20;
    char *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long before = memory_kb("VmRSS");
    memset(p, 1, size);
    long with = memory_kb("VmRSS");
    madvise(p, size, MADV_DONTNEED);
    long after = memory_kb("VmRSS");
    munmap(p, size);
    return with - before >= 60 << 10 && with - after >= 60 << 10;
}

enum { CROWD = 2000, DEEP = 48 * 1024 };

static frond_event stay;

static void *parks_deep(void *event) {
    char bytes[DEEP];
    memset(bytes, (int)((uintptr_t)&bytes >> 12), sizeof bytes);
    deepest = (uintptr_t)bytes;
    int rc = frond_event_wait(event, FROND_NEVER);
    for (size_t i = 0; i < sizeof bytes; i++)
        if (bytes[i] != (char)((uintptr_t)&bytes >> 12))
            return NULL;
    return rc == 0 ? event : NULL;
}

static void crowd(frond_greenlet **stayers, size_t n) {
    frond_event_clear(&gate);
    for (size_t i = 0; i < CROWD; i++) {
        if (i % (CROWD / 20) == 0 && n)
            stayers[--n] = frond_spawn(parks_deep, &stay);
        CHECK_INT(frond_go(parks_deep, &gate), 0);
    }
    frond_yield();
}

typedef struct {
    const char *key;
    long least; /* what it is to fall below */
} figure;

static bool is_below(void *arg) {
    const figure *f = arg;
    return memory_kb(f->key) < f->least;
}

/* In real time, and soon: one look finds what is free, the next, a second later, gives it back. */
static bool falls_below(const char *key, long least) {
    return eventually(is_below, &(figure){key, least});
}

/* After a crowd the hub waits for one thing only, and its memory goes back meanwhile: whole slabs, all
 * but one, where nobody stayed. */
static void slabs_go_back(void) {
    test_clock_real();
    frond_sleep(1);
    long before = memory_kb("VmSize"), resident = memory_kb("VmRSS");
    crowd(NULL, 0);
    long crowded = memory_kb("VmSize"), full = memory_kb("VmRSS");
    frond_event_set(&gate);
    while (frond_hub_greenlets())
        frond_yield();
    if (!under_sanitizer() && mapped_is_told()) {
        CHECK(crowded - before > CROWD * (long)(FROND_STACK_SIZE / 1024));
        CHECK(falls_below("VmSize", before + (crowded - before) / 20));
    }
    if (!under_sanitizer() && !under_valgrind() && resident_is_told()) {
        CHECK(full - resident > CROWD * DEEP / 1024);
        CHECK(falls_below("VmRSS", resident + (full - resident) / 20));
    }
}

/* At once, when asked for. */
static void demand_46(void) {
    test_clock_real();
    frond_sleep(1);
    long resident = memory_kb("VmRSS");
    crowd(NULL, 0);
    long full = memory_kb("VmRSS");
    frond_event_set(&gate);
    while (frond_hub_greenlets())
        frond_yield();
    frond_trim();
    if (!under_sanitizer() && !under_valgrind() && resident_is_told()) {
        CHECK(full - resident > CROWD * DEEP / 1024);
        CHECK(memory_kb("VmRSS") < resident + (full - resident) / 20);
    }
    crowd(NULL, 0); /* they are as good as new */
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    frond_trim();
    frond_hub_close(FROND_NEVER);
    frond_trim(); /* nothing is there */
}

/* Where somebody stayed in each slab, the memory of the others' stacks. */
static void stacks_go_back(void) {
    test_clock_real();
    frond_greenlet *stayers[20];
    frond_event_clear(&stay);
    frond_sleep(1);
    long resident = memory_kb("VmRSS");
    crowd(stayers, 20);
    long full = memory_kb("VmRSS");
    frond_event_set(&gate);
    while (frond_hub_greenlets() > 20)
        frond_yield();
    if (!under_sanitizer() && !under_valgrind() && resident_is_told())
        CHECK(falls_below("VmRSS", resident + (full - resident) / 10));
    crowd(NULL, 0);
    frond_event_set(&gate);
    frond_event_set(&stay);
    for (int i = 0; i < 20; i++) {
        void *value = NULL;
        CHECK_INT(frond_get(stayers[i], &value, FROND_NEVER), 0);
        CHECK(value == &stay);
        frond_release(stayers[i]);
    }
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
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
        limit.rlim_cur = (rlim_t)memory_kb("VmSize") * 1024 + (64 << 20);
        if (!memory_kb("VmSize") || setrlimit(RLIMIT_AS, &limit) < 0 || !limit_is_kept())
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
        {"slabs go back", slabs_go_back},
        {"demand 46: stacks go back at once", demand_46},
        {"stacks go back", stacks_go_back},
        {"no address space", no_address_space},
        {"demand 45: overflow hits the guard", overflow_hits_the_guard},
        {0}};
    test_clock_virtual();
    return test_main("stack on POSIX", tests, argc, argv);
}
