/* SPDX-License-Identifier: MIT */
/* What greenlets do, in words: the dump, the report of a failed greenlet, the deadlock report. */
#include "report/report.h"

#include "os/os.h"
#include "report/lines.h"
#include "report/tree.h"
#include <frond/impl/fail.h>
#include <frond/stack.h>

void frond__report(frond__page *p, frond_notice n) {
    n.text = p->text ? p->text : "";
    if (frond__notice(&n)) {
        frond__page_free(p);
        return;
    }
    frond__page_write(p, 2);
}

void frond__dump_print(frond__page *p, frond_hub *h, const void *caller) {
    frond__print(p, "frond: %zu greenlets on thread %llu", h->live + 1,
                 (unsigned long long)frond__os_thread_id());
    size_t bare = frond_stacks_unguarded();
    if (bare)
        frond__print(p, "; %zu stacks have no guard", bare);
    frond__print(p, "\n");
    frond__tree_print(p, h, caller);
}

FROND_NOINLINE int frond_dump(int fd) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    frond__page p = {0};
    frond__dump_print(&p, h, FROND_RETURN_ADDRESS());
    int rc = frond__page_write(&p, fd);
    return rc < 0 ? frond_fail_set(rc, "dump") : 0;
}

static frond_notice about(frond_notice_kind kind, const frond_greenlet *g) {
    return (frond_notice){
        .kind = kind, .thread = frond__os_thread_id(), .greenlet = g ? g->id : 0};
}

void frond__report_failed(frond_greenlet *g) {
    frond__page p = {0};
    frond__print(&p, "frond: ");
    frond__line_title(&p, g);
    frond__print(&p, " failed: %s (%s)\n",
                 g->failed_text ? g->failed_text : frond_error_message(g->error),
                 frond_error_name(g->error));
    if (g->failure && g->failure->place)
        frond__print(&p, "    at %s (%s)\n", g->failure->function, g->failure->place);
    frond__lines_spawn(&p, g);
    if (g->failure)
        frond__lines_frames(&p, g->failure->frames, g->failure->depth);
    frond_notice n = about(FROND_NOTICE_FAILED, g);
    n.error = g->error;
    frond__report(&p, n);
}

void frond__report_scopes(frond_greenlet *g) {
    frond__page p = {0};
    frond__print(&p, "frond: ");
    frond__line_title(&p, g);
    frond__print(
        &p, " returned without stopping a timeout scope or shield that it had begun\n");
    frond__lines_spawn(&p, g);
    frond__page_write(&p, 2);
}

void frond__report_deadlock(frond_hub *h) {
    frond__page p = {0};
    frond__print(&p, "frond: deadlock: no greenlet is ready and nothing can wake one\n");
    frond__tree_print(&p, h, NULL);
    frond__report(&p, about(FROND_NOTICE_DEADLOCK, NULL));
}
