/* SPDX-License-Identifier: MIT */
/* The parts of `frond fetch`: options, where URLs come from, one URL's fetching, where bodies go, and
 * what is told.  Data flows one way: input -> fetcher -> result -> report. */
#ifndef FROND_CLI_FETCH_H
#define FROND_CLI_FETCH_H

#include <frond/frond.h>
#include <stdbool.h>
#include <stdio.h>

/* ---- options ---- */

typedef struct {
    const char *input;
    int concurrency, per_host, jobs, retries, max_redirects;
    const char *output;
    int64_t timeout_ms, connect_timeout_ms;
    int64_t max_body; /* -1: none */
    const char *cacert, *nameserver, *user_agent;
    bool insecure, json, progress;
    const char **headers; /* NULL at the end */
    char **urls;
    int n_urls;
    const char **given; /* the options as they were written, but for --input and --jobs */
    int n_given;
} fetch_options;

/* Fills in *o from the arguments behind `fetch`; 0, or the exit status with a sentence on stderr. */
int fetch_options_parse(int argc, char **argv, fetch_options *o);

/* Raises the descriptor limit to what the options need; 0, or 2 with a sentence on stderr. */
int fetch_limits(const fetch_options *o);

/* ---- input ---- */

typedef struct fetch_input fetch_input;

fetch_input *fetch_input_open(
    const fetch_options *o); /* NULL with a sentence on stderr */
/* The next URL, owned by the caller, and its line (0: from the command line); NULL at the end, or with
 * *rc < 0. */
char *fetch_input_next(fetch_input *in, long *line, const char **why, int *rc);
/* How many there are in all, -1 when that is not known. */
long fetch_input_total(const fetch_input *in);
bool fetch_input_missing(
    const fetch_input *in); /* the file could not be read: said already */
void fetch_input_close(fetch_input *in);

/* ---- one URL ---- */

typedef struct {
    char *url, *final_url, *error; /* owned; final_url and error may be NULL */
    int status, code;              /* code: FROND_E* when there was no whole response */
    bool ok;
    uint64_t bytes;
    char sha256[65];
    double dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms; /* -1: none */
    bool reused;
    char remote[FROND_ADDR_TEXT];
    int64_t pid;
} fetch_result;

typedef struct fetcher fetcher;

fetcher *fetcher_new(const fetch_options *o); /* NULL with a sentence on stderr */
/* Fetches, saves and hashes; always gives a result.  Suspends.  False when the greenlet was killed. */
bool fetcher_run(fetcher *f, const char *url, fetch_result *result);
void fetcher_free(fetcher *f);
void fetch_result_free(fetch_result *r);

/* ---- bodies to files ---- */

typedef struct save save; /* one body on its way to its file */

int save_prepare(
    const char *dir); /* 0, or 1 with a sentence on stderr: not a writable folder */
/* Begins; 0 or an error in words. */
int save_begin(const char *dir, const char *url, save **s);
/* On failure *s may be NULL: it is gone. */
int save_write(save **s, const void *data, size_t n, frond_deadline d);
/* Puts the file in its place; it is gone from here, whatever the result. */
int save_commit(save *s, frond_deadline d);
void save_abandon(save *s); /* removes what there is; NULL is allowed */
/* Waits until what was given up in the middle of a write is gone, too; before the process ends.
 * Suspends. */
void save_settle(void);
/* Removes what a killed process has left of a URL.  Suspends. */
void save_sweep(const char *dir, const char *url, int64_t pid, frond_deadline d);

/* ---- telling ---- */

typedef struct report report;

report *report_new(const fetch_options *o, long total); /* NULL: out of memory */
void report_result(report *r,
                   const fetch_result *result); /* suspends while stdout is slow */
void report_bad_line(report *r, long line, const char *url, const char *why);
void report_total(report *r, long total); /* now known */
bool report_stdout_gone(const report *r);
/* Ends the output with the summary; the exit status. */
int report_finish(report *r, bool interrupted);
void report_nothing(void); /* the summary of a run that could not begin */

#endif
