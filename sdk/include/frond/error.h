/* SPDX-License-Identifier: MIT */
/* Errors.  Every call answers >= 0 for success and one of these negative codes otherwise; the
 * numbers are frond's own and the same on every platform.  The last failure of the running
 * greenlet is kept with a sentence that says what was being done to what.
 * Nothing here suspends; every function works on any thread and concerns the calling greenlet. */
#ifndef FROND_ERROR_H
#define FROND_ERROR_H

#include <frond/api.h>

FROND_BEGIN

/* X(name, number, text, who returns it) */
#define FROND_ERRORS(X)                                                                  \
    X(EINVAL, -1, "invalid argument", "misuse of any function")                          \
    X(EBUSY, -2, "another greenlet is doing this already",                               \
      "streams, pipes, objects in use")                                                  \
    X(ETHREAD, -3, "belongs to another thread",                                          \
      "every verb on an object of another hub")                                          \
    X(ENOSUSPEND, -4, "may not suspend here", "suspending calls made in a hub callback") \
    X(ENOMEM, -5, "out of memory", "everything that allocates")                          \
    X(ETIMEDOUT, -6, "timed out", "everything that suspends")                            \
    X(ECANCELED, -7, "canceled",                                                         \
      "everything that suspends, once its greenlet is killed")                           \
    X(EXIT, -8, "exit", "greenlets that were killed without an error of their own")      \
    X(ECLOSED, -9, "closed", "objects that were closed, those closed during a wait too") \
    X(EDEADLK, -10, "would wait forever",                                                \
      "the main greenlet's wait when nothing can end it")                                \
    X(EINVALSWITCH, -11, "greenlet waits in its hub and cannot be switched to",          \
      "frond_switch")                                                                    \
    X(EWRONGPROC, -12, "belongs to another process", "objects inherited through a fork") \
    X(EFORKHOOK, -13, "may not suspend in a fork hook",                                  \
      "suspending calls made in a fork hook")                                            \
    X(ENOSYS, -14, "not available on this system", "what a platform lacks")              \
    X(EOF, -15, "unexpected end of stream", "exact and delimited reads, message pipes")  \
    X(ELIMIT, -16, "a configured limit was exceeded", "readers, parsers, queues")        \
    X(EUNKNOWN, -17, "unknown system error",                                             \
      "system errors that have no code of their own")                                    \
    X(EOWNERDEAD, -18, "its holder ended without releasing it", "locks")                 \
    X(EACCES, -30, "permission denied", "the system")                                    \
    X(EADDRINUSE, -31, "address already in use", "listen, bind")                         \
    X(EADDRNOTAVAIL, -32, "address not available", "listen, bind, connect")              \
    X(EAFNOSUPPORT, -33, "address family not supported", "sockets")                      \
    X(EALREADY, -34, "already in progress", "connect")                                   \
    X(EBADF, -35, "bad descriptor", "calls that take a descriptor")                      \
    X(ECONNABORTED, -36, "connection aborted", "accept, streams, messages given up")     \
    X(ECONNREFUSED, -37, "connection refused", "connect, datagrams")                     \
    X(ECONNRESET, -38, "connection reset by peer", "streams")                            \
    X(EEXIST, -39, "exists already", "files")                                            \
    X(EFBIG, -40, "file too large", "files")                                             \
    X(EHOSTUNREACH, -41, "host unreachable", "sockets")                                  \
    X(EIO, -42, "input/output error", "files, terminals")                                \
    X(EISCONN, -43, "already connected", "sockets")                                      \
    X(EISDIR, -44, "is a directory", "files")                                            \
    X(ELOOP, -45, "too many symbolic links", "files")                                    \
    X(EMFILE, -46, "too many open files", "everything that opens a descriptor")          \
    X(EMSGSIZE, -47, "message too long", "datagrams, message pipes")                     \
    X(ENAMETOOLONG, -48, "name too long", "files, names")                                \
    X(ENETDOWN, -49, "network is down", "sockets")                                       \
    X(ENETUNREACH, -50, "network unreachable", "sockets")                                \
    X(ENFILE, -51, "too many open files in the system",                                  \
      "everything that opens a descriptor")                                              \
    X(ENOBUFS, -52, "no buffer space", "sockets")                                        \
    X(ENODEV, -53, "no such device", "files")                                            \
    X(ENOENT, -54, "no such file or directory", "files, programs")                       \
    X(ENOEXEC, -55, "not an executable", "programs")                                     \
    X(ENOSPC, -56, "no space left on device", "files")                                   \
    X(ENOTCONN, -57, "not connected", "sockets")                                         \
    X(ENOTDIR, -58, "not a directory", "files")                                          \
    X(ENOTEMPTY, -59, "directory not empty", "files")                                    \
    X(ENOTSOCK, -60, "not a socket", "sockets")                                          \
    X(ENOTSUP, -61, "not supported", "sockets, streams that cannot do it")               \
    X(ENOTTY, -62, "not a terminal", "terminals")                                        \
    X(EPERM, -63, "not permitted",                                                       \
      "the system; release of a lock by another than its holder")                        \
    X(EPIPE, -64, "broken pipe", "writes to what nobody reads")                          \
    X(EPROTO, -65, "protocol error", "sockets")                                          \
    X(ERANGE, -66, "out of range", "numbers in text")                                    \
    X(EROFS, -67, "read-only file system", "files")                                      \
    X(ESPIPE, -68, "cannot seek", "files")                                               \
    X(ESRCH, -69, "no such process", "processes")                                        \
    X(EXDEV, -70, "across devices", "files")                                             \
    X(EDQUOT, -71, "quota exceeded", "files")                                            \
    X(ETXTBSY, -72, "program file is in use", "programs")                                \
    X(ECHILD, -73, "no such child", "processes")                                         \
    X(EPROTOTYPE, -74, "socket of another type", "unix sockets")                         \
    X(EDNS_NOTFOUND, -100, "name not found", "name lookups: no such name")               \
    X(EDNS_NODATA, -101, "name has no address",                                          \
      "name lookups: no record of the kind asked")                                       \
    X(EDNS_SERVFAIL, -102, "name server failed", "name lookups")                         \
    X(EDNS_REFUSED, -103, "name server refused", "name lookups")                         \
    X(EDNS_BADNAME, -104, "not a valid name", "name lookups")                            \
    X(EDNS_BADRESP, -105, "malformed answer from the name server", "name lookups")       \
    X(EDNS_NOSERVER, -106, "no name server answered", "name lookups")                    \
    X(EDNS_SERVICE, -107, "unknown service", "names of services")                        \
    X(ETLS_CONFIG, -200, "TLS configuration error", "TLS contexts")                      \
    X(ETLS_PROTOCOL, -201, "TLS protocol error", "TLS streams")                          \
    X(ETLS_ALERT, -202, "TLS alert from peer", "TLS streams")                            \
    X(ETLS_EXPIRED, -203, "certificate expired", "TLS handshakes")                       \
    X(ETLS_NOTYET, -204, "certificate not yet valid", "TLS handshakes")                  \
    X(ETLS_HOSTNAME, -205, "certificate is for another name", "TLS handshakes")          \
    X(ETLS_UNTRUSTED, -206, "certificate not trusted", "TLS handshakes")                 \
    X(ETLS_CERT, -207, "certificate refused", "TLS handshakes")                          \
    X(ETLS_TRUNCATED, -208, "TLS stream ended without close_notify", "TLS streams")      \
    X(EHTTP_URL, -300, "not a valid URL", "URL parser, HTTP client")                     \
    X(EHTTP_PROTOCOL, -301, "malformed HTTP message", "HTTP parser, client and server")  \
    X(EHTTP_HEAD_SIZE, -302, "HTTP head too large", "HTTP parser, client and server")    \
    X(EHTTP_BODY_SIZE, -303, "HTTP body too large", "HTTP client and server")            \
    X(EHTTP_RATIO, -304, "HTTP body decompresses beyond the limit",                      \
      "HTTP content decoder")                                                            \
    X(EHTTP_ENCODING, -305, "corrupt HTTP content encoding", "HTTP content decoder")     \
    X(EHTTP_TRUNCATED, -306, "HTTP body ended early", "HTTP client and server")          \
    X(EHTTP_REDIRECTS, -307, "too many redirects", "HTTP client")                        \
    X(EHTTP_SCHEME, -308, "URL scheme not supported", "HTTP client")                     \
    X(EPROC_ENTRY, -400, "no such process entry", "frond_process_start")                 \
    X(EPROC_VERSION, -401, "child speaks another version", "frond_process_start")        \
    X(EPROC_START, -402, "process did not become ready", "frond_process_start")          \
    X(EPROC_STATUS, -403, "ended with another status than 0", "frond_subprocess_output")

