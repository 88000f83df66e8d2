/* SPDX-License-Identifier: MIT */
/* Generators: two flows that switch to each other.  fn may wait in its hub, too; should the one who asked
 * be killed meanwhile, nobody is there to yield to, and fn is told so. */
#include <frond/generator.h>

#include "core.h"
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>

struct frond_generator {
    frond_greenlet *greenlet; /* counted */
    frond_greenlet *asking;   /* who waits in next, counted; NULL: nobody */
    frond_generator_fn fn;
    void *arg;
    void *value;
    int result; /* of fn */
    bool ended, freed;
};

static void *run(void *generator) {
    frond_generator *gen = generator;
    gen->result = gen->fn(gen, gen->arg);
    gen->ended = true;
    if (gen->freed && !gen->asking)
        frond_free(gen); /* its owner did not wait */
    return NULL;
}

frond_generator *frond_generator_new(frond_generator_fn fn, void *arg) {
    if (!fn) {
        frond_fail_set(FROND_EINVAL, "generator new");
        return NULL;
    }
    frond_generator *gen = frond_calloc(1, sizeof *gen);
    if (!gen || !(gen->greenlet = frond_greenlet_new(run, NULL))) {
        frond_free(gen);
        frond_fail_set(FROND_ENOMEM, "generator new");
        return NULL;
    }
    gen->fn = fn;
    gen->arg = arg;
    return gen;
}

/* Switches to it until it yields or ends.  The value that comes back is not it, since fn's end comes
 * back, too. */
static int resume(frond_generator *gen, int error) {
    gen->asking = frond_ref(frond_current());
    int rc = frond_parent_set(gen->greenlet, gen->asking);
    if (rc == 0)
        rc = error ? frond_throw(gen->greenlet, error, NULL)
                   : frond_switch(gen->greenlet, gen, NULL);
    frond_release(gen->asking);
    gen->asking = NULL;
    return rc;
}

int frond_generator_next(frond_generator *gen, void **value) {
    if (!gen)
        return frond_fail_set(FROND_EINVAL, "generator next");
    if (gen->greenlet->hub != frond__self)
        return frond__fail_thread(gen->greenlet->hub->owner_id, "generator next");
    if (gen->asking || gen->greenlet == frond_current())
        return frond_fail_set(FROND_EBUSY, "generator next");
    int rc = gen->ended ? 0 : resume(gen, 0);
    if (rc == FROND_EINVALSWITCH) /* it waits in its hub, and who asked was killed */
        rc = FROND_EBUSY;
    if (rc == 0 && gen->ended) {
        rc = gen->result < 0 ? gen->result : FROND_EOF;
        gen->result = 0;
    }
    if (rc < 0)
        return frond_fail_set(rc, "generator next");
    if (value)
        *value = gen->value;
    return 0;
}

int frond_generator_yield(frond_generator *gen, void *value) {
    if (!gen)
        return frond_fail_set(FROND_EINVAL, "generator yield");
    if (gen->greenlet != frond_current())
        return frond_fail_set(FROND_EPERM, "generator yield");
    if (!gen->asking)
        return frond_fail_set(gen->freed ? FROND_EXIT : FROND_ECANCELED,
                              "generator yield");
    gen->value = value;
    int rc = frond_switch(gen->asking, NULL, NULL);
    return rc < 0 ? frond_fail_set(rc, "generator yield") : 0;
}

void frond_generator_free(frond_generator *gen) {
    if (!gen)
        return;
    frond_greenlet *g = gen->greenlet;
    frond_state state = frond_greenlet_state(g);
    gen->freed = true;
    if (state == FROND_SUSPENDED)
        while (!gen->ended && resume(gen, FROND_EXIT) == 0)
            ; /* it yields once more */
    state = frond_greenlet_state(g);
    if (state == FROND_DEAD || state == FROND_NEW)
        frond_free(gen);
    frond_release(g);
}
