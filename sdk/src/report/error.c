/* SPDX-License-Identifier: MIT */
/* Error codes, and the last failure of each greenlet.  Recording one is a few stores, so a loop that
 * tries with FROND_NOW pays nothing; the sentence is made when somebody asks for it. */
#include "ensure.h"
#include "core.h"
#include "report/failure.h"
#include <errno.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { LONE_TEXT = 500 };

const char *frond_error_message(int code) {
    switch (code) {
    case 0:
        return "success";
#define MESSAGE(name, number, text, who)                                                 \
    case number:                                                                         \
        return text;
        FROND_ERRORS(MESSAGE)
    }
    return "unknown error";
}

const char *frond_error_name(int code) {
    switch (code) {
    case 0:
        return "FROND_OK";
#define NAME(name, number, text, who)                                                    \
    case number:                                                                         \
        return "FROND_" #name;
        FROND_ERRORS(NAME)
    }
    return "FROND_E?";
}

static const struct {
    int uv, code;
} from_uv[] = {
#define SAME(name)                                                                       \
    { UV_##name, FROND_##name }
    SAME(EINVAL),
    SAME(EBUSY),
    SAME(ENOMEM),
    SAME(ETIMEDOUT),
    SAME(ECANCELED),
    SAME(ENOSYS),
    SAME(EACCES),
    SAME(EADDRINUSE),
    SAME(EADDRNOTAVAIL),
    SAME(EAFNOSUPPORT),
    SAME(EALREADY),
    SAME(EBADF),
    SAME(ECONNABORTED),
    SAME(ECONNREFUSED),
    SAME(ECONNRESET),
    SAME(EEXIST),
    SAME(EFBIG),
    SAME(EHOSTUNREACH),
    SAME(EIO),
    SAME(EISCONN),
    SAME(EISDIR),
    SAME(ELOOP),
    SAME(EMFILE),
    SAME(EMSGSIZE),
    SAME(ENAMETOOLONG),
    SAME(ENETDOWN),
    SAME(ENETUNREACH),
    SAME(ENFILE),
    SAME(ENOBUFS),
    SAME(ENODEV),
    SAME(ENOENT),
    {-ENOEXEC, FROND_ENOEXEC},
    SAME(ENOSPC),
    SAME(ENOTCONN),
    SAME(ENOTDIR),
    SAME(ENOTEMPTY),
    SAME(ENOTSOCK),
    SAME(ENOTSUP),
    SAME(ENOTTY),
    SAME(EPERM),
    SAME(EPIPE),
    SAME(EPROTO),
    SAME(EPROTOTYPE),
    SAME(ERANGE),
    SAME(EROFS),
    SAME(ESPIPE),
    SAME(ESRCH),
    SAME(EXDEV),
    SAME(ETXTBSY),
    {-ECHILD, FROND_ECHILD},
    {FROND__UV_EDQUOT, FROND_EDQUOT},
    {UV_EHOSTDOWN, FROND_EHOSTUNREACH},
    {-EOPNOTSUPP, FROND_ENOTSUP},
    {UV_EPROTONOSUPPORT, FROND_ENOTSUP},
    {UV_ENOPROTOOPT, FROND_ENOTSUP},
    {UV_ENXIO, FROND_ENODEV},
    {UV_EOF, FROND_EOF},
    {UV_ECHARSET, FROND_EINVAL},
};

int frond_error_from_uv(int status) {
    if (status >= 0)
        return 0;
    for (size_t i = 0; i < sizeof from_uv / sizeof from_uv[0]; i++)
        if (from_uv[i].uv == status)
            return from_uv[i].code;
    return FROND_EUNKNOWN;
}

int frond_error_from_system(int error) {
    return frond_error_from_uv(uv_translate_sys_error(error));
}

/* A thread without a hub: its last failure, which its first hub's main greenlet takes over, and why it cannot
 * have one, if that is so. */
static _Thread_local struct {
    int code, bar;
    char text[LONE_TEXT], bar_text[LONE_TEXT];
} lone;

static frond_greenlet *self(void) {
    frond_hub *h = frond__self;
    return h ? h->current : NULL;
}

int frond__no_hub(void) {
    return lone.bar ? lone.bar : FROND_ENOMEM;
}

void frond__fail_no_hub(int code, const char *text) {
    lone.code = lone.bar = code;
    snprintf(lone.text, sizeof lone.text, "%s", text);
    memcpy(lone.bar_text, lone.text, sizeof lone.text);
}

static int lone_failed(int code, const char *format, ...) FROND_PRINTF(2, 3);

/* What fails for want of memory when there is no hub does so for want of a hub. */
static int lone_failed(int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char text[LONE_TEXT]; /* what was said before may be quoted */
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bool barred = code == FROND_ENOMEM && lone.bar;
    lone.code = barred ? lone.bar : code;
    memcpy(lone.text, barred ? lone.bar_text : text, sizeof text);
    return lone.code;
}

void frond__failure_take_over(frond_greenlet *g) {
    if (lone.code) {
        frond__failure *f = frond__failure_of(g);
        g->last_error = lone.code;
        if (f)
            f->text = frond_strndup(lone.text, strlen(lone.text));
    }
    lone.code = lone.bar = 0;
}

frond__failure *frond__failure_of(frond_greenlet *g) {
    if (!g->failure)
        g->failure = frond_calloc(1, sizeof *g->failure);
    return g->failure;
}

void frond__failure_free(frond_greenlet *g) {
    if (!g->failure)
        return;
    frond_free(g->failure->text);
    frond_free(g->failure);
    g->failure = NULL;
}

/* Without text and address: what was said before is about another failure. */
static void record(frond_greenlet *g, int code, const char *doing) {
    g->last_error = code;
    g->last_doing = doing;
    frond__failure *f = g->failure;
    if (f) {
        f->has_addr = false;
        if (f->text) {
            frond_free(f->text);
            f->text = NULL;
        }
    }
}

void frond__answer_failure(frond_greenlet *g, int code, const char *doing) {
    record(g, code, doing);
}

int frond_fail_set(int code, const char *doing) {
    frond_greenlet *g = self();
    if (!g)
        return lone_failed(code, "%s: %s", doing, frond_error_message(code));
    record(g, code, doing);
    return code;
}

int frond_fail_addr(int code, const char *doing, const frond_addr *to) {
    frond_greenlet *g = self();
    char where[FROND_ADDR_TEXT] = "";
    if (!g) {
        if (to)
            frond_addr_format(to, where, sizeof where);
        return lone_failed(code, "%s%s%s: %s", doing, *where ? " " : "", where,
                           frond_error_message(code));
    }
    record(g, code, doing);
    frond__failure *f = frond__failure_of(g);
    if (f && to) {
        f->addr = *to;
        f->has_addr = true;
    }
    return code;
}

char *frond__format(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n >= 0 ? frond_alloc((size_t)n + 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)n + 1, format, args);
    return text;
}

