/* SPDX-License-Identifier: MIT */
/* Where fetched files go: every name of every path is one that Linux, macOS and Windows
 * can hold, no path leaves its folder, and two URLs (input: one a line) share a path only
 * when they are the same but for user and fragment, upper and lower case being the same
 * or not. */
#include "fuzz.h"

#include "path_map.h"

#include <frond/memory.h>

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("http://h/a:b\nhttp://h/a%3Ab"),
    FUZZ_SEED("http://h/a/?q\nhttp://h/a/%index.html?q"),
    FUZZ_SEED("https://h/README.txt\nhttps://h:444/readme.txt"),
    FUZZ_SEED("http://con/nul.txt/com1/a~1. \nhttp://h//%25file"),
    FUZZ_SEED(
        "http://h/"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxNUL"
        ".x\n"
        "http://[fe80::1%25e]/.../a%2F*?/:"),
    FUZZ_SEEDS_END};

enum { NO_PARTS = ~(FROND_URL_USERINFO | FROND_URL_FRAGMENT) };

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static int is_device(const char *name, size_t len) {
    static const char *const devices[] = {"con", "prn", "aux", "nul"};
    size_t stem = 0;
    while (stem < len && name[stem] != '.')
        stem++;
    while (stem > 0 && name[stem - 1] == ' ')
        stem--;
    char s[4] = "";
    for (size_t i = 0; i < 3 && i < stem; i++)
        s[i] = lower(name[i]);
    if (stem == 4 && name[3] >= '0' && name[3] <= '9')
        return strcmp(s, "com") == 0 || strcmp(s, "lpt") == 0;
    for (size_t i = 0; stem == 3 && i < 4; i++)
        if (strcmp(s, devices[i]) == 0)
            return 1;
    return 0;
}

static void check_name(const char *name, size_t len) {
    FUZZ_CHECK(len > 0 && len <= 250);
    FUZZ_CHECK(name[len - 1] != '.' && name[len - 1] != ' ' && name[0] != ' ');
    FUZZ_CHECK(!is_device(name, len));
    FUZZ_CHECK(len < 5 || (memcmp(name + len - 5, FROND__PATH_ASIDE, 5) != 0 &&
                           memcmp(name, FROND__PATH_TEMP, 5) != 0));
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(name[i] >= ' ' && name[i] < 0x7F &&
                   strchr("\"*:<>?\\|", name[i]) == NULL);
}

static void check_path(const char *path) {
    size_t from = 0, n;
    while ((n = frond__path_folder(path, from)) > 0) {
        check_name(path + from + (from > 0), n - from - (from > 0));
        from = n;
    }
    FUZZ_CHECK(from > 0);
    check_name(path + from + 1, strlen(path + from + 1));
}

static char *map(const frond_url *u, int folds) {
    frond__path_options options = {folds, 0};
    char *path = NULL;
    FUZZ_CHECK(frond__path_map(u, &options, &path) == 0);
    check_path(path);
    for (char *c = path; folds && *c != '\0'; c++)
        *c = lower(*c);
    return path;
}

static void compare(const frond_url *a, const frond_url *b) {
    char *one = frond_url_text(a, NO_PARTS & FROND_URL_WHOLE);
    char *two = frond_url_text(b, NO_PARTS & FROND_URL_WHOLE);
    for (int folds = 0; folds < 2; folds++) {
        char *p = map(a, folds), *q = map(b, folds);
        FUZZ_CHECK((strcmp(one, two) == 0) == (strcmp(p, q) == 0));
        frond_free(p);
        frond_free(q);
    }
    frond_free(one);
    frond_free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - data) : size;
    frond_url a, b;
    if (frond_url_parse((const char *)data, first, &a) == 0) {
        const char *rest = line != NULL ? (const char *)line + 1 : "";
        if (frond_url_resolve(&a, rest, line != NULL ? size - first - 1 : 0, &b) < 0)
            frond_url_parse("http://h/", 9, &b);
        compare(&a, &b);
        frond_url_free(&b);
    }
    frond_url_free(&a);
    return 0;
}
