/* SPDX-License-Identifier: MIT */
/* Guards on a kernel that makes them by mprotect, at two mappings each: this one is made to look like
 * such, by a filter that refuses to mark pages, and its mappings are used up by pages that differ from
 * their neighbours. */
#include "support.h"
#include <support/os.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUARD_INSTALL = 102, ROOM = 400 /* mappings that a test leaves */ };

/* The kernel says of madvise(..., MADV_GUARD_INSTALL) what those before 6.13 say. */
static bool guards_refused(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GUARD_INSTALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static long mappings_allowed(void) {
    long n = 0;
    FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
    if (f) {
        if (fscanf(f, "%ld", &n) != 1)
            n = 0;
        fclose(f);
    }
    return n;
}

/* ---- using up the mappings ---- */

static char *stripes;
static size_t stripes_size;

/* Leaves about `room` mappings; false where there is no such limit. */
static bool use_up_mappings(size_t room) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), most = (size_t)mappings_allowed();
    if (most == 0 || most > 200000)
        return false;
    stripes_size = 2 * most * page;
    stripes = mmap(NULL, stripes_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stripes == MAP_FAILED)
        return false;
    size_t n = 0;
    while (n < most && mprotect(stripes + 2 * n * page, page, PROT_NONE) == 0)
        n++;
    if (n == most || errno != ENOMEM || n < room / 2) {
        munmap(stripes, stripes_size);
        return false;
    }
    for (size_t i = 0; i < room / 2; i++)
        mprotect(stripes + 2 * --n * page, page, PROT_READ);
    return true;
}

static void give_mappings_back(void) {
    munmap(stripes, stripes_size);
}

/* ---- greenlets that park, deep in their stacks ---- */

static frond_event gate;
static size_t went_on;

static void *parks(void *arg) {
    volatile char frame[8000];
    for (size_t i = 0; i < sizeof frame; i += 100)
        frame[i] = (char)((uintptr_t)arg + i);
    int rc = frond_event_wait(&gate, FROND_NEVER);
    for (size_t i = 0; i < sizeof frame; i += 100)
        if (frame[i] != (char)((uintptr_t)arg + i))
            return NULL;
    went_on += rc == 0;
    return arg;
}

static size_t park(size_t most) {
    size_t n = 0;
    frond_event_clear(&gate);
    went_on = 0;
    while (n < most && frond_go(parks, (void *)n) == 0)
        n++;
    frond_yield();
    return n;
}

static void unpark(size_t n) {
    frond_event_set(&gate);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    CHECK_INT(went_on, n);
}

static void all_or_none(void) {
    CHECK_INT(frond_guards_set(FROND_GUARDS_ALL), 0);
    CHECK(frond_hub_current() != NULL);
    if (!use_up_mappings(ROOM)) {
        printf("(skipped: no limit on mappings) ");
        return;
    }
    size_t n = park(ROOM);
    CHECK(n < ROOM);
    CHECK_INT(frond_error_code(), FROND_ENOMEM);
    char limit[80];
    snprintf(limit, sizeof limit, "the kernel allows %ld mappings", mappings_allowed());
    CHECK_HAS(frond_error_text(), "no guard for one more stack");
    CHECK_HAS(frond_error_text(), limit);
    CHECK_HAS(frond_error_text(), "raise vm.max_map_count");
    CHECK_HAS(frond_error_text(), "FROND_STACK_GUARDS=share");
    CHECK_INT(frond_stacks_unguarded(), 0);
    unpark(n);
    CHECK_INT(park(n), n); /* their stacks serve others */
    unpark(n);
    give_mappings_back();
    CHECK_INT(park(ROOM), ROOM);
    unpark(ROOM);
}

