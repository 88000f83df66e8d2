/* SPDX-License-Identifier: MIT */
/* What only POSIX has for other programs: descriptors under numbers, sessions, terminals, users, limits, shells. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <frond/proc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static const frond_stdio to_pipe = {.kind = FROND_STDIO_PIPE};

/* What a line for the shell writes to its standard output, without its last end of line. */
static const char *says(const char *line, frond_subprocess_options o) {
    static char text[4096];
    frond_output out = {0};
    const char *const argv[] = {line, NULL};
    o.shell = 1;
    if (o.out.kind == FROND_STDIO_INHERIT)
        o.out = to_pipe;
    int rc = frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000));
    snprintf(text, sizeof text, "%s",
             rc < 0    ? frond_error_text()
             : out.out ? out.out
                       : "");
    size_t n = strlen(text);
    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        text[--n] = '\0';
    frond_output_free(&out);
    return text;
}

#define SAYS(line, ...) says((line), (frond_subprocess_options){__VA_ARGS__})

static void shell(void) {
    frond_output out = {0};
    const char *const argv[] = {"echo \"$0 $1 $2\"; exit 3", "a b", "c", NULL};
    frond_subprocess_options o = {.shell = 1, .out = to_pipe};
    CHECK_INT(frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000)), 0);
    CHECK_TEXT(out.out, "/bin/sh a b c\n");
    CHECK_INT(out.status, 3);
    frond_output_free(&out);
}

/* Each gets what it was promised, though each lies where the other is to go; and nothing else. */
static void descriptors(void) {
    int a[2], b[2];
    char path[64];
    int file = open("/dev/null", O_RDONLY); /* not close-on-exec */
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    CHECK(write(a[1], "A", 1) == 1 && write(b[1], "B", 1) == 1);
    frond_passed crossed[] = {{a[0], b[0]}, {b[0], a[0]}, {a[0], 200}};
    snprintf(path, sizeof path, "cat <&%d; cat <&%d", b[0], a[0]);
    close(a[1]);
    close(b[1]);
    CHECK_TEXT(SAYS(path, .pass = crossed, .n_pass = 3), "AB");
    CHECK_TEXT(SAYS("for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do test -e /dev/fd/$n "
                    "&& echo $n; done; echo end"),
               "end");
    frond_passed same[] = {{file, file}};
    snprintf(path, sizeof path, "test -e /dev/fd/%d && echo there", file);
    CHECK_TEXT(SAYS(path, .pass = same, .n_pass = 1), "there");
    CHECK_INT(fcntl(file, F_GETFD), 0); /* ours are as they were */
    frond_passed gone[] = {{999, 5}};
    CHECK_TEXT(SAYS(":", .pass = gone, .n_pass = 1),
               "start \":\": descriptors: bad descriptor");
    close(a[0]);
    close(b[0]);
    close(file);
}

/* Its standard streams are as programs expect them, whatever ours are. */
static void streams_block(void) {
    CHECK_TEXT(SAYS("awk '/^flags/ {print $2}' /proc/self/fdinfo/0 | tail -c 3",
                    .in = {.kind = FROND_STDIO_PIPE}),
               access("/proc/self/fdinfo", F_OK) == 0 ? "00" : "");
}

/* Who started us may have ignored some, as shells do for what they run beside. */
static void heed_all(void) {
    struct sigaction now;
    for (int number = 1; number < 32; number++)
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
}

static void signals(void) {
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    sigset_t usr1, old;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigaction(SIGPIPE, &ignored, &before);
    pthread_sigmask(SIG_BLOCK, &usr1, &old);
    if (access("/proc/self/status", F_OK) == 0)
        CHECK_TEXT(SAYS("awk '/^Sig(Blk|Ign)/ {printf \"%s \", $2}' /proc/self/status"),
                   "0000000000000000 0000000000000000 ");
    CHECK_TEXT(SAYS("kill -USR1 $$; echo survived"), "");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    sigaction(SIGPIPE, &before, NULL);
    sigaction(SIGHUP, &ignored, &before); /* as nohup does it */
    CHECK_TEXT(SAYS("kill -HUP $$; echo survived"), "survived");
    sigaction(SIGHUP, &before, NULL);
}

