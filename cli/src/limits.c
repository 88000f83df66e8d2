/* SPDX-License-Identifier: MIT */
/* How many descriptors a run needs, and having them. */
#include "command.h"
#include "fetch.h"

#include <string.h>
#include <sys/resource.h>

enum {
    BESIDES =
        64 /* standard streams, the loop, name lookups, files being written, workers */
};

int fetch_limits(const fetch_options *o) {
    struct rlimit limit;
    /* one connection each, and its file; as many may be kept idle */
    rlim_t need =
        (rlim_t)o->concurrency * (o->output ? 3 : 2) + BESIDES + (rlim_t)o->jobs * 4;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
        return 0;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < need)
        return usage_error(
            "fetch",
            "--concurrency %d needs %llu descriptors, and the limit (ulimit -Hn) is "
            "%llu",
            o->concurrency, (unsigned long long)need, (unsigned long long)limit.rlim_max);
    limit.rlim_cur = need;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return usage_error("fetch",
                           "--concurrency %d needs %llu descriptors: the limit cannot be "
                           "raised",
                           o->concurrency, (unsigned long long)need);
    return 0;
}
