/* SPDX-License-Identifier: MIT */
/* Recordings: what is written is JSON, and tells of each greenlet what it was doing all the time. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* ---- JSON, as strict as it is ---- */

typedef struct {
    const char *at;
    bool bad;
} json;

static void blanks(json *j) {
    j->at += strspn(j->at, " \t\r\n");
}

static bool take(json *j, const char *word) {
    blanks(j);
    if (strncmp(j->at, word, strlen(word)) != 0)
        return false;
    j->at += strlen(word);
    return true;
}

static void need(json *j, const char *word) {
    j->bad |= !take(j, word);
}

/* Without its quotation marks and escapes, cut to cap. */
static void text(json *j, char *out, size_t cap) {
    size_t n = 0;
    need(j, "\"");
    while (!j->bad && *j->at != '"') {
        if (*j->at == '\\')
            j->at++;
        j->bad |= (unsigned char)*j->at < 0x20;
        if (n + 1 < cap)
            out[n++] = *j->at;
        j->at += !j->bad;
    }
    need(j, "\"");
    out[n] = '\0';
}

static double number(json *j) {
    char *end;
    blanks(j);
    double value = strtod(j->at, &end);
    j->bad |= end == j->at;
    j->at = end;
    return value;
}

/* ---- events ---- */

typedef struct {
    char kind[4], name[200], category[20], label[200];
    double time;
    long hub, row, place;
} event;

/* Of a row: its name, or its place among the others. */
static void arguments(json *j, event *e) {
    need(j, "{");
    if (take(j, "\"sort_index\":")) {
        e->place = (long)number(j);
    } else {
        need(j, "\"name\":");
        text(j, e->label, sizeof e->label);
    }
    need(j, "}");
}

static void member(json *j, event *e) {
    char key[40], scope[4];
    struct {
        const char *key;
        char *text;
        size_t cap;
    } texts[] = {{"ph", e->kind, sizeof e->kind},
                 {"name", e->name, sizeof e->name},
                 {"cat", e->category, sizeof e->category},
                 {"s", scope, sizeof scope}};
    text(j, key, sizeof key);
    need(j, ":");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(key, texts[i].key) == 0) {
            text(j, texts[i].text, texts[i].cap);
            return;
        }
    if (strcmp(key, "args") == 0) {
        arguments(j, e);
        return;
    }
    double value = number(j);
    if (strcmp(key, "pid") == 0)
        e->hub = (long)value;
    else if (strcmp(key, "tid") == 0)
        e->row = (long)value;
    else
        e->time = value;
}

static event *load(const char *path, size_t *n) {
    size_t length, cap = 0;
    char *all = NULL;
    event *events = NULL;
    *n = 0;
    CHECK_INT(frond_fs_read_file(path, 1 << 26, (void **)&all, &length, frond_in(20000)),
              0);
    if (!all)
        return NULL;
    json j = {.at = all};
    need(&j, "[");
    do {
        if (*n == cap)
            events = realloc(events, (cap = cap * 2 + 64) * sizeof *events);
        event *e = &events[(*n)++];
        *e = (event){0};
        need(&j, "{");
        do
            member(&j, e);
        while (!j.bad && take(&j, ","));
        need(&j, "}");
    } while (!j.bad && take(&j, ","));
    need(&j, "]");
    blanks(&j);
    CHECK(!j.bad && *j.at == '\0');
    if (j.bad)
        printf("no JSON from here on: %.60s\n", j.at);
    frond_free(all);
    return events;
}

static bool same_row(const event *a, const event *b) {
    return a->row == b->row && a->hub == b->hub;
}

/* A row is in at most one slice, time does not go back there, and in the end it is in none. */
static void check_row(const event *all, size_t n, const event *first) {
    int open = 0;
    double last = 0;
    for (size_t k = 0; k < n; k++) {
        const event *e = &all[k];
        if (!same_row(e, first))
            continue;
        open += e->kind[0] == 'B' ? 1 : e->kind[0] == 'E' ? -1 : 0;
        CHECK((open == 0 || open == 1) && e->time >= last);
        last = e->time;
    }
    CHECK_INT(open, 0);
}

static void check_rows(const event *all, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (!same_row(&all[k], &all[i]))
            k++;
        if (k == i)
            check_row(all, n, &all[i]);
    }
}

/* How many slices of that name the row has; row 0: any. */
static size_t slices(const event *all, size_t n, uint64_t row, const char *name) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += all[i].kind[0] == 'B' && (!row || (uint64_t)all[i].row == row) &&
                 strstr(all[i].name, name) == all[i].name;
    return found;
}