int frond_fail_text(int code, const char *format, ...) {
    frond_greenlet *g = self();
    va_list args;
    va_start(args, format);
    char *text =
        frond__format(format, args); /* may quote the last text: made before it goes */
    va_end(args);
    if (!g) {
        int rc = lone_failed(code, "%s", text ? text : frond_error_message(code));
        frond_free(text);
        return rc;
    }
    record(g, code, NULL);
    frond__failure *f = text ? frond__failure_of(g) : NULL;
    if (f)
        f->text = text;
    else
        frond_free(text);
    return code;
}

int frond_fail_within(const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *before = frond__format(format, args);
    va_end(args);
    int code = frond_error_code();
    if (before)
        frond_fail_text(code, "%s%s", before, frond_error_text());
    frond_free(before);
    return code;
}

int frond_error_code(void) {
    frond_greenlet *g = self();
    return g ? g->last_error : lone.code;
}

const char *frond_error_text(void) {
    frond_greenlet *g = self();
    if (!g)
        return lone.code ? lone.text : frond_error_message(0);
    const char *message = frond_error_message(g->last_error);
    frond__failure *f = g->failure;
    if (f && f->text)
        return f->text;
    if (!g->last_doing || !(f = frond__failure_of(g)))
        return message;
    char to[FROND_ADDR_TEXT + 1] = "";
    if (f->has_addr) {
        to[0] = ' ';
        frond_addr_format(&f->addr, to + 1, sizeof to - 1);
    }
    size_t n = strlen(g->last_doing) + strlen(to) + strlen(message) + 3;
    if (!(f->text = frond_alloc(n)))
        return message;
    snprintf(f->text, n, "%s%s: %s", g->last_doing, to, message);
    return f->text;
}

void frond__assert_failed(const char *what, const char *file, int line) {
    fprintf(stderr, "frond: broken invariant: %s (%s:%d)\n", what, file, line);
    abort();
}