static void sessions(void) {
    char text[64];
    CHECK_TEXT(SAYS("test $(ps -o sid= -p $$) -eq $$ && echo leads", .new_session = 1),
               "leads");
    CHECK_TEXT(SAYS("test $(ps -o pgid= -p $$) -eq $$ && echo leads", .new_group = 1),
               "leads");
    snprintf(text, sizeof text, "test $(ps -o pgid= -p $$) -eq %d && echo joined",
             (int)getpgrp());
    CHECK_TEXT(SAYS(text), "joined");
    CHECK_TEXT(SAYS(text, .group = getpgrp()), "joined");
    CHECK_TEXT(SAYS(":", .group = 0x7ffffff0),
               "start \":\": process group: not permitted");
}

static void bounds(void) {
    frond_resource_limit time = {RLIMIT_CPU, 77, 99}, wrong = {9999, 1, 1};
    char text[32];
    errno = 0;
    snprintf(text, sizeof text, "%d", getpriority(PRIO_PROCESS, 0) + 3);
    CHECK_TEXT(SAYS("ulimit -St; ulimit -Ht", .limits = &time, .n_limits = 1), "77\n99");
    CHECK_TEXT(SAYS("umask", .set_umask = 1, .umask = 027), "0027");
    CHECK_TEXT(SAYS("nice", .nice = 3), text);
    CHECK_TEXT(SAYS(":", .limits = &wrong, .n_limits = 1),
               "start \":\": limits: invalid argument");
}

static void users(void) {
    CHECK_TEXT(SAYS(":", .user = "no-such-user"),
               "start: there is no user or group \"no-such-user\"");
    CHECK_TEXT(SAYS(":", .user_group = "no-such-group"),
               "start: there is no user or group \"no-such-group\"");
    if (geteuid() != 0)
        return;
    static const char *const none[] = {NULL}, *const some[] = {"daemon", "12", NULL};
    CHECK_TEXT(SAYS("id -u; id -g; id -G", .user = "nobody"), "65534\n65534\n65534");
    CHECK_TEXT(
        SAYS("id -u; id -g; id -G", .user = "4321", .user_group = "1234", .groups = none),
        "4321\n1234\n1234");
    CHECK_TEXT(SAYS("id -u; id -G", .user = "0", .groups = some), "0\n0 1 12");
    CHECK_INT(geteuid(), 0); /* we are who we were, in every thread */
}

static void failures(void) {
    char path[600], folder[512], change[600];
    const char *const env[] = {change, NULL};
    FILE *f;
    test_path(folder, sizeof folder, "programs");
    mkdir(folder, 0755);
    snprintf(path, sizeof path, "%s/frond-not-executable", folder);
    snprintf(change, sizeof change, "PATH=%s:/bin:/usr/bin", folder);
    if (!(f = fopen(path, "w")))
        return;
    fputs("this is no program\n", f);
    fclose(f);
    chmod(path, 0644);
    static const char *const argv[] = {"frond-not-executable", NULL}, *const empty[] = {
                                                                          "", NULL};
    frond_subprocess_options o = {.env_change = env};
    frond_process *p = NULL;
    CHECK_INT(frond_subprocess_start(argv, &o, &p, FROND_NEVER), FROND_EACCES);
    CHECK_TEXT(frond_error_text(), "start \"frond-not-executable\": permission denied");
    chmod(path, 0755);
    CHECK_INT(frond_subprocess_start(argv, &o, &p, FROND_NEVER), FROND_ENOEXEC);
    CHECK_INT(frond_subprocess_start(empty, &o, &p, FROND_NEVER), FROND_ENOENT);
    o.directory = path;
    static const char *const quiet[] = {"true", NULL};
    CHECK_INT(frond_subprocess_start(quiet, &o, &p, FROND_NEVER), FROND_ENOTDIR);
    CHECK(strstr(frond_error_text(), "start \"true\": working directory \"") ==
          frond_error_text());
    o = (frond_subprocess_options){
        .out = {.kind = FROND_STDIO_FILE, .path = "/no/such/place"}};
    CHECK_INT(frond_subprocess_start(quiet, &o, &p, FROND_NEVER), FROND_ENOENT);
    CHECK_TEXT(frond_error_text(),
               "start: \"/no/such/place\": no such file or directory");
    const char *const wrong[] = {"=x", NULL};
    o = (frond_subprocess_options){.env_change = wrong};
    CHECK_INT(frond_subprocess_start(quiet, &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "start: \"=x\" is no NAME=VALUE");
    CHECK(p == NULL);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* what failed is gone */
    unlink(path);
    rmdir(folder);
}

/* The file may be another than the first argument, which is then only its name for itself. */
static void program(void) {
    frond_output out = {0};
    static const char *const argv[] = {"another-name", "-c", "echo $0", NULL};
    frond_subprocess_options o = {.program = "sh", .out = to_pipe};
    CHECK_INT(frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000)), 0);
    CHECK_TEXT(out.out, "another-name\n");
    frond_output_free(&out);
}

