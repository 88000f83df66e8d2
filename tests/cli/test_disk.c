/* SPDX-License-Identifier: MIT */
/* Files by paths of any length: more than Windows takes as they are. */
#include "support.h"

#include "disk.h"
#include "os.h"
#include <frond/impl/path.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { DEPTH = 4, NAME = 90, ROOM = 2048 };

/* So many folders below base, one in the other, and a name in the last. */
static const char *at(char *path, const char *base, int depth, const char *name) {
    int n = snprintf(path, ROOM, "%s", base);
    for (int i = 0; i < depth; i++)
        n += snprintf(path + n, ROOM - (size_t)n, "/%0*d", NAME, i);
    if (name)
        snprintf(path + n, ROOM - (size_t)n, "/%s", name);
    return path;
}

static void remove_folder(const char *path) {
    uv_fs_t request;
    char *own;
    CHECK_INT(uv_fs_rmdir(NULL, &request, frond_path_native(path, &own), NULL), 0);
    uv_fs_req_cleanup(&request);
    frond_free(own);
}

static void seen(const char *name, void *arg) {
    (void)arg;
    log_add(name);
}

static void use_a_file(const char *folder, const char *a, const char *b) {
    disk_entry e;
    int fd = disk_create(a, 0666);
    CHECK(fd >= 0);
    CHECK_INT(disk_write(fd, "text", 4), 0);
    CHECK_INT(disk_close(fd), 0);
    CHECK_INT(disk_rename(a, b), 0);
    CHECK_INT(disk_look(a, false, &e), FROND_ENOENT);
    CHECK_INT(disk_look(b, false, &e), 0);
    CHECK(!e.folder);
    fd = disk_open(b);
    CHECK(fd >= 0);
    CHECK_INT(disk_close(fd), 0);
    log_clear();
    disk_each(folder, seen, NULL);
    CHECK_TEXT(log_text(), "b");
    CHECK_INT(disk_remove(b), 0);
}

static void use(const char *base) {
    char folder[ROOM], a[ROOM], b[ROOM];
    disk_entry e = {0};
    CHECK_INT(disk_make_folder(base), 0);
    for (int depth = 1; depth <= DEPTH; depth++) {
        CHECK_INT(disk_make_folder(at(folder, base, depth, NULL)), 0);
        CHECK_INT(disk_make_folder(folder), FROND_EEXIST);
    }
    CHECK(strlen(folder) > 300);
    CHECK_INT(disk_may_write(folder), 0);
    CHECK_INT(disk_look(folder, true, &e), 0);
    CHECK(e.folder);
    use_a_file(folder, at(a, base, DEPTH, "a"), at(b, base, DEPTH, "b"));
    for (int depth = DEPTH; depth >= 0; depth--)
        remove_folder(at(folder, base, depth, NULL));
}

static void whole_paths(void) {
    char base[ROOM];
    test_path(base, sizeof base, "gr\xc3\xbcn");
    use(base);
}

static void relative_paths(void) {
    use("frond-test-disk");
    use(".//frond-test-disk");
}

/* What the system gets for a long path with this start; NULL: the path itself. */
static void becomes(const char *start, const char *expected) {
    char path[ROOM], *own;
    at(path, start, DEPTH, NULL);
    const char *got = frond_path_native(path, &own);
    if (!expected) {
        CHECK(got == path && !own);
        return;
    }
    CHECK(got && got == own);
    if (got)
        CHECK(strncmp(got, expected, strlen(expected)) == 0);
    if (got)
        CHECK_INT(strlen(got), strlen(expected) + strlen(path) - strlen(start));
    frond_free(own);
}

static void forms(void) {
    const char *same = "a/b";
    char *own;
    bool windows = os_is_separator('\\');
    CHECK(frond_path_native(same, &own) == same && !own);
    becomes("C:/a/../b", windows ? "\\\\?\\C:\\b" : NULL);
    becomes("//server/share", windows ? "\\\\?\\UNC\\server\\share" : NULL);
    becomes("\\\\?\\C:\\b", NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"whole paths", whole_paths},
                                      {"relative paths", relative_paths},
                                      {"forms", forms},
                                      {0}};
    return test_main("disk", tests, argc, argv);
}
