/* SPDX-License-Identifier: MIT */
/* Reports: text that goes to standard error, unless somebody who was told of it has seen to it. */
#ifndef FROND_SRC_REPORT_H
#define FROND_SRC_REPORT_H

#include "core.h"
#include "report/notice.h"
#include "report/page.h"

/* Tells of n with the page as its text, writes that unless it has been seen to, and frees it. */
FROND_INTERNAL void frond__report(frond__page *p, frond_notice n);

FROND_INTERNAL void frond__report_failed(frond_greenlet *g);
FROND_INTERNAL void frond__report_scopes(frond_greenlet *g);
FROND_INTERNAL void frond__report_deadlock(frond_hub *h);

/* The dump of this thread's hub, without the frames above caller. */
FROND_INTERNAL void frond__dump_print(frond__page *p, frond_hub *h, const void *caller);

#endif