static void terminal(void) {
    const char *text =
        SAYS("test -t 0 && test -t 1 && test -t 2 && stty size && echo to err >&2",
             .pty = 1, .rows = 33, .columns = 99);
    if (strstr(text, "start: terminal"))
        return; /* a sandbox without terminals */
    CHECK_TEXT(text, "33 99\r\nto err");
    frond_process *p = NULL;
    char line[64];
    int status = -1;
    static const char *const argv[] = {"cat", NULL};
    frond_subprocess_options o = {.pty = 1};
    CHECK_INT(frond_subprocess_start(argv, &o, &p, frond_in(20000)), 0);
    if (!p)
        return;
    CHECK(frond_process_stdin(p) != NULL &&
          frond_process_stdin(p) == frond_process_stdout(p));
    CHECK_INT(frond_write(frond_process_stdin(p), "hello\n", 6, NULL, frond_in(20000)),
              0);
    CHECK_INT(frond_read_exact(frond_process_stdout(p), line, 14, NULL, frond_in(20000)),
              0);
    CHECK(memcmp(line, "hello\r\nhello\r\n", 14) == 0); /* its echo, and what cat says */
    CHECK_INT(frond_write(frond_process_stdin(p), "\003", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, -SIGINT);
    frond_process_free(p);
}

/* A grandchild keeps the pipe open: the program has ended, and its grace passes. */
static void grace(void) {
    frond_output out = {0};
    static const char *const argv[] = {"sleep 60 & echo $!; exit 4", NULL};
    frond_subprocess_options o = {.shell = 1, .out = to_pipe, .pipe_grace_ms = 50};
    CHECK_INT(frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000)), 0);
    CHECK_INT(out.status, 4);
    int pid = out.out ? atoi(out.out) : 0;
    CHECK(pid > 0 && kill(pid, SIGKILL) == 0);
    frond_output_free(&out);
}

static bool gone(int pid) {
    for (int i = 0; i < 4000; i++) {
        char path[64], state = 0;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *f = fopen(path, "r");
        if (f && fscanf(f, "%*d %*s %c", &state) != 1)
            state = 0;
        if (f)
            fclose(f);
        if (kill(pid, 0) < 0 || state == 'Z' || state == 'X')
            return true;
        frond_sleep(5);
    }
    return false;
}

/* Whatever it has started goes with it, be it in a group of its own or not. */
static void trees(void) {
    for (int group = 0; group < 2; group++) {
        frond_output out = {0};
        static const char *const argv[] = {"(sleep 60 & echo $!; wait) & wait", NULL};
        frond_subprocess_options o = {.shell = 1, .out = to_pipe, .new_group = group};
        frond_process *p = NULL;
        CHECK_INT(frond_subprocess_start(argv, &o, &p, frond_in(20000)), 0);
        for (int i = 0; i < 400 && !out.out_len; i++)
            frond_process_communicate(p, NULL, 0, 0, &out, frond_in(50));
        int pid = out.out ? atoi(out.out) : 0, status = 0;
        CHECK(pid > 0);
        CHECK_INT(frond_process_signal_tree(p, SIGKILL), 0);
        CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
        CHECK_INT(status, -SIGKILL);
        CHECK(pid > 0 && gone(pid));
        CHECK_INT(frond_process_signal_tree(p, SIGKILL), FROND_ESRCH);
        frond_process_free(p);
        frond_output_free(&out);
    }
}

