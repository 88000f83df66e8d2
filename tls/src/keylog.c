/* SPDX-License-Identifier: MIT */
/* The secrets of connections, in the form that Wireshark reads (SSLKEYLOGFILE). */
#include "settings.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A line is one call: others may append to the same file. */
static void note(const SSL *ssl, const char *line) {
    frond__tls_settings *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    size_t n = strlen(line);
    char *text = s ? frond_alloc(n + 1) : NULL;
    if (!text)
        return;
    memcpy(text, line, n);
    text[n] = '\n';
    uv_fs_t request;
    uv_buf_t buf = uv_buf_init(text, (unsigned)n + 1);
    uv_fs_write(NULL, &request, s->keylog, &buf, 1, -1, NULL);
    uv_fs_req_cleanup(&request);
    OPENSSL_cleanse(text, n);
    frond_free(text);
}

int frond__tls_set_keylog(frond__tls_settings *s, const frond_tls_options *o) {
    const char *path = o->keylog_file;
    uv_fs_t request;
    if (!path && o->keylog_env)
        path = getenv("SSLKEYLOGFILE");
    if (!path || !*path)
        return 0;
    int file = uv_fs_open(NULL, &request, path,
                          UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_APPEND, 0600, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        int code = frond_error_from_uv(file);
        return frond_fail_text(code, "tls %s: %s", path, frond_error_message(code));
    }
    s->keylog = file;
    SSL_CTX_set_app_data(s->ssl, s);
    SSL_CTX_set_keylog_callback(s->ssl, note);
    return 0;
}

void frond__tls_close_keylog(frond__tls_settings *s) {
    uv_fs_t request;
    if (s->keylog < 0)
        return;
    uv_fs_close(NULL, &request, s->keylog, NULL);
    uv_fs_req_cleanup(&request);
}
