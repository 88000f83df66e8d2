/* SPDX-License-Identifier: MIT */
/* Files and folders: what the calls do, and what is left when one is given up. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 1024, CREATE = FROND_FILE_READ | FROND_FILE_WRITE | FROND_FILE_CREATE };

static char base[ROOM];

static const char *at(const char *name) {
    static char paths[4][ROOM];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, ROOM, "%.900s/%.100s", base, name);
    return path;
}

static frond_file *open_new(const char *name) {
    frond_file *f = NULL;
    CHECK_INT(frond_file_open(at(name), CREATE | FROND_FILE_NEW, 0666, &f, FROND_NEVER),
              0);
    return f;
}

static void remove_file(const char *name) {
    CHECK_INT(frond_fs_unlink(at(name), FROND_NEVER), 0);
}

/* ---- open files ---- */

static void positions(void) {
    char buf[32] = "";
    size_t written = 9;
    frond_file_info info;
    frond_file *f = open_new("a");
    CHECK_INT(frond_file_write(f, "hello world", 11, &written, FROND_NEVER), 0);
    CHECK_INT(written, 11);
    CHECK_INT(frond_file_position(f), 11);
    CHECK_INT(frond_file_read(f, buf, sizeof buf, FROND_NEVER), 0);
    CHECK_INT(frond_file_seek(f, 6), 0);
    CHECK_INT(frond_file_read(f, buf, 3, FROND_NEVER), 3);
    CHECK_INT(frond_file_read(f, buf + 3, 20, FROND_NEVER), 2);
    CHECK_TEXT(buf, "world");
    CHECK_INT(frond_file_pwrite(f, "J", 1, 0, &written, FROND_NEVER), 0);
    CHECK_INT(frond_file_pread(f, buf, 5, 0, FROND_NEVER), 5);
    CHECK_TEXT(buf, "Jello");
    CHECK_INT(frond_file_pread(f, buf, 5, 100, FROND_NEVER), 0);
    CHECK_INT(frond_file_position(f), 11);
    CHECK_INT(frond_file_truncate(f, 4, FROND_NEVER), 0);
    CHECK_INT(frond_file_sync(f, FROND_NEVER), 0);
    CHECK_INT(frond_file_datasync(f, FROND_NEVER), 0);
    CHECK_INT(frond_file_stat(f, &info, FROND_NEVER), 0);
    CHECK_INT(info.size, 4);
    CHECK_INT(info.kind, FROND_FILE_REGULAR);
    CHECK_INT(frond_file_write(f, NULL, 0, &written, FROND_NEVER), 0);
    CHECK_INT(frond_file_close(f, FROND_NEVER), 0);
    frond_file_free(f);
    remove_file("a");
}

static void much(void) {
    enum { N = 1 << 20 };
    char *data = malloc(N), *back = malloc(N);
    size_t written, n = 0;
    int64_t got;
    for (size_t i = 0; i < N; i++)
        data[i] = (char)(i * 31 >> 3);
    frond_file *f = open_new("much");
    CHECK_INT(frond_file_write(f, data, N, &written, FROND_NEVER), 0);
    CHECK_INT(written, N);
    CHECK_INT(frond_file_pwrite(f, data, N, 5, &written, FROND_NEVER), 0);
    CHECK_INT(written, N);
    CHECK_INT(frond_file_seek(f, 5), 0);
    while (n < N && (got = frond_file_read(f, back + n, N - n, FROND_NEVER)) > 0)
        n += (size_t)got;
    CHECK_INT(n, N);
    CHECK(memcmp(data, back, N) == 0);
    frond_file_free(f);
    remove_file("much");
    free(data);
    free(back);
}