static void ignores_sigterm(void) {
    frond_process *p = NULL;
    char text[8];
    int status = 0;
    static const char *const argv[] = {"trap '' TERM; echo on; while :; do sleep 1; done",
                                       NULL};
    frond_subprocess_options o = {.shell = 1, .out = to_pipe};
    CHECK_INT(frond_subprocess_start(argv, &o, &p, frond_in(20000)), 0);
    CHECK_INT(frond_read_exact(frond_process_stdout(p), text, 3, NULL, frond_in(20000)),
              0);
    CHECK_INT(frond_process_terminate(p), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(100)), FROND_ETIMEDOUT);
    CHECK_INT(frond_process_signal_tree(p, SIGKILL), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, -SIGKILL);
    frond_process_free(p);
}

/* It wants none of what it is given, which is no error. */
static void closes_its_input(void) {
    static char much[1 << 20];
    frond_output out = {0};
    static const char *const argv[] = {"exec <&-; echo done", NULL};
    frond_subprocess_options o = {.shell = 1, .in = to_pipe, .out = to_pipe};
    CHECK_INT(frond_subprocess_run(argv, &o, much, sizeof much, &out, frond_in(20000)),
              0);
    CHECK_TEXT(out.out, "done\n");
    CHECK(out.sent < sizeof much);
    frond_output_free(&out);
}

#ifdef __linux__
/* A grandchild whose parent has ended comes to us, and nobody waits for it; what others wait for stays theirs. */
static void orphans(void) {
    frond_output out = {0};
    int status = 0;
    CHECK_INT(frond_reaper_enable(), 0);
    CHECK_INT(frond_reaper_enable(), 0);
    static const char *const argv[] = {"sleep 0.2 & echo $!", NULL};
    frond_subprocess_options o = {.shell = 1, .out = to_pipe, .pipe_grace_ms = 5};
    CHECK_INT(frond_subprocess_run(argv, &o, NULL, 0, &out, frond_in(20000)), 0);
    int orphan = out.out ? atoi(out.out) : 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(6);
    CHECK_INT(frond_wait_pid(pid, &status, frond_in(20000)), 0);
    CHECK_INT(status, 6);
    for (int i = 0; i < 2000 && kill(orphan, 0) == 0; i++)
        frond_sleep(5);
    CHECK(orphan > 0 && kill(orphan, 0) < 0 && errno == ESRCH);
    frond_output_free(&out);
    CHECK_INT(frond_hub_join(frond_in(20000)), 0); /* it keeps nothing waiting */
    frond_reaper_disable();
    frond_reaper_disable();
}

static void dies_with_us(void) {
    int told[2];
    char line[32] = "";
    CHECK_INT(pipe(told), 0);
    pid_t middle = fork();
    if (middle == 0) { /* a program that starts another, and is killed */
        frond_process *p;
        static const char *const argv[] = {"sleep", "60", NULL};
        frond_subprocess_options o = {.death_signal = SIGKILL};
        int rc = frond_subprocess_start(argv, &o, &p, FROND_NEVER);
        int n =
            snprintf(line, sizeof line, "%d\n", rc < 0 ? rc : (int)frond_process_pid(p));
        _exit(write(told[1], line, (size_t)n) == n ? 0 : 1);
    }
    close(told[1]);
    CHECK(read(told[0], line, sizeof line - 1) > 0);
    waitpid(middle, NULL, 0);
    CHECK(atoi(line) > 0 && gone(atoi(line)));
    close(told[0]);
}
#endif

/* Children that others started are theirs, until they are asked for by number. */
static void foreign_children(void) {
    int status = 0;
    CHECK_TEXT(SAYS("echo ours"), "ours");
    pid_t pid = fork();
    if (pid == 0)
        _exit(5);
    frond_sleep(20);
    CHECK_TEXT(SAYS("echo ours"), "ours");
    CHECK_INT(frond_wait_pid(pid, &status, frond_in(20000)), 0);
    CHECK_INT(status, 5);
    CHECK_INT(frond_wait_pid(pid, &status, frond_in(20000)), FROND_ECHILD);
    CHECK_INT(frond_wait_pid(0, &status, frond_in(20000)), FROND_EINVAL);
    pid = fork();
    if (pid == 0) {
        sleep(60);
        _exit(0);
    }
    CHECK_INT(frond_wait_pid(pid, &status, frond_in(20)), FROND_ETIMEDOUT);
    kill(pid, SIGTERM);
    CHECK_INT(frond_wait_pid(pid, &status, frond_in(20000)), 0);
    CHECK_INT(status, -SIGTERM);
}

