/* SPDX-License-Identifier: MIT */
/* The table of all settings, those of the modules above sdk too: one table is read and checked as a whole when
 * the first hub is made, which is before most modules are heard of.  It holds data only; what a value means is
 * its module's.  Modules read here, and nothing else asks the environment for a FROND_ variable. */
#ifndef FROND_IMPL_SETTINGS_H
#define FROND_IMPL_SETTINGS_H

#include <frond/api.h>

FROND_BEGIN

#define FROND__YEAR_MS UINT64_C(31536000000)

/* X(name, type, least, most, words, default, text).  The types: FLAG is 0 or 1; NUMBER is from least to most,
 * words is its unit; SIZE is one of bytes, or of 1024 (K), 1024 * 1024 (M), and so on; CHOICE is one of words,
 * between bars; SIGNAL is a name or number; ADDRESSES are IP addresses, with ports, between commas; PATH and
 * TEXT are as they are.  An empty value is none, but for TEXT. */
#define FROND_SETTINGS(X)                                                                \
    X(DNS_CACHE, NUMBER, 1, 10000000, "entries", "4096",                                 \
      "how many answers the hub's own resolver keeps")                                   \
    X(DNS_EDNS, NUMBER, 512, 65535, "bytes", "",                                         \
      "longest answer by UDP that is asked for; none: no EDNS")                          \
    X(DNS_HOSTS, PATH, 0, 0, "", "",                                                     \
      "hosts file; none: the one that CARES_HOSTS names, or the system's")               \
    X(DNS_MOST_TTL_MS, NUMBER, 1, FROND__YEAR_MS, "ms", "3600000",                       \
      "longest time that an answer is kept")                                             \
    X(DNS_NDOTS, NUMBER, 0, 15, "", "",                                                  \
      "names with fewer dots are tried with the domains first; none: as the system "     \
      "says")                                                                            \
    X(DNS_NEGATIVE_MS, NUMBER, 1, FROND__YEAR_MS, "ms", "5000",                          \
      "how long \"no such name\" is kept when it does not say")                          \
    X(DNS_POLICY, CHOICE, 0, 0, "ares|system|ares,system|blocking", "ares",              \
      "who resolves names: c-ares, the system on threads, both, or the system here")     \
    X(DNS_PORT, NUMBER, 1, 65535, "", "53", "port of name servers that have none")       \
    X(DNS_ROTATE, FLAG, 0, 1, "", "0", "1: name servers take turns")                     \
    X(DNS_SEARCH, TEXT, 0, 0, "", "",                                                    \
      "domains to append, between commas; empty: none; not set: the system's")           \
    X(DNS_SERVERS, ADDRESSES, 0, 16, "", "", "name servers; none: the system's")         \
    X(DNS_STALE_MS, NUMBER, 0, FROND__YEAR_MS, "ms", "0",                                \
      "how long answers out of date serve when servers fail")                            \
    X(DNS_TCP, FLAG, 0, 1, "", "0", "1: name servers are never asked by UDP")            \
    X(DNS_TIMEOUT_MS, NUMBER, 1, 3599999, "ms", "2000",                                  \
      "time for the first try at a name server")                                         \
    X(DNS_TRIES, NUMBER, 1, 100, "", "3", "tries at each name server")                   \
    X(DUMP_FILE, PATH, 0, 0, "", "",                                                     \
      "what dumps at DUMP_SIGNAL are added to; none: standard error")                    \
    X(DUMP_SIGNAL, SIGNAL, 0, 0, "", "", "signal at which all hubs dump themselves")     \
    X(EXECUTABLE, PATH, 0, 0, "", "",                                                    \
      "what is run to start a worker; none: this program's file")                        \
    X(LEAKS, FLAG, 0, 1, "", "0",                                                        \
      "1: hubs that end report what is left of them, and where it was made")             \
    X(MAX_BLOCKING_MS, NUMBER, 1, 3600000, "ms", "",                                     \
      "a greenlet that keeps others from running for longer is reported")                \
    X(MAX_MEMORY, SIZE, 1, UINT64_MAX, "", "",                                           \
      "resident memory of the process; that there is more, or no longer, is reported")   \
    X(MEMORY_PERIOD_MS, NUMBER, 1, 3600000, "ms", "5000",                                \
      "time between two looks at MAX_MEMORY")                                            \
    X(SHUFFLE, NUMBER, 0, UINT64_MAX, "", "0",                                           \
      "seed of the order in which ready greenlets run; 0: first in, first out")          \
    X(STACK_GUARDS, CHOICE, 0, 0, "all|share", "all",                                    \
      "which stacks have a guard where the system has too few for all")                  \
    X(STACK_REPORT, FLAG, 0, 1, "", "0",                                                 \
      "1: at exit, most stack used by what greenlets began with")                        \
    X(TRACE, PATH, 0, 0, "", "",                                                         \
      "file that all switches are recorded in, for Perfetto or Chrome")

#define FROND__SETTING(name, type, least, most, words, fallback, text)                   \
    FROND_SETTING_##name,
typedef enum { FROND_SETTINGS(FROND__SETTING) FROND_SETTING_COUNT } frond_setting;
#undef FROND__SETTING

/* The number that a setting is: of a FLAG, NUMBER or SIZE, the place of a CHOICE among its words, from 0, or
 * the SIGNAL's (0: none).  Valid while there is a hub.  Does not suspend.  Cannot fail.  Returns 1, or 0 when nobody
 * has set it, and *value (may be NULL) is the default, if there is one, else 0.  Since 0.1. */
FROND_API int frond_config_number(frond_setting s, uint64_t *value);

/* The text that a setting is.  Does not suspend.  Cannot fail.  Returns it, borrowed for as long as there is a
 * hub, or NULL when it is the default and that is none.  Since 0.1. */
FROND_API const char *frond_config_text(frond_setting s);

FROND_END

#endif
