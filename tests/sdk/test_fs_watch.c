/* SPDX-License-Identifier: MIT */
/* Files and folders that are watched. */
#include "support.h"

#include <frond/fs_watch.h>
#include <stdio.h>
#include <string.h>

static char folder[1000], file[1100];
static frond_news news;

static void begin(const char *name) {
    test_path(folder, sizeof folder, name);
    make_folder(folder);
    snprintf(file, sizeof file, "%s/file", folder);
    frond_fs_unlink(file, FROND_NEVER);
}

static void end(void) {
    frond_fs_unlink(file, FROND_NEVER);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void put(const char *path, const char *text) {
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    if (f) {
        fputs(text, f);
        fclose(f);
    }
}

/* ---- events ---- */

/* Some systems tell of the same thing more than once, and later of what was before the watch. */
static bool told_of(frond_watcher *w, const char *name, int what) {
    frond_deadline d = frond_in(20000);
    while (frond_watcher_wait(w, &news, d) == 0)
        if ((!name || strcmp(news.name, name) == 0) && (news.what & what))
            return true;
    return false;
}

static void entries_of_a_folder(void) {
    frond_watcher *w;
    begin("entries");
    CHECK_INT(frond_fs_watch_open(folder, &w), 0);
    put(file, "one");
    CHECK(told_of(w, "file", FROND_FS_RENAMED));
    CHECK(news.count >= 1);
    put(file, "three");
    CHECK(told_of(w, "file", FROND_FS_CHANGED));
    CHECK_INT(frond_fs_unlink(file, FROND_NEVER), 0);
    CHECK(told_of(w, "file", FROND_FS_RENAMED));
    frond_watcher_free(w);
    end();
}

static void *writes_later(void *unused) {
    frond_sleep(5);
    put(file, "later");
    return unused;
}

static void a_file(void) {
    frond_watcher *w;
    begin("a-file");
    put(file, "one");
    CHECK_INT(frond_fs_watch_open(file, &w), 0);
    frond_go(writes_later, NULL);
    CHECK(told_of(w, NULL, FROND_FS_CHANGED | FROND_FS_RENAMED)); /* and no deadlock */
    frond_watcher_free(w);
    CHECK_INT(frond_hub_join(FROND_NEVER), 0);
    end();
}

static void replace(void) {
    char other[1200];
    snprintf(other, sizeof other, "%s/other", folder);
    put(other, "new");
    CHECK_INT(frond_fs_rename(other, file, FROND_NEVER), 0);
}

/* Nothing is left that was told before. */
static void quiet(frond_watcher *w) {
    while (frond_watcher_wait(w, NULL, frond_in(50)) == 0)
        ;
}

/* As editors do it: it is the path that is watched, whatever has it. */
static void a_file_that_is_replaced(void) {
    frond_watcher *w;
    begin("replaced");
    put(file, "one");
    CHECK_INT(frond_fs_watch_open(file, &w), 0);
    for (int i = 0; i < 2; i++) {
        replace();
        CHECK(told_of(w, "file", FROND_FS_RENAMED));
        quiet(w);
        put(file, "four");
        CHECK(told_of(w, "file", FROND_FS_CHANGED | FROND_FS_RENAMED));
        quiet(w);
    }
    frond_watcher_free(w);
    end();
}

static void a_file_that_comes_again(void) {
    frond_watcher *w;
    begin("again");
    put(file, "one");
    CHECK_INT(frond_fs_watch_open(file, &w), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(frond_fs_unlink(file, FROND_NEVER), 0);
        CHECK(told_of(w, "file", FROND_FS_RENAMED));
        quiet(w);
        if (i)
            CHECK_INT(frond_watcher_wait(w, NULL, frond_in(1500)), FROND_ETIMEDOUT);
        put(file, "two");
        CHECK(told_of(w, "file", FROND_FS_RENAMED));
        quiet(w);
        put(file, "three");
        CHECK(told_of(w, "file", FROND_FS_CHANGED | FROND_FS_RENAMED));
    }
    frond_watcher_free(w);
    end();
}

static void a_folder_that_comes_again(void) {
    frond_watcher *w;
    begin("folder-again");
    CHECK_INT(frond_fs_watch_open(folder, &w), 0);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
    CHECK(told_of(w, NULL, FROND_FS_RENAMED | FROND_FS_OVERFLOWED));
    quiet(w);
    CHECK_INT(frond_fs_mkdir(folder, 0777, FROND_NEVER), 0);
    CHECK(told_of(w, "folder-again", FROND_FS_RENAMED));
    quiet(w);
    put(file, "one");
    CHECK(told_of(w, "file", FROND_FS_RENAMED));
    frond_watcher_free(w);
    end();
}

static void *waits_for_it(void *w) {
    CHECK(told_of(w, "file", FROND_FS_RENAMED | FROND_FS_CHANGED));
    return NULL;
}

static void kept_and_put_together(void) {
    frond_watcher *w;
    begin("kept");
    CHECK_INT(frond_fs_watch_open(folder, &w), 0);
    for (int i = 0; i < 3; i++) {
        put(file, "text");
        frond_sleep(5); /* the loop sees it, and nobody waits */
    }
    frond_greenlet *g = frond_spawn(waits_for_it, w);
    CHECK_INT(frond_join(g, frond_in(20000)), 0);
    frond_release(g);
    frond_watcher_free(w);
    end();
}

/* More than are remembered. */
static void too_many(void) {
    enum { MANY = 1100 };
    frond_watcher *w;
    char name[1100];
    uint64_t known = 0, unknown = 0;
    begin("many");
    CHECK_INT(frond_fs_watch_open(folder, &w), 0);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%s/%d", folder, i);
        put(name, "");
    }
    frond_sleep(50);
    while (frond_watcher_wait(w, &news, frond_in(500)) == 0)
        if (news.what == FROND_FS_OVERFLOWED || !news.name[0])
            unknown += news.count;
        else
            known++;
    CHECK(known >= 1 && known <= 1000);
    CHECK(unknown >= 1);
    frond_watcher_free(w);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%s/%d", folder, i);
        CHECK_INT(frond_fs_unlink(name, FROND_NEVER), 0);
    }
    end();
}

