/* SPDX-License-Identifier: MIT */
/* What a process counts, of all modules: one table, which the command `stat` tells, as words and as OpenMetrics. */
#ifndef FROND_IMPL_FIGURES_H
#define FROND_IMPL_FIGURES_H

#include <frond/api.h>

FROND_BEGIN

/* X(name, metric, type, text): the type is counter, which only grows, or gauge. */
#define FROND_FIGURES(X)                                                                 \
    X(DNS_HITS, "dns_cache_hits", counter, "lookups answered from what was kept")        \
    X(DNS_MISSES, "dns_cache_misses", counter, "lookups that were not")                  \
    X(DNS_QUERIES, "dns_queries", counter,                                               \
      "lookups that servers or the system were asked for")                               \
    X(DNS_FAILED, "dns_failures", counter, "of these, those without an answer")          \
    X(HTTP_CONNECTIONS, "http_connections", gauge, "connections of HTTP clients")        \
    X(HTTP_OPENED, "http_connections_opened", counter,                                   \
      "connections that they have made")                                                 \
    X(HTTP_REUSED, "http_connections_reused", counter,                                   \
      "requests on a connection that was there")                                         \
    X(POOL_JOBS, "threadpool_jobs", counter, "jobs given to thread pools")               \
    X(POOL_QUEUED, "threadpool_queued", gauge, "jobs that no thread has begun")          \
    X(POOL_THREADS, "threadpool_threads", gauge, "threads of thread pools")              \
    X(TLS_FAILED, "tls_handshake_failures", counter, "handshakes that failed")           \
    X(TLS_HANDSHAKES, "tls_handshakes", counter, "handshakes finished")                  \
    X(TLS_RESUMED, "tls_handshakes_resumed", counter,                                    \
      "of these, those by a session that was kept")

#define FROND__FIGURE(name, metric, type, text) FROND_FIGURE_##name,
typedef enum { FROND_FIGURES(FROND__FIGURE) FROND_FIGURE_COUNT } frond_figure;
#undef FROND__FIGURE

/* Adds to one.  Any thread.  Does not suspend.  Cannot fail.  Since 0.1. */
FROND_API void frond_figure_add(frond_figure f, int64_t delta);

FROND_END

#endif
