/* SPDX-License-Identifier: MIT */
#include "stream/lent.h"

#include <frond/impl/loop.h>
#include <frond/impl/memory.h>

enum { KEPT = 8 };

typedef struct {
    unsigned n;
    char *kept[KEPT]; /* the one that was used last, last */
} store;

static _Thread_local store *own;

/* It is handed over: at a thread's end its variables may be gone already. */
static void close_own(void *arg, int child) {
    store *s = arg;
    own = NULL;
    if (child)
        return;
    while (s->n)
        frond_buffer_free(s->kept[--s->n]);
    frond_free(s);
}

static store *store_make(void) {
    store *s = frond_calloc(1, sizeof *s);
    if (s && frond_hub_at_close(close_own, s) < 0) {
        frond_free(s);
        return NULL;
    }
    return own = s;
}

char *frond__lend(void) {
    store *s = own ? own : store_make();
    if (!s)
        return NULL;
    return s->n ? s->kept[--s->n] : frond_buffer_alloc(FROND__LENT);
}

void frond__give_back(char *buf) {
    store *s = own;
    if (s && s->n < KEPT)
        s->kept[s->n++] = buf;
    else
        frond_buffer_free(buf);
}
