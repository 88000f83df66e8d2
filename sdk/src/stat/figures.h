/* SPDX-License-Identifier: MIT */
/* Figures inside sdk. */
#ifndef FROND_SRC_FIGURES_H
#define FROND_SRC_FIGURES_H

#include "compat.h"
#include <frond/impl/figures.h>
#include <stdbool.h>

typedef struct {
    const char *metric, *text;
    bool counts; /* a counter, no gauge */
} frond__figure_row;

FROND_INTERNAL extern const frond__figure_row frond__figures[FROND_FIGURE_COUNT];
FROND_INTERNAL int64_t frond__figure(frond_figure f);
/* In the child of a fork, which has done nothing yet. */
FROND_INTERNAL void frond__figures_forget(void);

#endif