/* A child whose program has made its own of SIGCHLD still sees its children end. */
static void demand_12_sigchld_is_not_ours_alone(void) {
    static void (*const actions[])(int) = {SIG_DFL, SIG_IGN};
    CHECK_TEXT(SAYS("echo before"), "before");
    for (int i = 0; i < 2; i++) {
        int64_t pid = frond_fork(NULL, frond_in(20000));
        if (pid == 0) {
            signal(SIGCHLD, actions[i]);
            _exit(strcmp(SAYS("echo after"), "after") == 0 ? 0 : 1);
        }
        int status = -1;
        CHECK_INT(frond_wait_pid(pid, &status, frond_in(20000)), 0);
        CHECK_INT(status, 0);
    }
}

/* Whoever receives the signal may wait, even for children, as long as it likes. */
static void *starts_at_sigchld(void *s) {
    CHECK_INT(frond_signal_wait(s, NULL, frond_in(20000)), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_TEXT(SAYS("echo from the receiver"), "from the receiver");
        frond_sleep(10);
    }
    return NULL;
}

static void who_receives_sigchld_waits(void) {
    static const int number = SIGCHLD;
    frond_signal *s = NULL;
    CHECK_INT(frond_signal_open(&number, 1, &s), 0);
    frond_greenlet *g = frond_spawn(starts_at_sigchld, s);
    for (int i = 0; i < 5; i++)
        CHECK_TEXT(SAYS("echo beside"), "beside");
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    frond_signal_free(s);
    CHECK_TEXT(SAYS("echo after"), "after");
}

/* Two hubs start children at the same time, and each sees the ends of its own. */
static void starts_many(void *wrong) {
    static const char *const argv[] = {"exit 7", NULL};
    frond_subprocess_options o = {.shell = 1};
    for (int i = 0; i < 60; i++) {
        frond_process *p = NULL;
        int status = -1;
        if (frond_subprocess_start(argv, &o, &p, frond_in(20000)) < 0 ||
            frond_process_join(p, &status, frond_in(20000)) < 0 || status != 7)
            ++*(int *)wrong;
        frond_process_free(p);
    }
}

static void demand_13_two_hubs(void) {
    static int wrong[3];
    uv_thread_t threads[2];
    for (int i = 0; i < 2; i++)
        CHECK_INT(uv_thread_create(&threads[i], starts_many, &wrong[i]), 0);
    starts_many(&wrong[2]);
    for (int i = 0; i < 2; i++)
        uv_thread_join(&threads[i]);
    CHECK_INT(wrong[0] + wrong[1] + wrong[2], 0);
}

static void misuse(void) {
    frond_process *p = NULL;
    static const char *const argv[] = {"true", NULL};
    const frond_passed low[] = {{0, 2}}, twice[] = {{0, 5}, {1, 5}};
    frond_subprocess_options o = {.pass = low, .n_pass = 1};
    CHECK_INT(frond_subprocess_start(argv, &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "start: a descriptor is passed under 3 to 65,535");
    o = (frond_subprocess_options){.pass = twice, .n_pass = 2};
    CHECK_INT(frond_subprocess_start(argv, &o, &p, FROND_NEVER), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "start: two descriptors are passed under one number");
    CHECK(p == NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"shell", shell},
        {"case 87: demand 17: descriptors", descriptors},
        {"case 87: streams block", streams_block},
        {"signals", signals},
        {"sessions and groups", sessions},
        {"bounds", bounds},
        {"users", users},
        {"failures", failures},
        {"program", program},
        {"terminal", terminal},
        {"demand 14: grace", grace},
        {"trees", trees},
        {"ignores SIGTERM", ignores_sigterm},
        {"closes its input", closes_its_input},
#ifdef __linux__
        {"dies with us", dies_with_us},
        {"demand 16: orphans", orphans},
#endif
        {"demand 11: foreign children", foreign_children},
        {"case 90: demand 12: SIGCHLD is not ours alone",
         demand_12_sigchld_is_not_ours_alone},
        {"case 90: who receives SIGCHLD waits", who_receives_sigchld_waits},
        {"case 88: demand 13: two hubs", demand_13_two_hubs},
        {"misuse", misuse},
        {0}};
    heed_all();
    return test_main("proc/subprocess on POSIX", tests, argc, argv);
}
