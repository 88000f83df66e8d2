/* SPDX-License-Identifier: MIT */
/* TCP and TLS in one call, under one deadline. */
#include <frond/tcp.h>
#include <frond/tls.h>

int frond_tls_connect(const char *host, int port, frond_tls_context *c, frond_stream **s,
                      frond_deadline d) {
    frond_stream *under;
    int rc = frond_tcp_connect(host, port, NULL, &under, d);
    if (rc < 0)
        return rc;
    rc = frond_tls_client(under, host, c, s, d);
    if (rc < 0)
        frond_stream_free(under);
    return rc;
}
