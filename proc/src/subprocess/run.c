/* SPDX-License-Identifier: MIT */
/* Programs run from start to end in one call, and nothing is left of them whatever happens. */
#include "process.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/subprocess.h>
#include <frond/timeout.h>
#include <string.h>

enum { GRACE_MS = 5000, REAP_MS = 2000, LINE = 200 };

static const char *name_of(const char *const *argv) {
    return argv && argv[0] ? argv[0] : "";
}

/* It and what it has started: killed, and it reaped. */
static void put_down(frond_process *p) {
    bool shielded = frond_shield_begin(REAP_MS) == 0;
    frond_process_signal_tree(p, FROND__KILL);
    frond_process_join(p, NULL, FROND_NEVER);
    if (shielded)
        frond_shield_end();
}

int frond_subprocess_run(const char *const *argv, const frond_subprocess_options *o,
                         const void *input, size_t len, frond_output *out,
                         frond_deadline d) {
    frond_subprocess_options with = o ? *o : (frond_subprocess_options){0};
    frond_output mine = {0};
    frond_process *p;
    if (len)
        with.in.kind = FROND_STDIO_PIPE;
    if (!with.pipe_grace_ms)
        with.pipe_grace_ms = GRACE_MS;
    int rc = frond_subprocess_start(argv, &with, &p, d);
    if (rc < 0)
        return rc;
    rc = frond_process_communicate(p, input, len, 0, out ? out : &mine, d);
    if (rc < 0) {
        put_down(p);
        frond_fail_text(rc, "run \"%.128s\": %s", name_of(argv), frond_error_message(rc));
    }
    frond_process_free(p);
    frond_output_free(&mine);
    return rc;
}

/* Of text, without its end of line. */
static void last_line(const char *text, size_t len, char *line) {
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    size_t begin = len;
    while (begin && text[begin - 1] != '\n')
        begin--;
    if (len - begin >= LINE)
        len = begin + LINE - 1;
    if (len > begin)
        memcpy(line, text + begin, len - begin);
    line[len - begin] = '\0';
}

int frond_subprocess_output(const char *const *argv, const frond_subprocess_options *o,
                            frond_output *out, frond_deadline d) {
    frond_subprocess_options with = o ? *o : (frond_subprocess_options){0};
    frond_output mine = {0}, *to = out ? out : &mine;
    char text[80], line[LINE];
    if (out)
        with.out = (frond_stdio){.kind = FROND_STDIO_PIPE};
    int rc = frond_subprocess_run(argv, &with, NULL, 0, to, d);
    if (rc == 0 && to->status != 0) {
        last_line(to->err, to->err_len, line);
        rc = frond_fail_text(FROND_EPROC_STATUS, "\"%.128s\" %s%s%s", name_of(argv),
                             frond_process_status_text(to->status, text, sizeof text),
                             line[0] ? ": " : "", line);
    }
    frond_output_free(&mine);
    return rc;
}
