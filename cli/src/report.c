/* SPDX-License-Identifier: MIT */
/* What `frond fetch` tells: lines or JSON on standard output, gathered and written in large pieces by
 * a greenlet of its own; failures, progress and the summary on stderr. */
#include "command.h"
#include "fetch.h"
#include "line.h"

#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    GATHER_MS = 50,
    FULL = 64 * 1024,
    MOST = 1024 * 1024,
    PROGRESS_MS = 200,
    LAST_MS = 1000
};

struct report {
    const fetch_options *options;
    frond_stream *out;
    char *buf;
    size_t used, cap;
    frond_event dirty, room;
    bool ending, gone; /* gone: standard output cannot be written any more */
    frond_greenlet *writer, *ticker;
    long total, done, ok, failed;
    uint64_t bytes;
    int64_t start;
    int shown; /* width of the live line */
};

/* ---- standard output ---- */

static void clear_live(report *r) {
    if (r->shown)
        fprintf(stderr, "\r%*s\r", r->shown, "");
    r->shown = 0;
}

static void flush(report *r) {
    char *text = r->buf;
    size_t n = r->used;
    r->buf = NULL;
    r->used = r->cap = 0;
    frond_event_set(&r->room);
    clear_live(r); /* it may be on the same terminal */
    int rc = n && !r->gone ? frond_write(r->out, text, n, NULL, FROND_NEVER) : 0;
    if (rc < 0) {
        r->gone = true;
        if (rc != FROND_ECANCELED)
            complain("%s", frond_error_text());
    }
    frond_free(text);
}

static void *write_lines(void *arg) {
    report *r = arg;
    while (!r->ending || r->used) {
        if (frond_event_wait(&r->dirty, FROND_NEVER) < 0)
            break;
        if (!r->ending && r->used < FULL)
            frond_sleep(GATHER_MS);
        frond_event_clear(&r->dirty);
        flush(r);
    }
    return NULL;
}

static void append(report *r, const char *text, size_t n) {
    while (r->used > MOST && !r->gone && !r->ending) {
        frond_event_clear(&r->room);
        if (frond_event_wait(&r->room, FROND_NEVER) < 0)
            break;
    }
    if (r->used + n > r->cap) {
        size_t cap = (r->used + n) * 2;
        char *grown = frond_realloc(r->buf, cap);
        if (!grown)
            return;
        r->buf = grown;
        r->cap = cap;
    }
    memcpy(r->buf + r->used, text, n);
    r->used += n;
    frond_event_set(&r->dirty);
}

/* ---- lines ---- */

static void add_ms(line *l, const char *name, double value) {
    if (value < 0)
        line_addf(l, ",\"%s\":null", name);
    else
        line_addf(l, ",\"%s\":%.3f", name, value);
}

static void add_member(line *l, const char *name, const char *value) {
    line_addf(l, ",\"%s\":", name);
    line_add_json(l, value);
}

static void json_line(line *l, const fetch_result *x) {
    line_add(l, "{\"url\":", 7);
    line_add_json(l, x->url);
    add_member(l, "final_url", x->final_url);
    if (x->status)
        line_addf(l, ",\"status\":%d", x->status);
    else
        line_addf(l, ",\"status\":null");
    line_addf(l, ",\"bytes\":%llu", (unsigned long long)x->bytes);
    add_member(l, "sha256", x->sha256[0] ? x->sha256 : NULL);
    add_member(l, "error", x->error);
    add_ms(l, "dns_ms", x->dns_ms);
    add_ms(l, "connect_ms", x->connect_ms);
    add_ms(l, "tls_ms", x->tls_ms);
    add_ms(l, "first_byte_ms", x->first_byte_ms);
    add_ms(l, "total_ms", x->total_ms);
    line_addf(l, ",\"reused\":%s", x->reused ? "true" : "false");
    add_member(l, "remote", x->remote[0] ? x->remote : NULL);
    line_addf(l, ",\"pid\":%lld}\n", (long long)x->pid);
}

static void plain_line(line *l, const fetch_result *x) {
    if (x->status && !x->error) /* a status whose body failed is no success */
        line_addf(l, "%3d", x->status);
    else
        line_addf(l, "  -");
    line_addf(l, " %10llu %8.0f ", (unsigned long long)x->bytes, x->total_ms);
    line_add_shown(l, x->url ? x->url : "");
    line_add(l, "\n", 1);
}

/* ---- stderr ---- */

