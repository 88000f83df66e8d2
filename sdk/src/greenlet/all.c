/* SPDX-License-Identifier: MIT */
/* Arrays of greenlets: their ends, and their kills. */
#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/wait.h>

static int check(frond_greenlet *const *g, size_t n, const char *doing) {
    if (n && !g)
        return frond_fail_set(FROND_EINVAL, doing);
    for (size_t i = 0; i < n; i++) {
        if (!g[i] || (g[i]->traits & (FROND__MAIN | FROND__HUB)))
            return frond_fail_set(FROND_EINVAL, doing);
        if (g[i]->hub != frond__self)
            return frond__fail_thread(g[i]->hub->owner_id, doing);
    }
    return 0;
}

/* The error that g has failed with; 0: none. */
static int failure(frond_greenlet *g) {
    return g->error == 0 || g->error == FROND_EXIT ? 0 : frond_get(g, NULL, FROND_NOW);
}

static int join_each(frond_waitable *w, size_t n, size_t count, int raise_error,
                     frond_deadline d) {
    frond_iwait it;
    size_t which;
    int rc = frond_iwait_begin(&it, w, n);
    while (rc == 0 && count-- && (rc = frond_iwait_next(&it, &which, d)) == 0)
        if (raise_error)
            rc = failure(w[which].object);
    frond_iwait_end(&it);
    return rc;
}

int frond_joinall(frond_greenlet *const *g, size_t n, size_t count, int raise_error,
                  frond_deadline d) {
    int rc = frond_wait_enter(d);
    if (rc < 0 || (rc = check(g, n, "joinall")) < 0)
        return rc;
    if (count > n)
        return frond_fail_set(FROND_EINVAL, "joinall: more than there are");
    frond_waitable *w = frond_calloc(n ? n : 1, sizeof *w);
    if (!w)
        return frond_fail_set(FROND_ENOMEM, "joinall");
    for (size_t i = 0; i < n; i++)
        w[i] = frond_greenlet_waitable(g[i]);
    rc = join_each(w, n, count ? count : n, raise_error, d);
    frond_free(w);
    return rc;
}

int frond_killall(frond_greenlet *const *g, size_t n, int error, frond_deadline d) {
    int rc = frond__hub() ? check(g, n, "killall") : frond__no_hub();
    if (rc == 0 && error >= 0)
        rc = frond_fail_set(FROND_EINVAL, "killall");
    if (rc < 0)
        return rc;
    frond_hub *h = frond__self;
    bool own = false;
    for (size_t i = 0; i < n; i++) {
        own = own || g[i] == h->current;
        frond__kill_mark(h, g[i], error);
    }
    if (own)
        return frond_fail_set(FROND_ECANCELED, "killall: self");
    for (size_t i = 0; i < n && rc == 0 && d.ns > 0; i++)
        rc = frond_join(g[i], d);
    return rc;
}
