/* SPDX-License-Identifier: MIT */
/* The settings as they are.  Read by the first hub there is and left alone until the last has gone, so what a
 * hub reads needs no lock; the registry's, which a fork holds, is for those that come and go. */
#include "config/config.h"

#include "hub/registry.h"
#include "os/os.h"
#include "report/failure.h"
#include "report/page.h"
#include <frond/config.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef enum { DEFAULT, ENVIRONMENT, PROGRAM } origin;

typedef struct {
    origin from;
    bool bad;
    uint64_t number;
    char text[FROND__VALUE];
} value;

static value values[FROND_SETTING_COUNT];
static char *chosen[FROND_SETTING_COUNT]; /* by the program; owned, or NULL */
static size_t hubs;                       /* that use the values */
static bool inherited; /* a parent's, whose values hold for its forked child */
static char told[FROND__COMPLAINT]; /* what was wrong when somebody looked last */

/* An empty variable is none, but for a text, which may be empty. */
static bool read_environment(const frond__setting *s, value *v) {
    size_t n = sizeof v->text;
    int rc = frond__os_is_privileged() ? UV_ENOENT : uv_os_getenv(s->name, v->text, &n);
    if (rc == UV_ENOBUFS)
        snprintf(v->text, sizeof v->text, "(longer than %d bytes)", FROND__VALUE - 1);
    v->bad = rc == UV_ENOBUFS;
    return rc == 0 ? v->text[0] || s->type == FROND__TEXT : v->bad;
}

static void read_one(const frond__setting *s, value *v, const char *own) {
    v->bad = false;
    v->number = 0;
    if (own)
        snprintf(v->text, sizeof v->text, "%s", own);
    v->from = own ? PROGRAM : read_environment(s, v) ? ENVIRONMENT : DEFAULT;
    if (v->from == DEFAULT) {
        snprintf(v->text, sizeof v->text, "%s", s->fallback);
        frond__setting_parse(s, v->text, &v->number);
    } else if (!v->bad) {
        v->bad = !frond__setting_parse(s, v->text, &v->number);
    }
}

static void read_all(void) {
    for (size_t i = 0; i < FROND_SETTING_COUNT; i++)
        read_one(&frond__settings[i], &values[i], chosen[i]);
}

static bool is_held(void) {
    return hubs > 0 || inherited;
}

static void read_unless_held(void) {
    if (!is_held())
        read_all();
}

static void complain(const frond__setting *s, const char *text, char *out, size_t cap) {
    char allowed[FROND__ALLOWED];
    frond__setting_allowed(s, allowed, sizeof allowed);
    snprintf(out, cap, "%s=%.200s: must be %s", s->name, text, allowed);
}

/* The first complaint goes to out; false: there is none. */
static bool find_fault(char *out, size_t cap) {
    for (size_t i = 0; i < FROND_SETTING_COUNT; i++)
        if (values[i].bad) {
            complain(&frond__settings[i], values[i].text, out, cap);
            return true;
        }
    return false;
}

/* Each complaint, unless that has been done: who cannot have a hub may ask for one again and again. */
static void announce(const char *first) {
    if (strcmp(told, first) == 0)
        return;
    snprintf(told, sizeof told, "%s", first);
    for (size_t i = 0; i < FROND_SETTING_COUNT; i++) {
        char text[FROND__COMPLAINT], line[FROND__COMPLAINT + 10];
        if (!values[i].bad)
            continue;
        complain(&frond__settings[i], values[i].text, text, sizeof text);
        int n = snprintf(line, sizeof line, "frond: %s\n", text);
        if (n > 0)
            (void)frond__os_write(2, line, (size_t)n);
    }
}

int frond__config_enter(void) {
    char fault[FROND__COMPLAINT];
    frond__registry_lock();
    read_unless_held();
    bool bad = !is_held() && find_fault(fault, sizeof fault);
    if (bad)
        announce(fault);
    else
        told[0] = '\0';
    hubs += !bad;
    frond__registry_unlock();
    if (bad)
        frond__fail_no_hub(FROND_EINVAL, fault);
    return bad ? FROND_EINVAL : 0;
}