static bool is_named(const event *all, size_t n, uint64_t row, const char *name) {
    bool found = false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, "thread_name") == 0 && (uint64_t)all[i].row == row)
            found = strcmp(all[i].label, name) == 0;
    return found;
}

/* Viewers are told to show the rows in the order in which greenlets were made. */
static long place_of(const event *all, size_t n, uint64_t row) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, "thread_sort_index") == 0 && (uint64_t)all[i].row == row)
            return all[i].place;
    return -1;
}

/* ---- the tests ---- */

static char *path(const char *name) {
    static char whole[1100];
    const char *folder = getenv("FROND_TEST_TMP");
    snprintf(whole, sizeof whole, "%s/%s", folder ? folder : ".", name);
    return whole;
}

static frond_event door = FROND_EVENT_INIT;
static bool slept; /* it waits at the door as soon as others run */

static void *waits(void *arg) {
    frond_sleep(1);
    slept = true;
    frond_event_wait(&door, FROND_NEVER);
    return arg;
}

static void *waits_at_once(void *arg) {
    frond_event_wait(&door, FROND_NEVER);
    return arg;
}

static void *yields(void *arg) {
    for (int i = 0; i < 3; i++)
        frond_yield();
    return arg;
}

static void *switches(void *arg) {
    frond_switch(frond_parent(frond_current()), arg, NULL);
    return arg;
}

static void slices_and_names(void) {
    size_t n;
    frond_event_clear(&door);
    slept = false;
    frond_greenlet *before = frond_spawn(waits_at_once, NULL);
    frond_yield();
    CHECK_INT(frond_trace_start(path("slices.json")), 0);
    CHECK_INT(frond_trace_start(path("slices.json")), FROND_EBUSY);
    frond_greenlet *waiter = frond_spawn(waits, NULL);
    frond_greenlet *yielder = frond_spawn(yields, NULL);
    frond_greenlet *another = frond_spawn(yields, NULL);
    frond_greenlet *raw = frond_greenlet_new(switches, NULL);
    frond_name_set(waiter, "the \"one\"");
    frond_switch(raw, NULL, NULL);
    do
        frond_sleep(10);
    while (!slept || !frond_dead(yielder) || !frond_dead(another));
    frond_event_set(&door);
    CHECK_INT(frond_join(waiter, frond_in(20000)), 0);
    frond_switch(raw, NULL, NULL);
    CHECK_INT(frond_trace_stop(), 0);
    CHECK_INT(frond_trace_stop(), FROND_EINVAL);
    CHECK_TEXT(frond_error_text(), "trace: there is no recording");
    frond_yield(); /* not told of */
    event *all = load(path("slices.json"), &n);
    check_rows(all, n);
    CHECK_INT(slices(all, n, frond_id(before), "event 0x"), 1);
    CHECK_INT(slices(all, n, frond_id(before), "ready"), 1);
    CHECK_INT(slices(all, n, frond_id(waiter), "new"), 1);
    CHECK_INT(slices(all, n, frond_id(waiter), "sleep"), 1);
    CHECK_INT(slices(all, n, frond_id(waiter), "event 0x"), 1);
    CHECK_INT(slices(all, n, frond_id(waiter), "run"), 3);
    CHECK_INT(slices(all, n, frond_id(yielder), "run"), 4);
    CHECK_INT(slices(all, n, frond_id(yielder), "ready"), 3);
    CHECK_INT(slices(all, n, frond_id(raw), "suspended"), 1);
    CHECK(slices(all, n, frond_id(frond_current()), "end of greenlet") == 1);
    CHECK(slices(all, n, 0, "poll") > 0);
    CHECK(is_named(all, n, frond_id(waiter), "waits \"the \"one\"\""));
    CHECK(is_named(all, n, frond_id(frond_current()), "main"));
    CHECK(place_of(all, n, frond_id(frond_current())) >= 0);
    CHECK(place_of(all, n, frond_id(frond_current())) <
          place_of(all, n, frond_id(waiter)));
    free(all);
    frond_release(before);
    frond_release(waiter);
    frond_release(yielder);
    frond_release(another);
    frond_release(raw);
}

/* Each hub is in it, whether it was there before or not, and however often it is stopped and begun again. */
static frond_event *other_goes_on;
static frond_hub *other_hub;
static _Atomic int other_stage;

static void let_go(void *e) {
    frond_event_set(e);
}

static void other_thread(void *arg) {
    frond_event e = FROND_EVENT_INIT;
    (void)arg;
    other_goes_on = &e;
    other_hub = frond_hub_ref(frond_hub_current());
    frond_sleep(1);
    other_stage = 1;
    frond_event_wait(&e, frond_in(20000));
    frond_sleep(3);
}