#define FROND__ENUM(name, number, text, who) FROND_##name = number,
enum frond_error { FROND_OK = 0, FROND_ERRORS(FROND__ENUM) FROND__ERROR_END = -999 };
#undef FROND__ENUM

/* The last failure of the calling greenlet.  Does not suspend.  Cannot fail.
 * Returns its code, or 0 when no call of this greenlet has failed.  Since 0.1. */
FROND_API int frond_error_code(void);

/* The last failure of the calling greenlet as one sentence that names what was being done to
 * what, such as "connect 127.0.0.1:9: connection refused".  Does not suspend.  Cannot fail.
 * Returns text that frond owns, valid until the next failing call of this greenlet; never NULL.
 * Since 0.1. */
FROND_API const char *frond_error_text(void);

/* The text of a code alone, such as "connection refused".  Does not suspend.  Cannot fail.
 * Returns static text owned by frond; never NULL.  Since 0.1. */
FROND_API const char *frond_error_message(int code);

/* The name of a code, such as "FROND_ECONNREFUSED".  Does not suspend.  Cannot fail.
 * Returns static text owned by frond; never NULL.  Since 0.1. */
FROND_API const char *frond_error_name(int code);

/* Ends a greenlet's function with an error:  return frond_failed(FROND_EPROTO, "bad reply");
 * A macro for frond_failed_at that adds where it stands. */
