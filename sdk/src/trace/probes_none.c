/* SPDX-License-Identifier: MIT */
/* Where there are no probes. */
#include "trace/probes.h"

void frond__probes_event(int event, const frond_greenlet *from,
                         const frond_greenlet *to) {
    (void)event;
    (void)from;
    (void)to;
}
