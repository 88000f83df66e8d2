/* SPDX-License-Identifier: MIT */
#include "stat/lag.h"

#include "hub/clock.h"

#define MS INT64_C(1000000)
const int64_t frond__lag_bounds[FROND__LAGS] = {MS / 10,   MS / 2,   MS,       5 * MS,
                                                10 * MS,   50 * MS,  100 * MS, 500 * MS,
                                                1000 * MS, INT64_MAX};

void frond__lag_note(frond_hub *h) {
    int64_t ns = frond__real_now() - h->polled;
    int i = 0;
    while (ns > frond__lag_bounds[i])
        i++;
    h->lag->within[i]++;
    h->lag->sum_ns += (uint64_t)ns;
    h->lag->count++;
}