static void show_live(report *r) {
    double seconds = (double)(frond_now() - r->start) / 1e9;
    double rate = seconds > 0 ? (double)r->done / seconds : 0;
    char text[200], total[32] = "", left[48] = "";
    if (r->total >= 0)
        snprintf(total, sizeof total, "/%ld", r->total);
    if (r->total >= 0 && rate > 0)
        snprintf(left, sizeof left, ", %.0f s left", (double)(r->total - r->done) / rate);
    int n = snprintf(text, sizeof text, "%ld%s done, %.0f/s, %.2f MB/s, %ld failed%s",
                     r->done, total, rate,
                     seconds > 0 ? (double)r->bytes / 1e6 / seconds : 0, r->failed, left);
    fprintf(stderr, "\r%-*s", r->shown, text);
    fflush(stderr);
    r->shown = n > r->shown ? n : r->shown;
}

static void *tick(void *arg) {
    report *r = arg;
    while (frond_sleep(PROGRESS_MS) == 0)
        show_live(r);
    return NULL;
}

/* ---- the verbs ---- */

report *report_new(const fetch_options *o, long total) {
    report *r = frond_calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->options = o;
    r->total = total;
    r->start = frond_now();
    if (frond_stdio_open(FROND_STDOUT, &r->out) < 0) {
        complain("%s", frond_error_text());
        r->gone = true;
    }
    r->writer = frond_spawn(write_lines, r);
    r->ticker = o->progress ? frond_spawn(tick, r) : NULL;
    if (r->writer)
        return r;
    frond_stream_free(r->out);
    frond_free(r);
    return NULL;
}

static void count(report *r, bool ok, uint64_t bytes) {
    r->done++;
    r->ok += ok;
    r->failed += !ok;
    r->bytes += bytes;
}

static void tell_failure(report *r, const char *url, const char *error, int status) {
    line l = {0};
    line_add_shown(&l, url);
    clear_live(r);
    if (error)
        fprintf(stderr, "frond: %s: %s\n", l.text ? l.text : "", error);
    else
        fprintf(stderr, "frond: %s: status %d\n", l.text ? l.text : "", status);
    frond_free(l.text);
}

void report_result(report *r, const fetch_result *x) {
    line l = {0};
    count(r, x->ok, x->bytes);
    if (!x->ok)
        tell_failure(r, x->url ? x->url : "", x->error, x->status);
    if (r->options->json)
        json_line(&l, x);
    else if (!r->options->output)
        plain_line(&l, x);
    if (l.used && !r->gone)
        append(r, l.text, l.used);
    frond_free(l.text);
}

void report_bad_line(report *r, long at, const char *url, const char *why) {
    char error[400];
    if (at)
        snprintf(error, sizeof error, "line %ld: %s", at, why);
    else
        snprintf(error, sizeof error, "%s", why);
    fetch_result x = {.url = (char *)(uintptr_t)url,
                      .error = error,
                      .dns_ms = -1,
                      .connect_ms = -1,
                      .tls_ms = -1,
                      .first_byte_ms = -1,
                      .pid = (int64_t)uv_os_getpid(),
                      .code = FROND_EHTTP_URL};
    report_result(r, &x);
}

void report_total(report *r, long total) {
    r->total = total;
}

bool report_stdout_gone(const report *r) {
    return r->gone;
}

static void summary(long done, long ok, long failed, uint64_t bytes, double seconds) {
    fprintf(stderr, "%ld urls, %ld ok, %ld failed, %llu bytes, %.2f s\n", done, ok,
            failed, (unsigned long long)bytes, seconds);
}

void report_nothing(void) {
    summary(0, 0, 0, 0, 0);
}

int report_finish(report *r, bool interrupted) {
    r->ending = true;
    frond_event_set(&r->dirty);
    if (frond_join(r->writer, interrupted ? frond_in(LAST_MS) : FROND_NEVER) < 0)
        frond_kill(r->writer, FROND_EXIT, FROND_NEVER); /* nobody reads it */
    frond_release(r->writer);
    if (r->ticker) {
        frond_kill(r->ticker, FROND_EXIT, FROND_NEVER);
        frond_release(r->ticker);
    }
    clear_live(r);
    summary(r->done, r->ok, r->failed, r->bytes, (double)(frond_now() - r->start) / 1e9);
    int status = interrupted ? EXIT_INTERRUPTED : r->failed || r->gone ? 1 : 0;
    frond_stream_free(r->out);
    frond_free(r->buf);
    frond_free(r);
    return status;
}