static void misuse(void) {
    frond_watcher *w = NULL;
    begin("misuse");
    CHECK_INT(frond_fs_watch_open(file, &w), FROND_ENOENT);
    CHECK_HAS(frond_error_text(), "misuse/file: no such file or directory");
    CHECK(w == NULL);
    CHECK_INT(frond_stat_watch_open(file, 1, &w, FROND_NOW), FROND_ETIMEDOUT);
    CHECK(w == NULL);
    end();
}

/* ---- attributes ---- */

static void case_53(void) {
    frond_watcher *w;
    begin("case-53");
    put(file, "one");
    CHECK_INT(frond_stat_watch_open(file, 5, &w, FROND_NEVER), 0);
    CHECK_INT(frond_watcher_wait(w, &news, frond_in(20)), FROND_ETIMEDOUT);
    frond_go(writes_later, NULL);
    do /* it may be seen between being emptied and being written */
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(20000)), 0);
    while (news.now.size == 0);
    CHECK(news.before.size == 3 || news.before.size == 0);
    CHECK_INT(news.now.size, 5);
    CHECK_INT(news.what, 0);
    CHECK_INT(news.now.kind, FROND_FILE_REGULAR);
    CHECK_INT(frond_fs_unlink(file, FROND_NEVER), 0);
    CHECK_INT(frond_watcher_wait(w, &news, frond_in(20000)), 0);
    CHECK_INT(news.what, FROND_ENOENT);
    CHECK_INT(news.before.size, 5);
    CHECK_INT(news.now.size, 0);
    CHECK_INT(news.now.links, 0);
    put(file, "again");
    do
        CHECK_INT(frond_watcher_wait(w, &news, frond_in(20000)), 0);
    while (news.now.size == 0);
    CHECK_INT(news.what, 0);
    CHECK_INT(news.now.size, 5);
    frond_watcher_free(w);
    end();
}

static void looked_at_when_waited_for(void) {
    frond_watcher *w;
    begin("looked");
    CHECK_INT(frond_stat_watch_open(file, 3600000, &w, FROND_NEVER), 0); /* not there */
    put(file, "one");
    frond_sleep(5);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NOW), FROND_ETIMEDOUT); /* not looked */
    CHECK_INT(frond_watcher_wait(w, &news, frond_in(20000)), 0);
    CHECK_INT(news.before.links, 0);
    CHECK_INT(news.now.size, 3);
    frond_waitable one = frond_watcher_waitable(w);
    CHECK_INT(frond_fs_unlink(file, FROND_NEVER), 0);
    CHECK_INT(frond_wait_any(&one, 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_watcher_wait(w, &news, FROND_NOW), 0);
    CHECK_INT(news.what, FROND_ENOENT);
    frond_watcher_free(w);
    end();
}

static void freed_while_it_looks(void) {
    begin("freed");
    for (int i = 0; i < 20; i++) {
        frond_watcher *w;
        CHECK_INT(frond_stat_watch_open(file, 1, &w, FROND_NEVER), 0);
        CHECK_INT(frond_watcher_wait(w, &news, (frond_deadline){frond_now() + 1000}),
                  FROND_ETIMEDOUT);
        if (i % 4 == 3)
            CHECK_INT(frond_hub_close(FROND_NEVER), 0);
        frond_watcher_free(w);
    }
    end();
}

/* Hours of looking, in no time. */
static void on_a_virtual_clock(void) {
    frond_watcher *w;
    begin("virtual");
    int was = frond_clock_virtual(1);
    int64_t start = frond_now();
    CHECK_INT(frond_stat_watch_open(file, 1800000, &w, FROND_NEVER), 0);
    CHECK_INT(frond_watcher_wait(w, &news, frond_in(36000000)), FROND_ETIMEDOUT);
    CHECK_INT((frond_now() - start) / 1000000, 36000000);
    frond_watcher_free(w);
    frond_clock_virtual(was);
    end();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"entries of a folder", entries_of_a_folder},
        {"a file", a_file},
        {"a file that is replaced", a_file_that_is_replaced},
        {"a file that comes again", a_file_that_comes_again},
        {"a folder that comes again", a_folder_that_comes_again},
        {"kept, and put together", kept_and_put_together},
        {"too many", too_many},
        {"misuse", misuse},
        {"case 53: changes and removals are seen, with what was and what is", case_53},
        {"looked at when waited for", looked_at_when_waited_for},
        {"freed while it looks", freed_while_it_looks},
        {"on a virtual clock", on_a_virtual_clock},
        {0}};
    return test_main("fs_watch", tests, argc, argv);
}
