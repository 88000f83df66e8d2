/* SPDX-License-Identifier: MIT */
#include "stat/figures.h"

#include <stdatomic.h>

enum { counter = 1, gauge = 0 };
#define ROW(name, metric, type, text) {metric, text, type},
const frond__figure_row frond__figures[FROND_FIGURE_COUNT] = {FROND_FIGURES(ROW)};
#undef ROW

static _Atomic int64_t figures[FROND_FIGURE_COUNT];

void frond_figure_add(frond_figure f, int64_t delta) {
    atomic_fetch_add_explicit(&figures[f], delta, memory_order_relaxed);
}

int64_t frond__figure(frond_figure f) {
    return atomic_load_explicit(&figures[f], memory_order_relaxed);
}

void frond__figures_forget(void) {
    for (int f = 0; f < FROND_FIGURE_COUNT; f++)
        atomic_store(&figures[f], 0);
}
