/* SPDX-License-Identifier: MIT */
/* Tracers, spawn hooks and recordings.  All hang on one pointer of the hub, NULL while there is none; while they
 * are called it is NULL too, so that they are not told of themselves. */
#include "trace/trace.h"

#include "monitor/assert.h"
#include "report/stack_use.h"
#include "trace/probes.h"
#include "trace/record.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

struct frond__spawn_hook {
    frond__spawn_hook *next;
    frond_spawn_hook fn;
    void *arg;
};
typedef frond__spawn_hook hook;

frond__trace *frond__trace_of(frond_hub *h) {
    if (!h->tracing && !(h->tracing = frond_calloc(1, sizeof *h->tracing)))
        frond_fail_set(FROND_ENOMEM, "trace");
    return h->tracing;
}

void frond__trace_settle(frond_hub *h) {
    frond__trace *t = h->tracing;
    bool any = t && (t->tracer.fn || t->hooks || t->recording || t->probed ||
                     t->assertions || h->stack_use);
    h->trace = any ? t : NULL;
    if (any)
        frond__pass_deny();
    else if (!(h->current->attention & FROND__CALLBACK))
        frond__pass_allow(h);
}

void frond__trace_look(frond_hub *h) {
    bool wanted = frond__probes_wanted(), before = h->tracing && h->tracing->probed;
    if (FROND_LIKELY(wanted == before) || !frond__trace_of(h))
        return;
    h->tracing->probed = wanted;
    frond__trace_settle(h);
}

void frond__trace_event(frond_hub *h, int event, frond_greenlet *from,
                        frond_greenlet *to) {
    frond__trace *t = h->trace;
    h->trace = NULL;
    bool outermost = frond__callback_begin(h);
    if (t->recording)
        frond__record_event(h, event, from, to);
    if (t->probed)
        frond__probes_event(event, from, to);
    if (event == FROND_TRACE_SPAWN)
        for (hook *k = t->hooks, *next; k; k = next) {
            next = k->next;
            k->fn(to, k->arg);
        }
    if (t->assertions && (event == FROND_TRACE_SWITCH || event == FROND_TRACE_THROW))
        frond__assertions_switch(t->assertions, from, to);
    if (h->stack_use && event == FROND_TRACE_EXIT)
        frond__stack_use_note(from);
    if (t->assertions && event == FROND_TRACE_EXIT)
        frond__assertions_drop(&t->assertions, from);
    frond_tracer tracer = t->tracer;
    if (tracer.fn && event != FROND__TRACE_WAKE &&
        tracer.fn((frond_trace_event)event, from, to, tracer.arg) != 0 &&
        t->tracer.fn == tracer.fn)
        t->tracer.fn = NULL;
    frond__callback_end(h, outermost);
    frond__trace_settle(h);
}

int frond_trace_set(frond_trace_fn fn, void *arg, frond_tracer *before) {
    frond_hub *h = frond__hub();
    frond__trace *t = h ? frond__trace_of(h) : NULL;
    if (!t)
        return frond__no_hub();
    if (before)
        *before = t->tracer;
    t->tracer = (frond_tracer){fn, arg};
    frond__trace_settle(h);
    return 0;
}

int frond__trace_need(frond_hub *h) {
    frond__trace *t = frond__trace_of(h);
    if (t)
        frond__trace_settle(h);
    return t ? 0 : FROND_ENOMEM;
}

frond__assertion **frond__trace_assertions(frond_hub *h) {
    frond__trace *t = frond__trace_of(h);
    return t ? &t->assertions : NULL;
}

static hook **find(frond__trace *t, frond_spawn_hook fn, const void *arg) {
    hook **at = &t->hooks;
    while (*at && ((*at)->fn != fn || (*at)->arg != arg))
        at = &(*at)->next;
    return at;
}

int frond_spawn_hook_add(frond_spawn_hook fn, void *arg) {
    if (!fn)
        return frond_fail_set(FROND_EINVAL, "spawn hook");
    frond_hub *h = frond__hub();
    frond__trace *t = h ? frond__trace_of(h) : NULL;
    if (!t)
        return frond__no_hub();
    hook **at = find(t, fn, arg);
    if (!*at && !(*at = frond_calloc(1, sizeof **at)))
        return frond_fail_set(FROND_ENOMEM, "spawn hook");
    (*at)->fn = fn;
    (*at)->arg = arg;
    frond__trace_settle(h);
    return 0;
}

int frond_spawn_hook_remove(frond_spawn_hook fn, void *arg) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    hook **at = h->tracing ? find(h->tracing, fn, arg) : NULL;
    hook *k = at ? *at : NULL;
    if (k)
        *at = k->next;
    frond_free(k);
    frond__trace_settle(h);
    return k ? 1 : 0;
}

void frond__trace_end(frond_hub *h) {
    frond__trace *t = h->tracing;
    frond__record_end(h);
    h->trace = h->tracing = NULL;
    if (t)
        frond__assertions_drop(&t->assertions, NULL);
    while (t && t->hooks) {
        hook *next = t->hooks->next;
        frond_free(t->hooks);
        t->hooks = next;
    }
    frond_free(t);
}