void frond__config_leave(void) {
    frond__registry_lock();
    if (--hubs == 0)
        inherited = false;
    frond__registry_unlock();
}

void frond__config_forget(void) {
    inherited = is_held();
    hubs = 0;
}

int frond_config_number(frond_setting s, uint64_t *number) {
    if (number)
        *number = values[s].number;
    return values[s].from != DEFAULT;
}

const char *frond_config_text(frond_setting s) {
    const value *v = &values[s];
    return v->from != DEFAULT || v->text[0] ? v->text : NULL;
}

/* ---- for the program ---- */

static int find(const char *name) {
    for (int i = 0; name && i < FROND_SETTING_COUNT; i++)
        if (strcmp(frond__settings[i].name, name) == 0)
            return i;
    return -1;
}

static int check_chosen(const frond__setting *s, const char *text) {
    char fault[FROND__COMPLAINT];
    uint64_t number;
    bool empty = !*text && s->type != FROND__TEXT;
    if (!empty && strlen(text) < FROND__VALUE && frond__setting_parse(s, text, &number))
        return 0;
    complain(s, text, fault, sizeof fault);
    return frond_fail_text(FROND_EINVAL, "%s", fault);
}

int frond_config_set(const char *name, const char *text) {
    int at = find(name);
    if (at < 0)
        return frond_fail_text(FROND_EINVAL, "%.100s: there is no such setting",
                               name ? name : "NULL");
    int rc = text ? check_chosen(&frond__settings[at], text) : 0;
    char *copy = rc == 0 && text ? frond_strndup(text, strlen(text)) : NULL;
    if (rc < 0)
        return rc;
    if (text && !copy)
        return frond_fail_set(FROND_ENOMEM, "config");
    frond__registry_lock();
    bool busy = is_held();
    char *gone = busy ? copy : chosen[at];
    if (!busy)
        chosen[at] = copy;
    frond__registry_unlock();
    frond_free(gone);
    return busy ? frond_fail_text(FROND_EBUSY, "%s: a thread has a hub already", name)
                : 0;
}

int frond_config_check(void) {
    char fault[FROND__COMPLAINT];
    frond__registry_lock();
    read_unless_held();
    bool bad = find_fault(fault, sizeof fault);
    frond__registry_unlock();
    return bad ? frond_fail_text(FROND_EINVAL, "%s", fault) : 0;
}

static void print_one(frond__page *p, const frond__setting *s, const value *v) {
    static const char *const origins[] = {"default", "environment", "program"};
    char allowed[FROND__ALLOWED];
    frond__setting_allowed(s, allowed, sizeof allowed);
    frond__print(p, "%s=%s (%s)%s\n    %s\n    %s; default: %s\n", s->name, v->text,
                 origins[v->from], v->bad ? " IS NOT ALLOWED" : "", s->text, allowed,
                 *s->fallback ? s->fallback : "none");
}

/* What may have been meant for one, and is none. */
static void print_unknown(frond__page *p) {
    uv_env_item_t *all;
    int n;
    if (frond__os_is_privileged() || uv_os_environ(&all, &n) < 0)
        return;
    for (int i = 0; i < n; i++)
        if (strncmp(all[i].name, "FROND_", 6) == 0 && find(all[i].name) < 0)
            frond__print(p, "%s: there is no such setting\n", all[i].name);
    uv_os_free_environ(all, n);
}

void frond__config_page(frond__page *p) {
    frond__registry_lock();
    read_unless_held();
    for (size_t i = 0; i < FROND_SETTING_COUNT; i++)
        print_one(p, &frond__settings[i], &values[i]);
    frond__registry_unlock();
    print_unknown(p);
    frond__print(p, "the loop is that of libuv %s, which polls by %s\n",
                 uv_version_string(), frond__os_polling());
}

int frond_config_print(int fd) {
    frond__page p = {0};
    frond__config_page(&p);
    int rc = frond__page_write(&p, fd);
    return rc < 0 ? frond_fail_set(rc, "config print") : frond_config_check();
}