static void ways_to_open(void) {
    char buf[8] = "", text[ROOM + 64];
    frond_file *f = NULL;
    CHECK_INT(frond_file_open(at("b"), FROND_FILE_READ, 0, &f, FROND_NEVER),
              FROND_ENOENT);
    snprintf(text, sizeof text, "open %s: no such file or directory", at("b"));
    CHECK_TEXT(frond_error_text(), text);
    CHECK(f == NULL);
    f = open_new("b");
    CHECK_INT(frond_file_write(f, "one", 3, NULL, FROND_NEVER), 0);
    frond_file_free(f);
    CHECK_INT(frond_file_open(at("b"), CREATE | FROND_FILE_NEW, 0666, &f, FROND_NEVER),
              FROND_EEXIST);
    CHECK_INT(
        frond_file_open(at("b"), FROND_FILE_READ | FROND_FILE_APPEND, 0, &f, FROND_NEVER),
        0);
    CHECK_INT(frond_file_write(f, "two", 3, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_file_read(f, buf, sizeof buf, FROND_NEVER), 6);
    CHECK(memcmp(buf, "onetwo", 6) == 0);
    frond_file_free(f);
    CHECK_INT(frond_file_open(at("b"), FROND_FILE_READ, 0, &f, FROND_NEVER), 0);
    CHECK(frond_file_write(f, "x", 1, NULL, FROND_NEVER) < 0);
    frond_file_free(f);
    CHECK_INT(frond_file_open(at("b"), FROND_FILE_WRITE | FROND_FILE_TRUNCATE, 0, &f,
                              FROND_NEVER),
              0);
    CHECK_INT(frond_file_close(f, FROND_NEVER), 0);
    frond_file_free(f);
    frond_file_info info;
    CHECK_INT(frond_fs_stat(at("b"), &info, FROND_NEVER), 0);
    CHECK_INT(info.size, 0);
    remove_file("b");
}

static frond_file *shared;
static char pieces[64];

static void *reads_piece(void *arg) {
    char buf[3] = "";
    CHECK_INT(frond_file_read(shared, buf, 2, FROND_NEVER), 2);
    strcat(pieces, buf);
    return arg;
}

static void readers_take_turns(void) {
    frond_greenlet *g[5];
    shared = open_new("turns");
    pieces[0] = '\0';
    CHECK_INT(frond_file_write(shared, "0123456789", 10, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_file_seek(shared, 0), 0);
    for (int i = 0; i < 5; i++)
        g[i] = frond_spawn(reads_piece, NULL);
    CHECK_INT(frond_joinall(g, 5, 0, 0, FROND_NEVER), 0);
    CHECK_TEXT(pieces, "0123456789");
    for (int i = 0; i < 5; i++)
        frond_release(g[i]);
    frond_file_free(shared);
    remove_file("turns");
}

/* ---- calls that are given up ---- */

static atomic_int gate, holding;

static int hold(void *arg) {
    (void)arg;
    atomic_fetch_add(&holding, 1);
    while (!atomic_load(&gate))
        block_ms(1);
    return 0;
}

enum { THREADS = 8 };

static frond_job *held[THREADS];

static bool all_hold(void *arg) {
    (void)arg;
    return atomic_load(&holding) == THREADS;
}

/* Keeps all threads, so that no call is begun. */
static void hold_threads(void) {
    atomic_store(&gate, 0);
    atomic_store(&holding, 0);
    for (int i = 0; i < THREADS; i++)
        held[i] = frond_threadpool_spawn(frond_threadpool_class(FROND_THREADS_FILE), hold,
                                         NULL, NULL);
    CHECK(eventually(all_hold, NULL));
}

static void let_threads_go(void) {
    atomic_store(&gate, 1);
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(frond_job_get(held[i], NULL, FROND_NEVER), 0);
        frond_job_free(held[i]);
    }
}

static void given_up_before_it_began(void) {
    char buf[8] = "before";
    size_t written = 7;
    frond_file *f = open_new("late"), *none = NULL;
    frond_fs_entry *entries;
    size_t n;
    CHECK_INT(frond_file_write(f, "text", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_file_seek(f, 1), 0);
    hold_threads();
    CHECK_INT(frond_file_read(f, buf, 4, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_file_read(f, buf, 4, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_file_pread(f, buf, 4, 0, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_file_write(f, "lost", 4, &written, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(written, 0);
    CHECK_INT(frond_file_stat(f, &(frond_file_info){0}, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_file_open(at("none"), CREATE, 0666, &none, frond_in(1)),
              FROND_ETIMEDOUT);
    CHECK_INT(frond_fs_mkdir(at("none"), 0777, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_fs_scandir(base, &entries, &n, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_INT(frond_fs_write_file(at("none"), "x", 1, 1, frond_in(1)), FROND_ETIMEDOUT);
    CHECK_TEXT(buf, "before");
    CHECK_INT(frond_file_position(f), 1);
    let_threads_go();
    CHECK_INT(frond_file_read(f, buf, 4, FROND_NEVER), 3);
    CHECK_TEXT(buf, "extore");
    frond_file_free(f);
    CHECK_INT(frond_fs_access(at("none"), FROND_ACCESS_EXISTS, FROND_NEVER),
              FROND_ENOENT);
    remove_file("late");
}

static void *reads_killed(void *arg) {
    char buf[4];
    log_add(frond_error_name((int)frond_file_read(arg, buf, 4, FROND_NEVER)));
    return NULL;
}

static void killed_and_closed(void) {
    frond_file *f = open_new("killed");
    hold_threads();
    frond_greenlet *a = frond_spawn(reads_killed, f);
    frond_yield();
    frond_greenlet *b = frond_spawn(reads_killed, f);
    frond_yield();
    frond_greenlet *c = frond_spawn(reads_killed, f);
    frond_yield();
    frond_kill(b, FROND_EXIT, FROND_NEVER); /* waits for its turn */
    frond_kill(a, FROND_EXIT, FROND_NEVER); /* has it; then c has */
    frond_yield();
    CHECK_INT(frond_file_close(f, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(frond_file_close(f, FROND_NEVER), 0);
    CHECK_INT(frond_file_read(f, pieces, 1, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_file_pread(f, pieces, 1, 0, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_file_write(f, pieces, 1, NULL, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_file_pwrite(f, pieces, 1, 0, NULL, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_file_sync(f, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(frond_file_seek(f, 0), FROND_ECLOSED);
    let_threads_go();
    CHECK_INT(frond_join(c, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECANCELED FROND_ECANCELED FROND_OK");
    frond_file_free(f);
    frond_release(a);
    frond_release(b);
    frond_release(c);
    remove_file("killed");
}

static void closed_under_those_who_wait(void) {
    frond_file *f = open_new("closed");
    hold_threads();
    frond_greenlet *a = frond_spawn(reads_killed, f);
    frond_yield();
    frond_greenlet *b = frond_spawn(reads_killed, f);
    frond_yield();
    frond_file_free(f); /* a is under way, b waits for its turn */
    CHECK_INT(frond_join(b, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED");
    let_threads_go();
    CHECK_INT(frond_join(a, FROND_NEVER), 0);
    CHECK_TEXT(log_text(), "FROND_ECLOSED FROND_OK");
    frond_release(a);
    frond_release(b);
    remove_file("closed");
}

/* ---- threads ---- */

static int64_t foreign[4];

static void use_from_afar(void *f) {
    char buf[2];
    foreign[0] = frond_file_read(f, buf, 1, FROND_NOW);
    foreign[1] = frond_file_pwrite(f, buf, 1, 0, NULL, FROND_NOW);
    foreign[2] = frond_file_close(f, FROND_NOW);
    foreign[3] = frond_file_seek(f, 0);
    frond_file_free(f); /* by its own thread */
}

static void of_another_thread(void) {
    frond_file *f = open_new("afar");
    thread_run(use_from_afar, f);
    for (int i = 0; i < 4; i++)
        CHECK_INT(foreign[i], FROND_ETHREAD);
    frond_sleep(1);
    remove_file("afar");
}

static void open_elsewhere(void *arg) {
    (void)arg;
    shared = open_new("elsewhere");
}

static void outlives_its_thread(void) {
    char buf[2];
    thread_run(open_elsewhere, NULL);
    CHECK_INT(frond_file_read(shared, buf, 1, FROND_NEVER), FROND_ECLOSED);
    frond_file_free(shared);
    remove_file("elsewhere");
}

/* ---- names ---- */

static void names(void) {
    frond_file_info info, other;
    char *text = NULL;
    CHECK_INT(frond_fs_mkdir(at("dir"), 0777, FROND_NEVER), 0);
    CHECK_INT(frond_fs_mkdir(at("dir"), 0777, FROND_NEVER), FROND_EEXIST);
    CHECK_INT(frond_fs_write_file(at("dir/x"), "abc", 3, 0, FROND_NEVER), 0);
    CHECK_INT(frond_fs_rename(at("dir/x"), at("dir/y"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_access(at("dir/x"), FROND_ACCESS_EXISTS, FROND_NEVER),
              FROND_ENOENT);
    CHECK_INT(
        frond_fs_access(at("dir/y"), FROND_ACCESS_READ | FROND_ACCESS_WRITE, FROND_NEVER),
        0);
    CHECK_INT(frond_fs_link(at("dir/y"), at("dir/z"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_stat(at("dir/y"), &info, FROND_NEVER), 0);
    CHECK_INT(frond_fs_lstat(at("dir/z"), &other, FROND_NEVER), 0);
    CHECK_INT(info.number, other.number);
    CHECK_INT(info.links, 2);
    CHECK_INT(frond_fs_rmdir(at("dir"), FROND_NEVER), FROND_ENOTEMPTY);
    CHECK_INT(frond_fs_copyfile(at("dir/y"), at("dir/x"), 1, FROND_NEVER), 0);
    CHECK_INT(frond_fs_copyfile(at("dir/y"), at("dir/x"), 1, FROND_NEVER), FROND_EEXIST);
    CHECK_INT(frond_fs_copyfile(at("dir/y"), at("dir/x"), 0, FROND_NEVER), 0);
    CHECK_INT(frond_fs_utime(at("dir/x"), 1000000000, 1234567890500000000, FROND_NEVER),
              0);
    CHECK_INT(frond_fs_stat(at("dir/x"), &info, FROND_NEVER), 0);
    CHECK_INT(info.modified_ns / 1000000, 1234567890500);
    CHECK_INT(info.size, 3);
    CHECK_INT(frond_fs_chmod(at("dir/x"), 0444, FROND_NEVER), 0);
    CHECK_INT(frond_fs_stat(at("dir/x"), &info, FROND_NEVER), 0);
    CHECK_INT(info.mode & 0222, 0);
    CHECK_INT(frond_fs_chmod(at("dir/x"), 0666, FROND_NEVER), 0);
    CHECK_INT(frond_fs_realpath(at("dir/./x"), &text, FROND_NEVER), 0);
    CHECK_HAS(text, "dir");
    CHECK(text && !strstr(text, "/./"));
    frond_free(text);
    CHECK_INT(frond_fs_mkdtemp(at("dir/temp-"), &text, FROND_NEVER), 0);
    CHECK_HAS(text, "temp-");
    CHECK_INT(frond_fs_stat(text, &info, FROND_NEVER), 0);
    CHECK_INT(info.kind, FROND_FILE_FOLDER);
    CHECK_INT(frond_fs_rmdir(text, FROND_NEVER), 0);
    frond_free(text);
    remove_file("dir/x");
    remove_file("dir/y");
    remove_file("dir/z");
    CHECK_INT(frond_fs_rmdir(at("dir"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_realpath(at("dir"), &text, FROND_NEVER), FROND_ENOENT);
    CHECK_INT(frond_fs_unlink(at("dir"), FROND_NEVER), FROND_ENOENT);
}

static void folders(void) {
    frond_fs_entry *e = NULL;
    size_t n = 9;
    char name[32];
    CHECK_INT(frond_fs_mkdir(at("many"), 0777, FROND_NEVER), 0);
    CHECK_INT(frond_fs_scandir(at("many"), &e, &n, FROND_NEVER), 0);
    CHECK_INT(n, 0);
    frond_free(e);
    for (int i = 99; i >= 0; i--) {
        snprintf(name, sizeof name, "many/file%02d", i);
        CHECK_INT(frond_fs_write_file(at(name), "", 0, 0, FROND_NEVER), 0);
    }
    CHECK_INT(frond_fs_mkdir(at("many/z"), 0777, FROND_NEVER), 0);
    CHECK_INT(frond_fs_scandir(at("many"), &e, &n, FROND_NEVER), 0);
    CHECK_INT(n, 101);
    for (int i = 0; n == 101 && i < 100; i++) {
        snprintf(name, sizeof name, "file%02d", i);
        CHECK_TEXT(e[i].name, name);
        CHECK_INT(e[i].kind, FROND_FILE_REGULAR);
        snprintf(name, sizeof name, "many/file%02d", i);
        remove_file(name);
    }
    CHECK_TEXT(e[100].name, "z");
    CHECK_INT(e[100].kind, FROND_FILE_FOLDER);
    frond_free(e);
    CHECK_INT(frond_fs_rmdir(at("many/z"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_rmdir(at("many"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_scandir(at("many"), &e, &n, FROND_NEVER), FROND_ENOENT);
}

/* ---- whole files ---- */

static void whole_files(void) {
    void *data = NULL;
    size_t n = 9;
    enum { N = 300000 };
    char *big = malloc(N);
    memset(big, 'x', N);
    for (int atomic = 0; atomic < 2; atomic++) {
        CHECK_INT(frond_fs_write_file(at("w"), "hello", 5, atomic, FROND_NEVER), 0);
        CHECK_INT(frond_fs_read_file(at("w"), 0, &data, &n, FROND_NEVER), 0);
        CHECK_INT(n, 5);
        CHECK_TEXT(data, "hello");
        frond_free(data);
        CHECK_INT(frond_fs_read_file(at("w"), 5, &data, NULL, FROND_NEVER), 0);
        frond_free(data);
        CHECK_INT(frond_fs_read_file(at("w"), 4, &data, &n, FROND_NEVER), FROND_ELIMIT);
        CHECK_INT(frond_fs_write_file(at("w"), big, N, atomic, FROND_NEVER), 0);
        CHECK_INT(frond_fs_read_file(at("w"), 0, &data, &n, FROND_NEVER), 0);
        CHECK_INT(n, N);
        CHECK(memcmp(data, big, N) == 0);
        frond_free(data);
        CHECK_INT(frond_fs_write_file(at("w"), NULL, 0, atomic, FROND_NEVER), 0);
        CHECK_INT(frond_fs_read_file(at("w"), 0, &data, &n, FROND_NEVER), 0);
        CHECK_INT(n, 0);
        CHECK_TEXT(data, "");
        frond_free(data);
        remove_file("w");
        CHECK_INT(frond_fs_read_file(at("w"), 0, &data, &n, FROND_NEVER), FROND_ENOENT);
        CHECK_INT(frond_fs_write_file(at("no/w"), "x", 1, atomic, FROND_NEVER),
                  FROND_ENOENT);
    }
    free(big);
}

/* What cannot be replaced stays, and nothing is left beside it. */
static void a_replacement_that_fails(void) {
    frond_fs_entry *e = NULL;
    size_t n = 0;
    CHECK_INT(frond_fs_mkdir(at("r"), 0777, FROND_NEVER), 0);
    CHECK_INT(frond_fs_mkdir(at("r/folder"), 0777, FROND_NEVER), 0);
    CHECK(frond_fs_write_file(at("r/folder"), "x", 1, 1, FROND_NEVER) < 0);
    CHECK_INT(frond_fs_scandir(at("r"), &e, &n, FROND_NEVER), 0);
    CHECK_INT(n, 1);
    frond_free(e);
    CHECK_INT(frond_fs_rmdir(at("r/folder"), FROND_NEVER), 0);
    CHECK_INT(frond_fs_rmdir(at("r"), FROND_NEVER), 0);
}

static void misuse(void) {
    frond_file *f = NULL;
    frond_file_info info;
    frond_fs_entry *e;
    size_t n;
    char *text, buf[2];
    void *data;
    CHECK_INT(frond_file_open(NULL, FROND_FILE_READ, 0, &f, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_open("x", 0, 0, &f, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_open("x", 64, 0, &f, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_open("x", FROND_FILE_READ, 0, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_read(NULL, buf, 1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_pread(NULL, buf, 1, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_write(NULL, buf, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_pwrite(NULL, buf, 1, 0, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_stat(NULL, &info, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_truncate(NULL, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_sync(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_datasync(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_close(NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_seek(NULL, 0), FROND_EINVAL);
    CHECK_INT(frond_file_position(NULL), 0);
    frond_file_free(NULL);
    CHECK_INT(frond_fs_stat(NULL, &info, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_stat("x", NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_mkdir(NULL, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_mkdtemp(NULL, &text, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_mkdtemp("x", NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_rename("x", NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_symlink(NULL, "x", FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_readlink("x", NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_realpath(NULL, &text, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_scandir("x", NULL, &n, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_scandir(NULL, &e, &n, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_read_file(NULL, 0, &data, &n, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_fs_write_file("x", NULL, 1, 0, FROND_NEVER), FROND_EINVAL);
    f = open_new("misuse");
    CHECK_INT(frond_file_read(f, NULL, 1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_read(f, buf, 0, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_pread(f, buf, 1, -1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_pwrite(f, buf, 1, -1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_write(f, NULL, 1, NULL, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_truncate(f, -1, FROND_NEVER), FROND_EINVAL);
    CHECK_INT(frond_file_seek(f, -1), FROND_EINVAL);
    frond_file_free(f);
    remove_file("misuse");
}

/* ---- without memory ---- */

static bool fine(int64_t rc) {
    return rc >= 0 || rc == FROND_ENOMEM;
}

static void use_all(void) {
    frond_file *f = NULL;
    frond_fs_entry *e = NULL;
    char buf[8], *text = NULL;
    void *data = NULL;
    size_t n;
    if (frond_file_open(at("m"), CREATE, 0666, &f, FROND_NEVER) == 0) {
        CHECK(fine(frond_file_write(f, "text", 4, NULL, FROND_NEVER)));
        CHECK(fine(frond_file_pread(f, buf, 4, 0, FROND_NEVER)));
        CHECK(fine(frond_file_sync(f, FROND_NEVER)));
        CHECK(fine(frond_file_close(f, FROND_NEVER)));
        frond_file_free(f);
    }
    CHECK(fine(frond_fs_write_file(at("m"), "x", 1, 1, FROND_NEVER)));
    int rc = frond_fs_read_file(at("m"), 0, &data, &n, FROND_NEVER);
    CHECK(fine(rc) || rc == FROND_ENOENT);
    frond_free(data);
    CHECK(fine(frond_fs_scandir(base, &e, &n, FROND_NEVER)));
    frond_free(e);
    CHECK(fine(frond_fs_realpath(base, &text, FROND_NEVER)));
    frond_free(text);
    rc = frond_fs_rename(at("m"), at("m2"), FROND_NEVER);
    CHECK(fine(rc) || rc == FROND_ENOENT);
}

static void without_memory(void) {
    memory_sweep(use_all);
    remove_file("m2");
    (void)frond_fs_unlink(at("m"), FROND_NEVER);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"positions", positions},
        {"much", much},
        {"ways to open", ways_to_open},
        {"readers take turns", readers_take_turns},
        {"given up before it began", given_up_before_it_began},
        {"killed and closed", killed_and_closed},
        {"closed under those who wait", closed_under_those_who_wait},
        {"of another thread", of_another_thread},
        {"outlives its thread", outlives_its_thread},
        {"names", names},
        {"folders", folders},
        {"whole files", whole_files},
        {"a replacement that fails", a_replacement_that_fails},
        {"misuse", misuse},
        {"without memory", without_memory},
        {0}};
    test_path(base, sizeof base, "fs");
    make_folder(base);
    return test_main("fs", tests, argc, argv);
}
