/* SPDX-License-Identifier: MIT */
/* How many descriptors a run needs, and having them. */
#include "command.h"
#include "fetch.h"
#include "os.h"

enum {
    BESIDES =
        64 /* standard streams, the loop, name lookups, files being written, workers */
};

int fetch_limits(const fetch_options *o) {
    /* one connection each, and its file; as many may be kept idle */
    unsigned long long need = (unsigned long long)o->concurrency * (o->output ? 3 : 2) +
                              BESIDES + (unsigned long long)o->jobs * 4;
    unsigned long long limit = os_need_descriptors(need);
    return limit ? usage_error("fetch",
                               "--concurrency %d needs %llu descriptors, and the limit "
                               "(ulimit -Hn) is %llu",
                               o->concurrency, need, limit)
                 : 0;
}
