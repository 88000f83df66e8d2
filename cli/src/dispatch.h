/* SPDX-License-Identifier: MIT */
/* Fetching through worker processes: URLs dealt out over pipes, results collected. */
#ifndef FROND_CLI_DISPATCH_H
#define FROND_CLI_DISPATCH_H

#include "fetch.h"

typedef struct dispatch dispatch;

dispatch *dispatch_new(const fetch_options *o,
                       report *r); /* NULL with a sentence on stderr */
/* Hands a URL over, which is the dispatch's from now on.  Suspends while all workers are full. */
int dispatch_give(dispatch *d, char *url);
/* Waits until every URL given has its result.  Suspends. */
void dispatch_join(dispatch *d);
/* Drops what is in flight, has the workers clean up, and ends them.  Suspends. */
void dispatch_stop(dispatch *d);
/* Ends what is left; NULL is allowed.  Suspends. */
void dispatch_free(dispatch *d);

#endif
