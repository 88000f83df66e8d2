/* SPDX-License-Identifier: MIT */
/* The table of settings, and what their types take. */
#include "config/config.h"

#include "os/os.h"
#include <frond/addr.h>
#include <stdio.h>
#include <string.h>

#define SETTING(name, type, least, most, words, fallback, text)                          \
    {"FROND_" #name, FROND__##type, least, most, words, fallback, text},
const frond__setting frond__settings[FROND_SETTING_COUNT] = {FROND_SETTINGS(SETTING)};
#undef SETTING

/* Digits, to the end of text; behind them, of a size, a letter. */
static bool parse_number(const frond__setting *s, const char *text, uint64_t *number) {
    static const char letters[] = "KMGT";
    uint64_t n = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9'; c++) {
        unsigned digit = (unsigned)(*c - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (c == text)
        return false;
    const char *letter = s->type == FROND__SIZE && *c ? strchr(letters, *c) : NULL;
    if (letter) {
        unsigned bits = 10 * (unsigned)(letter - letters + 1);
        if (n > UINT64_MAX >> bits)
            return false;
        n <<= bits;
        c++;
    }
    *number = n;
    return !*c && n >= s->least && n <= s->most;
}

static bool parse_choice(const char *words, const char *text, uint64_t *number) {
    size_t n = strlen(text);
    *number = 0;
    for (const char *word = words;; word++, ++*number) {
        size_t length = strcspn(word, "|");
        if (length == n && memcmp(word, text, n) == 0)
            return true;
        word += length;
        if (!*word)
            return false;
    }
}

static bool parse_signal(const char *text, uint64_t *number) {
    int n = frond__os_signal_named(text);
    *number = n > 0 ? (uint64_t)n : 0;
    return n > 0;
}

static bool parse_address(const char *text, size_t n) {
    char one[FROND_ADDR_TEXT];
    frond_addr a;
    if (n == 0 || n >= sizeof one)
        return false;
    memcpy(one, text, n);
    one[n] = '\0';
    bool no_host = one[0] == ':' && one[1] != ':';
    return !no_host && frond_addr_parse_port(&a, one, 1) == 0 && a.port != 0;
}

static bool parse_addresses(const frond__setting *s, const char *text) {
    uint64_t n = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (++n > s->most || !parse_address(at, length))
            return false;
        at += length;
        if (!*at)
            return true;
    }
}

bool frond__setting_parse(const frond__setting *s, const char *text, uint64_t *number) {
    *number = 0;
    switch (s->type) {
    case FROND__FLAG:
    case FROND__NUMBER:
    case FROND__SIZE:
        return parse_number(s, text, number);
    case FROND__CHOICE:
        return parse_choice(s->words, text, number);
    case FROND__SIGNAL:
        return parse_signal(text, number);
    case FROND__ADDRESSES:
        return parse_addresses(s, text);
    case FROND__PATH:
    case FROND__TEXT:
        break;
    }
    return true;
}

static void allowed_number(const frond__setting *s, char *out, size_t cap) {
    const char *space = *s->words ? " " : "";
    if (s->most == UINT64_MAX)
        snprintf(out, cap, "a number from %llu%s%s", (unsigned long long)s->least, space,
                 s->words);
    else
        snprintf(out, cap, "a number from %llu to %llu%s%s", (unsigned long long)s->least,
                 (unsigned long long)s->most, space, s->words);
}

static void allowed_choice(const char *words, char *out, size_t cap) {
    size_t n = 0;
    for (const char *c = words; *c && n + 5 < cap; c++) {
        bool last = *c == '|' && !strchr(c + 1, '|');
        const char *between = last ? " or " : "; ";
        if (*c == '|')
            for (; *between; between++)
                out[n++] = *between;
        else
            out[n++] = *c;
    }
    out[n] = '\0';
}

void frond__setting_allowed(const frond__setting *s, char *out, size_t cap) {
    switch (s->type) {
    case FROND__FLAG:
        snprintf(out, cap, "0 or 1");
        break;
    case FROND__NUMBER:
        allowed_number(s, out, cap);
        break;
    case FROND__SIZE:
        snprintf(out, cap, "a number of bytes, or with K, M, G or T behind it");
        break;
    case FROND__CHOICE:
        allowed_choice(s->words, out, cap);
        break;
    case FROND__SIGNAL:
        snprintf(out, cap,
                 "QUIT, USR1, USR2, HUP, INT, TERM or a signal's number; on "
                 "Windows BREAK");
        break;
    case FROND__ADDRESSES:
        snprintf(out, cap, "a list of addresses, as 10.0.0.1,[::1]:53");
        break;
    case FROND__PATH:
        snprintf(out, cap, "a path");
        break;
    case FROND__TEXT:
        snprintf(out, cap, "any text");
    }
}