static void wait_for_stage(int stage) {
    while (other_stage < stage)
        frond_sleep(1);
}

static void several_hubs(void) {
    size_t n;
    other_stage = 0;
    test_thread *t = thread_start(other_thread, NULL);
    wait_for_stage(1);
    CHECK_INT(frond_trace_start(path("first.json")), 0);
    CHECK_INT(frond_trace_stop(), 0);
    CHECK_INT(frond_trace_start(path("hubs.json")), 0);
    frond_post(other_hub, let_go, other_goes_on);
    frond_hub_free(other_hub);
    thread_join(t);
    other_stage = 0;
    t = thread_start(other_thread, NULL);
    wait_for_stage(1);
    frond_post(other_hub, let_go, other_goes_on);
    thread_join(t);
    CHECK_INT(frond_trace_stop(), 0);
    event *all = load(path("hubs.json"), &n);
    check_rows(all, n);
    CHECK_INT(slices(all, n, 1, "event 0x"), 2); /* of both threads */
    free(all);
    frond_hub_free(other_hub);
}

/* ---- programs that are told to by their environment ---- */

static int traced(void) {
    frond_go(yields, NULL);
    frond_sleep(2);
    return 0;
}

static void has_ended(uv_process_t *p, int64_t status, int signal) {
    (void)signal;
    *(int64_t *)p->data = status;
    uv_close((uv_handle_t *)p, NULL);
}

/* Runs this program with FROND_TRACE=file; its number. */
static int run_traced(const char *file) {
    uv_loop_t loop;
    uv_process_t p;
    int64_t status = -1;
    char *self = (char *)(uintptr_t)this_program();
    char *args[] = {self, "--traced", NULL};
    uv_process_options_t o = {.file = self, .args = args, .exit_cb = has_ended};
    uv_os_setenv("FROND_TRACE", file);
    uv_loop_init(&loop);
    p.data = &status;
    CHECK_INT(uv_spawn(&loop, &p, &o), 0);
    int pid = uv_process_get_pid(&p);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    uv_os_unsetenv("FROND_TRACE");
    CHECK_INT(status, 0);
    return pid;
}

static void check_traced(const char *file) {
    size_t n;
    event *all = load(file, &n);
    check_rows(all, n);
    CHECK(slices(all, n, 1, "sleep") == 1 && slices(all, n, 3, "run") > 0);
    free(all);
}

static void by_the_environment(void) {
    run_traced(path("child.json"));
    check_traced(path("child.json"));
}

/* Two that are told the same do not write into one file. */
static void two_processes(void) {
    char other[64];
    CHECK_INT(frond_trace_start(path("both.json")), 0);
    snprintf(other, sizeof other, "both.json.%d", run_traced(path("both.json")));
    frond_sleep(1);
    CHECK_INT(frond_trace_stop(), 0);
    check_traced(path(other));
    size_t n;
    event *all = load(path("both.json"), &n);
    check_rows(all, n);
    free(all);
}

static bool has_a_sleep(void *arg) {
    static char text[1 << 16];
    (void)arg;
    FILE *f = fopen(path("meanwhile.json"), "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    return strstr(text, "\"sleep\"") != NULL;
}

/* Whoever kills the program has what it did before. */
static void written_meanwhile(void) {
    CHECK_INT(frond_trace_start(path("meanwhile.json")), 0);
    CHECK(eventually(has_a_sleep, NULL));
    CHECK_INT(frond_trace_stop(), 0);
}

static void no_room(void) {
    FILE *f = fopen("/dev/full", "w"); /* where there is such */
    if (!f)
        return;
    fclose(f);
    CHECK_INT(frond_trace_start("/dev/full"), 0);
    CHECK_INT(frond_sleep(1), 0);
    CHECK_INT(frond_trace_stop(), FROND_EIO);
}

static void refused(void) {
    CHECK_INT(frond_trace_start(NULL), FROND_EINVAL);
    CHECK_INT(frond_trace_start(""), FROND_EINVAL);
    CHECK_INT(frond_trace_start(path("not/there.json")), FROND_ENOENT);
    CHECK_HAS(frond_error_text(), "not/there.json\": ");
    CHECK_INT(frond_trace_stop(), FROND_EINVAL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"slices and names", slices_and_names},
                                      {"several hubs", several_hubs},
                                      {"by the environment", by_the_environment},
                                      {"two processes", two_processes},
                                      {"written meanwhile", written_meanwhile},
                                      {"no room", no_room},
                                      {"refused", refused},
                                      {0}};
    if (argc > 1 && strcmp(argv[1], "--traced") == 0)
        return traced();
    return test_main("sdk/record", tests, argc, argv);
}
