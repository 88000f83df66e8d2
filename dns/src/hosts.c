/* SPDX-License-Identifier: MIT */
/* The hosts file as a hash table.  Its names lie in the text as it was read, folded to lower case, but for those in
 * other scripts, which are kept as they are looked up: in ASCII. */
#include "hosts.h"

#include "file.h"
#include "name.h"
#include <frond/error.h>
#include <frond/impl/memory.h>
#include <string.h>

typedef struct {
    const char *name;
    char *own; /* its memory, when it does not lie in the text */
    uint32_t hash;
    uint32_t next; /* in its bucket, in the file's order; 0: none, else an index + 1 */
    uint32_t line;
} word;

typedef struct {
    frond_addr addr;
    uint32_t first, n; /* its words; the first is the full name */
} line;

struct frond__hosts {
    char *text;
    word *words;
    line *lines;
    uint32_t *buckets;
    uint32_t n_words, n_lines, n_buckets;
};

static uint32_t hash_of(const char *name) {
    uint32_t hash = 2166136261U;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash ^ hash >> 15;
}

static void fold(char *name) {
    size_t n = strlen(name);
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    if (n > 1 && name[n - 1] == '.')
        name[n - 1] = '\0';
}

static bool is_ascii(const char *name) {
    while (*name && (unsigned char)*name < 0x80)
        name++;
    return !*name;
}

/* What is no name stays as it is, and is never asked for. */
static int set_name(word *w, char *name) {
    frond__name ascii;
    const char *why;
    fold(name);
    w->name = name;
    if (!is_ascii(name)) {
        frond__name_fold(name, &ascii);
        int rc = frond__name_check(&ascii, true, &why);
        if (rc == FROND_ENOMEM)
            return rc;
        if (rc == 0 && !(w->own = frond_strndup(ascii.text, strlen(ascii.text))))
            return FROND_ENOMEM;
        w->name = w->own ? w->own : name;
    }
    w->hash = hash_of(w->name);
    return 0;
}

/* An upper bound of both, by counting. */
static int make_room(frond__hosts *h) {
    uint32_t lines = 1, words = 1;
    for (const char *c = h->text; *c; c++) {
        lines += *c == '\n';
        words += *c == ' ' || *c == '\t' || *c == '\n';
    }
    h->n_buckets = 16;
    while (h->n_buckets < words)
        h->n_buckets *= 2;
    h->words = frond_calloc(words, sizeof *h->words);
    h->lines = frond_calloc(lines, sizeof *h->lines);
    h->buckets = frond_calloc(h->n_buckets, sizeof *h->buckets);
    return h->words && h->lines && h->buckets ? 0 : FROND_ENOMEM;
}

static int read_line(frond__hosts *h, char *text) {
    char *rest = text;
    char *ip = frond__text_word(&rest);
    line *l = &h->lines[h->n_lines];
    int rc = 0;
    if (!ip || frond_addr_parse(&l->addr, ip, 0) < 0)
        return 0;
    l->first = h->n_words;
    for (char *name; rc == 0 && (name = frond__text_word(&rest)) != NULL; l->n++) {
        word *w = &h->words[h->n_words++];
        w->line = h->n_lines;
        rc = set_name(w, name);
    }
    h->n_lines += l->n > 0;
    return rc;
}

/* Backwards, so that each bucket has the file's order. */
static void link_words(frond__hosts *h) {
    for (uint32_t i = h->n_words; i-- > 0;) {
        uint32_t *bucket = &h->buckets[h->words[i].hash & (h->n_buckets - 1)];
        h->words[i].next = *bucket;
        *bucket = i + 1;
    }
}

int frond__hosts_read(const char *path, frond__hosts **out) {
    frond__hosts *h = frond_calloc(1, sizeof *h);
    if (!h)
        return FROND_ENOMEM;
    int rc = frond__text_read(path, &h->text);
    if (rc == 0)
        rc = make_room(h);
    char *at = h->text, *text;
    while (rc == 0 && (text = frond__text_line(&at)) != NULL)
        rc = read_line(h, text);
    if (rc < 0) {
        frond__hosts_free(h);
        return rc;
    }
    link_words(h);
    *out = h;
    return 0;
}

/* The first word of this name behind the one before (NULL: the first of all). */
static const word *next_word(const frond__hosts *h, const char *name, uint32_t hash,
                             const word *before) {
    uint32_t at = before ? before->next : h->buckets[hash & (h->n_buckets - 1)];
    for (; at; at = h->words[at - 1].next) {
        const word *w = &h->words[at - 1];
        if (w->hash == hash && strcmp(w->name, name) == 0)
            return w;
    }
    return NULL;
}

/* "name." is the name itself. */
static const char *undotted(const char *name, char *copy, size_t cap) {
    size_t n = strlen(name);
    if (n < 2 || name[n - 1] != '.' || n > cap)
        return name;
    memcpy(copy, name, n - 1);
    copy[n - 1] = '\0';
    return copy;
}

static bool has_addr(const frond__answer *a, const frond_addr *addr) {
    for (size_t i = 0; i < a->n; i++)
        if (frond_addr_equal(&a->addrs[i], addr))
            return true;
    return false;
}

/* Those of a line but its full name; of the first line that has been found that one is the answer's. */
static int add_aliases(const frond__hosts *h, const line *l, frond__answer *a) {
    const char *full = h->words[l->first].name;
    int rc = 0;
    for (uint32_t i = 1; i < l->n && rc == 0; i++)
        rc = frond__answer_add_alias(a, h->words[l->first + i].name);
    if (rc == 0 && strcmp(full, a->canonical) != 0)
        rc = frond__answer_add_alias(a, full);
    return rc;
}

int frond__hosts_find(const frond__hosts *h, const char *name, frond__answer *a) {
    char copy[256];
    name = undotted(name, copy, sizeof copy);
    uint32_t hash = hash_of(name);
    const word *w = NULL;
    int found = 0;
    while ((w = next_word(h, name, hash, w)) != NULL) {
        const line *l = &h->lines[w->line];
        const char *full = h->words[l->first].name;
        found = 1;
        if (!a->canonical && !(a->canonical = frond_strndup(full, strlen(full))))
            return FROND_ENOMEM;
        if (l->addr.family == FROND_IPV4 && add_aliases(h, l, a) < 0)
            return FROND_ENOMEM;
        if (!has_addr(a, &l->addr) && frond__answer_add(a, &l->addr) < 0)
            return FROND_ENOMEM;
    }
    return found;
}

bool frond__hosts_has(const frond__hosts *h, const char *name) {
    char copy[256];
    name = undotted(name, copy, sizeof copy);
    return next_word(h, name, hash_of(name), NULL) != NULL;
}

const char *frond__hosts_name(const frond__hosts *h, const frond_addr *addr, size_t i) {
    frond_addr wanted = *addr;
    wanted.port = 0;
    for (uint32_t k = 0; k < h->n_lines; k++)
        if (frond_addr_equal(&h->lines[k].addr, &wanted))
            return i < h->lines[k].n ? h->words[h->lines[k].first + i].name : NULL;
    return NULL;
}

void frond__hosts_free(frond__hosts *h) {
    if (!h)
        return;
    for (uint32_t i = 0; i < h->n_words; i++)
        frond_free(h->words[i].own);
    frond_free(h->buckets);
    frond_free(h->lines);
    frond_free(h->words);
    frond_free(h->text);
    frond_free(h);
}
