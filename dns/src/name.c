/* SPDX-License-Identifier: MIT */
/* See name.h. */
#include "name.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/name.h>
#include <string.h>

static bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Labels of 1 to 63 characters; those of hosts are letters, digits, hyphens within, and, since they are in use,
 * underscores; a dot at the end is allowed. */
static bool is_name(const char *name, size_t all, bool any) {
    size_t label = 0;
    if (all && name[all - 1] == '.')
        all--;
    if (all == 0 || all > FROND__MOST_NAME)
        return false;
    for (size_t i = 0; i <= all; i++) {
        char c = i < all ? name[i] : '.';
        if (c == '.') {
            if (label == 0 || label > 63 || (!any && name[i - 1] == '-'))
                return false;
            label = 0;
            continue;
        }
        bool allowed = any ? c > ' ' && c != '\\' && c < 0x7f
                           : alphanumeric(c) || c == '_' || (c == '-' && label);
        if (!allowed)
            return false;
        label++;
    }
    return true;
}

/* What a name may be, by its characters; and the letters that are to be folded. */
enum { ADDRESS = 1, COLON = 2, UPPER = 4, HIGH = 8 };

static const uint8_t classes[256] = {
    ['.'] = ADDRESS, ['0'] = ADDRESS, ['1'] = ADDRESS, ['2'] = ADDRESS, ['3'] = ADDRESS,
    ['4'] = ADDRESS, ['5'] = ADDRESS, ['6'] = ADDRESS, ['7'] = ADDRESS, ['8'] = ADDRESS,
    ['9'] = ADDRESS, [':'] = COLON,   ['A'] = UPPER,   ['B'] = UPPER,   ['C'] = UPPER,
    ['D'] = UPPER,   ['E'] = UPPER,   ['F'] = UPPER,   ['G'] = UPPER,   ['H'] = UPPER,
    ['I'] = UPPER,   ['J'] = UPPER,   ['K'] = UPPER,   ['L'] = UPPER,   ['M'] = UPPER,
    ['N'] = UPPER,   ['O'] = UPPER,   ['P'] = UPPER,   ['Q'] = UPPER,   ['R'] = UPPER,
    ['S'] = UPPER,   ['T'] = UPPER,   ['U'] = UPPER,   ['V'] = UPPER,   ['W'] = UPPER,
    ['X'] = UPPER,   ['Y'] = UPPER,   ['Z'] = UPPER};

/* A hash of FNV's kind; the cache's bound on entries bounds what collisions can cost. */
void frond__name_fold(const char *host, frond__name *name) {
    uint64_t hash = 0xcbf29ce484222325U;
    unsigned all = ADDRESS, any = 0;
    size_t n = 0;
    for (; n < FROND__NAME_CAP - 1 && host[n]; n++) {
        uint8_t c = (uint8_t)host[n], is = classes[c];
        all &= is;
        any |= is | (c & 0x80u) >> 4;
        c = (uint8_t)(c + (is & UPPER) * 8);
        hash = (hash ^ c) * 0x100000001b3U;
        name->text[n] = (char)c;
    }
    name->text[n] = '\0';
    name->too_long = host[n] != '\0';
    name->hash = hash ^ hash >> 32;
    name->ascii = !(any & HIGH);
    name->may_be_address = all || any & COLON || host[0] == '[';
}

int frond__name_check(frond__name *name, bool any, const char **why) {
    char ascii[FROND__NAME_CAP];
    *why = "not a valid name";
    if (name->too_long)
        return FROND_EDNS_BADNAME;
    if (!name->ascii) {
        int rc = frond__idn_ascii(name->text, ascii, why);
        if (rc < 0)
            return rc;
        frond__name_fold(ascii, name);
    }
    if (any && strcmp(name->text, ".") == 0)
        return 0;
    return is_name(name->text, strlen(name->text), any) ? 0 : FROND_EDNS_BADNAME;
}

int frond_name_to_ascii(const char *host, char out[FROND_NAME_ASCII]) {
    frond__name name;
    const char *why;
    frond__name_fold(host, &name);
    int rc = frond__name_check(&name, false, &why);
    if (rc == FROND_EDNS_BADNAME)
        return frond_fail_text(rc, "\"%.255s\" is %s", host, why);
    if (rc < 0)
        return frond_fail_set(rc, "name");
    memcpy(out, name.text, sizeof name.text);
    return 0;
}

bool frond__name_ends_with(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    if (n && name[n - 1] == '.')
        n--;
    return n >= m && memcmp(name + n - m, suffix, m) == 0;
}

bool frond__name_is_localhost(const char *name) {
    return strcmp(name, "localhost") == 0 || strcmp(name, "localhost.") == 0 ||
           frond__name_ends_with(name, ".localhost");
}