static void others_took_the_mappings(void) {
    CHECK_INT(frond_guards_set(FROND_GUARDS_SHARE), 0);
    CHECK(frond_hub_current() != NULL);
    if (!use_up_mappings(ROOM)) {
        printf("(skipped: no limit on mappings) ");
        return;
    }
    size_t many = 4 * ROOM;
    CHECK_INT(park(many), many);
    CHECK(frond_stacks_unguarded() > many - ROOM);
    FILE *sink = temporary_file();
    char line[200] = "", said[80];
    CHECK_INT(frond_dump(fileno(sink)), 0);
    rewind(sink);
    CHECK(fgets(line, sizeof line, sink) != NULL);
    fclose(sink);
    snprintf(said, sizeof said, "; %zu stacks have no guard\n", frond_stacks_unguarded());
    CHECK_HAS(line, said);
    unpark(many);
    CHECK_INT(park(many), many);
    unpark(many);
    give_mappings_back();
    CHECK_INT(frond_hub_close(FROND_NOW), 0);
    CHECK_INT(park(ROOM), ROOM); /* a new hub's are all guarded again */
    CHECK_INT(frond_stacks_unguarded(), 0);
    unpark(ROOM);
}

static int mappings(void) {
    FILE *f = fopen("/proc/self/maps", "re");
    int n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;)
        n += c == '\n';
    if (f)
        fclose(f);
    return n;
}

/* Guards do not take the mappings that the program needs for other things. */
static void a_reserve_is_left(void) {
    long most = mappings_allowed();
    size_t many = (size_t)most * 2 / 3;
    if (most == 0 || most > 200000 || sizeof(void *) < 8) {
        printf("(skipped: no limit on mappings, or too little memory) ");
        return;
    }
    CHECK_INT(frond_guards_set(FROND_GUARDS_SHARE), 0);
    CHECK_INT(park(many), many);
    CHECK(frond_stacks_unguarded() > many / 10);
    CHECK(mappings() < most * 4 / 5);
    CHECK(mappings() > most * 7 / 10);
    unpark(many);
}

/* ---- the environment ---- */

/* In a program that has not asked the environment yet; its exit status. */
static int with_setting(const char *value, const char *part) {
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {(char *)(uintptr_t)this_program(), (char *)(uintptr_t)part, NULL};
        setenv("FROND_STACK_GUARDS", value, 1);
        execv(argv[0], argv);
        _exit(99);
    }
    int status = -1;
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int refuses_the_value(void) {
    if (frond_go(parks, NULL) != FROND_EINVAL || frond_error_code() != FROND_EINVAL)
        return 1;
    if (!strstr(frond_error_text(), "FROND_STACK_GUARDS=some: must be all or share"))
        return 2;
    if (frond_greenlet_new(parks, NULL) || frond_error_code() != FROND_EINVAL)
        return 3;
    if (frond_sleep(1) != FROND_EINVAL)
        return 4;
    return 0;
}

static int goes_on_without(void) {
    if (!use_up_mappings(ROOM))
        return 0;
    if (park(2 * ROOM) != 2 * ROOM || frond_stacks_unguarded() == 0)
        return 1;
    frond_event_set(&gate);
    return frond_hub_join(FROND_NEVER) == 0 && went_on == 2 * ROOM ? 0 : 2;
}

static int stops_at_the_limit(void) {
    if (!use_up_mappings(ROOM))
        return 0;
    return park(2 * ROOM) < 2 * ROOM && frond_stacks_unguarded() == 0 ? 0 : 1;
}

static const struct {
    const char *name;
    int (*run)(void);
} parts[] = {{"refuses the value", refuses_the_value},
             {"goes on without", goes_on_without},
             {"stops at the limit", stops_at_the_limit}};

static void environment(void) {
    CHECK_INT(with_setting("some", "refuses the value"), 0);
    CHECK_INT(with_setting("", "refuses the value"), 1); /* as if not set */
    CHECK_INT(with_setting("share", "goes on without"), 0);
    CHECK_INT(with_setting("all", "stops at the limit"), 0);
}

static void misuse(void) {
    CHECK_INT(frond_guards_set((frond_guards)2), FROND_EINVAL);
    CHECK_INT(frond_guards_set((frond_guards)-1), FROND_EINVAL);
    CHECK_INT(frond_stacks_unguarded(), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"all or none", all_or_none},
        {"others took the mappings", others_took_the_mappings},
        {"a reserve is left", a_reserve_is_left},
        {"environment", environment},
        {"misuse", misuse},
        {0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (argc == 2 && strcmp(argv[1], parts[i].name) == 0)
            return parts[i].run();
    if (under_valgrind() || under_sanitizer())
        test_skip("the tool itself cannot go on without mappings");
    if (!guards_refused())
        test_skip("the kernel takes no filter");
    return test_main("guards on Linux", tests, argc, argv);
}
