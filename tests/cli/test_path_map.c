/* SPDX-License-Identifier: MIT */
/* Where fetched files go: the documented examples, the names no file system takes, and a
 * decoder that undoes the mapping, which proves that no two URLs share a path: not even
 * where upper and lower case are the same. */
#include "../http/suite.h"

#include "path_map.h"

#include <frond/error.h>
#include <frond/memory.h>

static char *map(const char *url, int folds, size_t max_path, int *result) {
    frond_url u;
    frond__path_options options = {folds, max_path};
    char *path = NULL;
    CHECK_ROW(frond_url_parse(url, strlen(url), &u) == 0, url);
    *result = frond__path_map(&u, &options, &path);
    frond_url_free(&u);
    return path;
}

static void check(const char *url, int folds, const char *want) {
    int r;
    char *path = map(url, folds, 0, &r);
    CHECK_ROW(r == 0 && path != NULL && strcmp(path, want) == 0, url);
    if (path != NULL && strcmp(path, want) != 0)
        printf(" got %s", path);
    frond_free(path);
}

static void test_examples(void) {
    static const struct {
        const char *url, *path;
    } rows[] = {
        {"http://h/a/b/file-1.html", "h/a/b/file-1.html"},
        {"http://example.org/README.TXT", "example.org/README.TXT"},
        {"http://h/.well-known/x_y~z,a;b=c@d!$&'()+",
         "h/.well-known/x_y~z,a;b=c@d!$&'()+"},
        {"http://h/~user/", "h/~user/%index.html"},
        {"http://h", "h/%index.html"},
        {"http://h/a/", "h/a/%index.html"},
        {"http://h/a/index.html", "h/a/index.html"},
        {"http://h/a", "h/a"},
        {"http://h/a//b", "h/a/%/b"},
        {"http://h//", "h/%/%index.html"},
        {"http://h/a?", "h/a%3F"},
        {"http://h/a?b=c", "h/a%3Fb=c"},
        {"http://h/a%3Fb=c", "h/a%253Fb=c"},
        {"http://h/a?b=/c:d?*", "h/a%3Fb=%2Fc%3Ad%3F%2A"},
        {"http://h/?q", "h/%index.html%3Fq"},
        {"http://h/a:b*c", "h/a%3Ab%2Ac"},
        {"http://h/a%3Ab%2ac", "h/a%253Ab%252Ac"},
        {"http://h/a%2Fb", "h/a%252Fb"},
        {"http://h/a%253Ab", "h/a%25253Ab"},
        {"http://h/100%25", "h/100%2525"},
        {"http://h/a b", "h/a b"},
        {"http://h/ a ", "h/%20a%20"},
        {"http://h/a [1] {2} ^`", "h/a [1] {2} ^`"},
        {"http://h/%22%3C%3E%5C%7C", "h/%22%3C%3E%5C%7C"},
        {"http://h/\xC3\xA9%00%0A", "h/%C3%A9%00%0A"},
        {"http://h/...", "h/..%2E"},
        {"http://h/a./b", "h/a%2E/b"},
        {"http://h/a.?", "h/a.%3F"},
        {"http://h/progra~1.exe", "h/progra%7E1.exe"},
        {"http://h/nul", "h/%6Eul"},
        {"http://h/NUL.tar.gz", "h/%4EUL.tar.gz"},
        {"http://h/con .txt", "h/%63on .txt"},
        {"http://h/com1/lpt9.x", "h/%63om1/%6Cpt9.x"},
        {"http://h/com/com10/lptx/console/nulx/aux2",
         "h/com/com10/lptx/console/nulx/aux2"},
        {"http://h/AUX/prn/conin$/CONOUT$/clock$",
         "h/%41UX/%70rn/%63onin$/%43ONOUT$/%63lock$"},
        {"http://con/", "%63on/%index.html"},
        {"http://h:8080/a", "h+8080/a"},
        {"http://127.0.0.1:8080/a", "127.0.0.1+8080/a"},
        {"https://h/a", "https+h/a"},
        {"https://h:8443/a", "https+h+8443/a"},
        {"https://h:80/a", "https+h+80/a"},
        {"http://h:443/a", "h+443/a"},
        {"http://h./a", "h%2E/a"},
        {"http://[::1]/a", "%3A%3A1/a"},
        {"https://[fe80::1%25eth0]:81/a", "https+fe80%3A%3A1%25eth0+81/a"},
        {"http://user:secret@h/a#fragment", "h/a"},
        {"http://h/../../etc/passwd", "h/etc/passwd"},
        {"http://h/%2e%2e/%2E./a", "h/a"},
        {"http://h/..%2F..%2Fa", "h/..%252F..%252Fa"},
        {"http://h/..%5C..%5Ca", "h/..%5C..%5Ca"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(rows[i].url, 0, rows[i].path);
    check("http://h/README.txt", 1, "h/%=fc=README.txt");
    check("http://h/readme.txt", 1, "h/readme.txt");
    check("http://h/Makefile", 1, "h/%=8=Makefile");
    check("http://h/Docs/aB:C", 1, "h/%=8=Docs/%=6=aB%3AC");
    check("http://h/CON", 1, "h/%=c=%43ON");
    check("http://h/%3A/%C3%A9", 1, "h/%=8=%253A/%C3%A9");
}

static void test_long_names(void) {
    char url[3000], want[3000], a[600];
    memset(a, 'a', sizeof a);
    snprintf(url, sizeof url, "http://h/%.240s", a);
    snprintf(want, sizeof want, "h/%.240s", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.241s/b", a);
    snprintf(want, sizeof want, "h/%.240s%%+/a/b", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.500s?x", a);
    snprintf(want, sizeof want, "h/%.240s%%+/%.240s%%+/%.20s%%3Fx", a, a, a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.239s:b", a);
    snprintf(want, sizeof want, "h/%.239s%%+/%%3Ab", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.238s:b", a);
    snprintf(want, sizeof want, "h/%.238s%%+/%%3Ab", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.237s:b", a);
    snprintf(want, sizeof want, "h/%.237s%%3A%%+/b", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.240snul.x", a);
    snprintf(want, sizeof want, "h/%.240s%%+/%%6Eul.x", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "http://h/%.239s.b", a);
    snprintf(want, sizeof want, "h/%.239s%%2E%%+/b", a);
    check(url, 0, want);
    snprintf(url, sizeof url, "https://%.63s.%.63s.%.63s.%.61s:65535/", a, a, a, a);
    snprintf(want, sizeof want,
             "https+%.63s.%.63s.%.63s.%.42s%%+/%.19s+65535/%%index.html", a, a, a, a, a);
    check(url, 0, want);
}

static void test_path_limit(void) {
    int r;
    char *path = map("http://h/abc", 0, 10, &r); /* "h/abc" and "%file" */
    CU_ASSERT_EQUAL(r, 0);
    frond_free(path);
    path = map("http://h/abcd", 0, 10, &r);
    CU_ASSERT_EQUAL(r, FROND_ENAMETOOLONG);
    CU_ASSERT_PTR_NULL(path);
    CU_ASSERT_STRING_EQUAL(frond_error_text(), "path of 11 bytes: 10 is the most");
}

static void test_helpers(void) {
    const char *path = "h/a/bc/d";
    size_t n = frond__path_folder(path, 0);
    CU_ASSERT_EQUAL(n, 1);
    n = frond__path_folder(path, n);
    CU_ASSERT_EQUAL(n, 3);
    char *aside = frond__path_aside(path, n);
    CU_ASSERT_STRING_EQUAL(aside, "h/a%file");
    frond_free(aside);
    n = frond__path_folder(path, n);
    CU_ASSERT_EQUAL(n, 6);
    CU_ASSERT_EQUAL(frond__path_folder(path, n), 0);
}

/* ---- what must hold for every path ---- */

static int device(const char *name, size_t len) {
    static const char *const names[] = {"con",    "prn",    "aux",    "nul",
                                        "clock$", "conin$", "conout$"};
    char stem[16] = "";
    size_t n = 0;
    for (; n < len && n < 15 && name[n] != '.'; n++)
        stem[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32 : name[n]);
    while (n > 0 && stem[n - 1] == ' ')
        stem[--n] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(stem, names[i]) == 0)
            return 1;
    return n == 4 && (memcmp(stem, "com", 3) == 0 || memcmp(stem, "lpt", 3) == 0) &&
           stem[3] >= '0' && stem[3] <= '9';
}

static void check_names(const char *path) {
    CHECK_ROW(strchr(path, '/') != NULL, path);
    for (const char *at = path;; at++) {
        size_t n = strcspn(at, "/");
        CHECK_ROW(n > 0 && n + strlen(FROND__PATH_ASIDE) <= 255, path);
        CHECK_ROW(at[n - 1] != '.' && at[n - 1] != ' ' && at[0] != ' ', path);
        CHECK_ROW(!device(at, n), path);
        CHECK_ROW(n < 5 || memcmp(at, FROND__PATH_TEMP, 5) != 0, path);
        CHECK_ROW(n < 5 || memcmp(at + n - 5, FROND__PATH_ASIDE, 5) != 0, path);
        for (size_t i = 0; i < n; i++)
            CHECK_ROW(at[i] >= ' ' && at[i] < 0x7F && strchr("\"*:<>?\\|", at[i]) == NULL,
                      path);
        at += n;
        if (*at == '\0')
            break;
    }
}

/* ---- undoing it ---- */

static int nibble(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int escape_at(const char *text) {
    if (text[0] != '%' || nibble(text[1]) < 0 || nibble(text[2]) < 0)
        return -1;
    return nibble(text[1]) * 16 + nibble(text[2]);
}

/* Takes the folders of cut names together; what was encoded for the cut's sake, a dot
 * before it and a letter after it, is decoded. */
static void join_cuts(const char *path, char *out) {
    for (const char *at = path; *at != '\0'; at++) {
        if (strncmp(at, "%2E%+/", 6) == 0) {
            *out++ = '.';
            at += 3;
        }
        if (strncmp(at, "%+/", 3) != 0) {
            *out++ = *at;
            continue;
        }
        at += 2;
        int byte = escape_at(at + 1);
        if (byte > 0 && strchr("capln", byte | 32) != NULL && byte >= 'A') {
            *out++ = (char)byte;
            at += 3;
        }
    }
    *out = '\0';
}

/* Lower-cases a path but for the digits of escapes, as a folding file system may show it;
 * those digits are put back as capitals by any reader, for they always are. */
static void fold(char *path) {
    for (; *path != '\0'; path++) {
        if (escape_at(path) >= 0)
            path += 2;
        else if (*path >= 'A' && *path <= 'Z')
            *path = (char)(*path + 32);
    }
}

/* Takes "%=mask=" off a name and puts its capitals back. */
static void put_capitals_back(char *path) {
    for (char *name = path; name != NULL; name = strchr(name, '/')) {
        if (*name == '/')
            name++;
        if (strncmp(name, "%=", 2) != 0)
            continue;
        char *mask = name + 2, *text = strchr(mask, '=') + 1;
        size_t letters = 0, most = (size_t)(text - mask - 1) * 4;
        for (char *at = text; *at != '\0' && *at != '/'; at++) {
            if (escape_at(at) >= 0) {
                at += 2;
            } else if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z')) {
                char m = mask[letters / 4];
                int bits = letters < most ? (m <= '9' ? m - '0' : m - 'a' + 10) : 0;
                if (*at >= 'a' && (bits & 8 >> letters % 4))
                    *at = (char)(*at - 32);
                letters++;
            }
        }
        memmove(name, text, strlen(text) + 1);
    }
}

/* One name back into its piece of the URL. */
static char *decode_name(char *out, const char *name, size_t len, int last) {
    if (len == 1 && name[0] == '%')
        return out;
    for (size_t i = 0; i < len; i++) {
        int byte = escape_at(name + i);
        if (last && i == 0 && strncmp(name, "%index.html", 11) == 0) {
            i += 10;
        } else if (byte == '%') { /* an escape of the URL */
            out += sprintf(out, "%%%c%c", name[i + 3], name[i + 4]);
            i += 4;
        } else if (byte >= 0) {
            int raw = strchr("*/:?.~", byte) != NULL || (byte >= '0' && byte <= '9') ||
                      (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
            out += sprintf(out, byte != 0 && raw ? "%c" : "%%%02X", byte);
            i += 2;
        } else if (strchr(" []^`{}", name[i]) != NULL) {
            out += sprintf(out, "%%%02X", (unsigned)name[i]);
        } else {
            *out++ = name[i];
        }
    }
    *out = '\0';
    return out;
}

static void decode_host(char *out, const char *name, size_t len) {
    char host[600];
    snprintf(host, sizeof host, "%.*s", (int)len, name);
    const char *at = host, *scheme = "http";
    if (strncmp(at, "https+", 6) == 0) {
        scheme = "https";
        at += 6;
    }
    size_t n = strcspn(at, "+");
    char plain[600];
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        int byte = escape_at(at + i);
        plain[k++] = byte >= 0 ? (char)byte : at[i];
        if (byte == '%')
            k += (size_t)sprintf(plain + k, "25");
        if (byte >= 0)
            i += 2;
    }
    plain[k] = '\0';
    int v6 = strchr(plain, ':') != NULL;
    sprintf(out, "%s://%s%s%s%s%s", scheme, v6 ? "[" : "", plain, v6 ? "]" : "",
            at[n] == '+' ? ":" : "", at[n] == '+' ? at + n + 1 : "");
}

static void decode(const char *path, int folded, char *out) {
    static char joined[20000];
    join_cuts(path, joined);
    if (folded)
        put_capitals_back(joined);
    size_t n = strcspn(joined, "/");
    decode_host(out, joined, n);
    out += strlen(out);
    for (const char *at = joined + n; *at == '/';) {
        at++;
        n = strcspn(at, "/");
        *out++ = '/';
        *out = '\0';
        out = decode_name(out, at, n, at[n] == '\0');
        at += n;
    }
}

/* ---- random URLs ---- */

static void random_url(char *out, uint64_t *seed) {
    static const char *const hosts[] = {
        "http://h",           "https://h",   "http://h:81",  "https://h:81",
        "http://con",         "http://a.b.", "http://[::1]", "https://[fe80::1%25en0]:82",
        "http://1.2.3.4:8080"};
    static const char *const pieces[] = {
        "/",           "/",   "/",     "a",    "A",    "b",  "C",   "index.html",
        "%index.html", "nul", "CON",   "com1", "lpt0", ".",  "..",  ":",
        "*",           "~",   "~1",    "1",    "25",   "3A", "%25", "%3A",
        "%3a",         "%2F", "%3F",   "%2A",  "%20",  " ",  "+",   "%+",
        "%=",          "=8=", "%file", "%",    "[",    "{",  "%5C", "\xC3\xA9",
        "|",           "<",   "e",     "f",    "%00",  "-",  "_",   "aux.x",
        "@",           "&"};
    strcpy(out, hosts[suite_below(seed, sizeof hosts / sizeof *hosts)]);
    strcat(out, "/");
    size_t count = suite_below(seed, suite_below(seed, 20) ? 9 : 300);
    for (size_t i = 0; i < count; i++) {
        if (suite_below(seed, 30) == 0)
            strcat(out, "?");
        if (suite_below(seed, 40) == 0) {
            size_t n = strlen(out), run = 225 + suite_below(seed, 20);
            memset(out + n, suite_below(seed, 2) ? 'x' : 'Y', run);
            out[n + run] = '\0';
        }
        strcat(out, pieces[suite_below(seed, sizeof pieces / sizeof *pieces)]);
    }
}

static void test_random_inverse(void) {
    uint64_t seed = suite_seed();
    static char text[12000], back[40000], normal[40000];
    for (int i = 0; i < 60000; i++) {
        random_url(text, &seed);
        frond_url u;
        int r = frond_url_parse(text, strlen(text), &u);
        CHECK_ROW(r == 0, text);
        if (r < 0)
            continue;
        frond_url_format(&u, FROND_URL_WHOLE, normal, sizeof normal);
        for (int folds = 0; folds < 2; folds++) {
            frond__path_options options = {folds, 0};
            char *path;
            CHECK_ROW(frond__path_map(&u, &options, &path) == 0, text);
            check_names(path);
            if (folds)
                fold(path);
            decode(path, folds, back);
            CHECK_ROW(strcmp(back, normal) == 0, normal);
            if (strcmp(back, normal) != 0)
                printf("\n    path %s\n    back %s", path, back);
            frond_free(path);
        }
        frond_url_free(&u);
    }
}

int main(void) {
    static const suite_test tests[] = {{"examples", test_examples},
                                       {"long names", test_long_names},
                                       {"path limit", test_path_limit},
                                       {"helpers", test_helpers},
                                       {"random inverse", test_random_inverse},
                                       {NULL, NULL}};
    return suite_run("path_map", tests);
}
