/* SPDX-License-Identifier: MIT */
/* See name.h. */
#include "name.h"

#include <frond/error.h>
#include <stdio.h>
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

int frond__name_take(const char *host, bool any, char *out, const char **why) {
    size_t n = 0;
    bool ascii = true;
    *why = "not a valid name";
    for (; host[n]; n++) {
        char c = host[n];
        if (n + 2 > FROND__NAME_CAP)
            return FROND_EDNS_BADNAME;
        ascii = ascii && (unsigned char)c < 0x80;
        out[n] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    out[n] = '\0';
    if (!ascii) {
        int rc = frond__idn_ascii(host, out, why);
        if (rc < 0)
            return rc;
        n = strlen(out);
    }
    if (any && strcmp(out, ".") == 0)
        return 0;
    return is_name(out, n, any) ? 0 : FROND_EDNS_BADNAME;
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

/* A hash of FNV's kind; the cache's bound on entries bounds what collisions can cost. */
uint64_t frond__name_key(const char *name, int kind, char *key) {
    uint64_t hash = 0xcbf29ce484222325U ^ (uint64_t)kind;
    char *at = key;
    if (kind < 0) {
        *at++ = (char)-kind;
        *at++ = ' ';
    } else {
        at += snprintf(key, 8, "%d ", kind & 0xffff);
    }
    for (; *name; name++) {
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
        *at++ = *name;
    }
    *at = '\0';
    return hash ^ hash >> 32;
}

bool frond__name_may_be_address(const char *host) {
    if (host[0] == '[')
        return true;
    bool digits = true;
    for (; *host; host++) {
        if (*host == ':')
            return true;
        digits = digits && ((*host >= '0' && *host <= '9') || *host == '.');
    }
    return digits;
}