#define frond_failed(...) frond_failed_at(FROND_PLACE, __func__, __VA_ARGS__)

/* Ends the greenlet with an error from wherever it is:  frond_fail(FROND_EPROTO, "bad reply");
 * A macro for frond_fail_at that adds where it stands. */
#define frond_fail(...) frond_fail_at(FROND_PLACE, __func__, __VA_ARGS__)

#define FROND_PLACE __FILE__ ":" FROND_PLACE_LINE(__LINE__)
#define FROND_PLACE_LINE(line) FROND_PLACE_TEXT(line)
#define FROND_PLACE_TEXT(line) #line

/* Stores the error that this greenlet's function is about to end with: join, get and links see the
 * code, the text explains it, and the report of a greenlet that nobody watches names the place and
 * the function.  Does not suspend.  Cannot fail.  Returns NULL.  The text is copied; format NULL keeps
 * the last failure's sentence; place and function must be static.  Since 0.1. */
FROND_API void *frond_failed_at(const char *place, const char *function, int code,
                                const char *format, ...) FROND_PRINTF(4, 5);

/* The same, from anywhere in a greenlet: runs its deferred cleanups and ends it.  The frames between
 * are abandoned (C++ destructors do not run).  Does not return, does not suspend.  In the main greenlet
 * it reports and aborts the process.  The text is copied, place and function are static.  Since 0.1. */
FROND_API FROND_NORETURN void frond_fail_at(const char *place, const char *function,
                                            int code, const char *format, ...)
    FROND_PRINTF(4, 5);

FROND_END

#endif
