/* SPDX-License-Identifier: MIT */
/* See transport.h. */
#include "transport.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/fd.h>
#include <frond/impl/memory.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>
#include <uv.h>

enum {
    CHUNK = 17 * 1024,   /* a whole record and its overhead */
    GULPS = 4,           /* more than a record needs: then the loop has its turn */
    ANSWERS = 4 * CHUNK, /* more than a writer leaves and a renegotiation needs */
};

/* ---- the BIO ---- */

static int64_t take(frond__tls_transport *t, char *out, size_t cap) {
    if (frond__tls_buffer_held(&t->in) == 0)
        return t->ended ? 0 : FROND_STREAM_AGAIN;
    return (int64_t)frond__tls_buffer_take(&t->in, out, cap);
}

static bool reads_decrypted(const frond__tls_transport *t) {
    return t->kernel && BIO_ctrl(t->kernel, BIO_CTRL_GET_KTLS_RECV, 0, NULL) > 0;
}

static int64_t read_decrypted(frond__tls_transport *t, char *out, int cap) {
    int n = BIO_read(t->kernel, out, cap);
    if (n >= 0)
        return n;
    return BIO_should_retry(t->kernel) ? FROND_STREAM_AGAIN : FROND_EPROTO;
}

/* What a socket takes at once; data goes to the kernel that encrypts as to any, a record of another type has to
 * say so. */
static int64_t try_send(frond__tls_transport *t, const char *data, size_t len) {
    if (t->control < 0)
        return t->under->ops->try_write(t->under, data, len);
    int64_t n = frond__tls_kernel_control(t->kernel, t->control, data, len);
    if (n >= 0)
        t->control = -1;
    return n;
}

static int bio_read(BIO *bio, char *out, int cap) {
    frond__tls_transport *t = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (cap <= 0 || t->error)
        return -1;
    bool full = t->direct && t->gulps == 0;
    int64_t n = t->deaf || full           ? FROND_STREAM_AGAIN
                : !t->direct              ? take(t, out, (size_t)cap)
                : t->drained && !t->eager ? FROND_STREAM_AGAIN
                : reads_decrypted(t)
                    ? read_decrypted(t, out, cap)
                    : t->under->ops->try_read(t->under, out, (size_t)cap);
    if (n == FROND_STREAM_AGAIN) {
        BIO_set_retry_read(bio);
        return -1;
    }
    t->gulps -= t->direct;
    t->drained = t->direct && n > 0 && n < cap && !reads_decrypted(t);
    t->ended = n == 0;
    if (n < 0)
        t->error = (int)n;
    return n < 0 ? -1 : (int)n;
}

/* All of it is taken, unless it says what the buffered bytes before it do not, its type, or is one answer too many. */
static int bio_write(BIO *bio, const char *data, int len) {
    frond__tls_transport *t = BIO_get_data(bio);
    int64_t n = 0;
    BIO_clear_retry_flags(bio);
    if (len <= 0 || t->error)
        return -1;
    if (frond__tls_buffer_held(&t->out) > t->answers) {
        BIO_set_retry_write(bio);
        return -1;
    }
    if (t->direct && !frond__tls_buffer_held(&t->out))
        n = try_send(t, data, (size_t)len);
    bool waits = n == FROND_STREAM_AGAIN;
    if (t->control >= 0 && (waits || n == 0)) {
        BIO_set_retry_write(bio);
        return -1;
    }
    size_t sent = n > 0 ? (size_t)n : 0, rest = (size_t)len - sent;
    if (n < 0 && !waits) {
        t->error = (int)n;
    } else if (rest) {
        t->error = frond__tls_buffer_add(&t->out, data + sent, rest);
    }
    return t->error ? -1 : len;
}

/* The three that OpenSSL 3 has for itself, by the numbers that bio.h gives them in a comment. */
enum { SET_KTLS = 72, SET_KTLS_CONTROL = 74, CLEAR_KTLS_CONTROL = 75 };

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    frond__tls_transport *t = BIO_get_data(bio);
    switch (command) {
    case BIO_CTRL_EOF:
        return t->ended;
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_PUSH:
    case BIO_CTRL_POP:
        return 1;
    case SET_KTLS:
    case BIO_CTRL_GET_KTLS_SEND:
    case BIO_CTRL_GET_KTLS_RECV:
        return t->kernel ? BIO_ctrl(t->kernel, command, number, pointer) : 0;
    case SET_KTLS_CONTROL:
        t->control = (int)number;
        return 0;
    case CLEAR_KTLS_CONTROL:
        t->control = -1;
        return 0;
    default:
        return 0;
    }
}

static uv_once_t method_once = UV_ONCE_INIT;
static BIO_METHOD *method; /* one for the process */

static void make_method(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "frond stream");
    if (!method)
        return;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

BIO *frond__tls_bio(frond__tls_transport *t) {
    t->control = -1;
    uv_once(&method_once, make_method);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (bio) {
        BIO_set_data(bio, t);
        BIO_set_init(bio, 1);
    }
    return bio;
}

/* ---- around it ---- */

void frond__tls_transport_begin(frond__tls_transport *t, bool reads) {
    t->gulps = GULPS;
    t->answers = reads ? ANSWERS : SIZE_MAX;
}

static void end_turn(frond__tls_turn *turn) {
    turn->taken = false;
    if (turn->others)
        frond_event_set(&turn->passed);
}

static int wait_turn(frond__tls_turn *turn, frond_deadline d) {
    turn->others++;
    frond_event_clear(&turn->passed);
    int rc = frond_event_wait(&turn->passed, d);
    turn->others--;
    return rc;
}

static int fill(frond__tls_transport *t, frond_deadline d) {
    if (t->ended)
        return 0;
    if (frond__tls_buffer_reserve(&t->in, CHUNK) < 0)
        return frond_fail_set(FROND_ENOMEM, "tls");
    int64_t n = frond_read(t->under, t->in.data + t->in.end, CHUNK, d);
    if (n < 0)
        return (int)n;
    t->in.end += (size_t)n;
    t->ended = n == 0;
    return 0;
}

int frond__tls_transport_wait(frond__tls_transport *t, frond_deadline d) {
    int rc;
    if (t->deaf)
        return wait_turn(&t->reads, d);
    t->reads.taken = true;
    if (!t->direct)
        rc = fill(t, d);
    else if ((rc = t->under->ops->wait(t->under, FROND_FD_READ, d)) == 0)
        t->drained = false;
    end_turn(&t->reads);
    return rc;
}

static int send_direct(frond__tls_transport *t, frond_deadline d) {
    int64_t n = t->under->ops->try_write(t->under, t->out.data + t->out.start,
                                         frond__tls_buffer_held(&t->out));
    if (n == FROND_STREAM_AGAIN)
        return t->under->ops->wait(t->under, FROND_FD_WRITE, d);
    if (n > 0)
        frond__tls_buffer_consume(&t->out, (size_t)n);
    return n < 0 ? (int)n : 0;
}

/* OpenSSL may add to the buffer, and move it, while this waits: write from a copy. */
static int send_copied(frond__tls_transport *t, frond_deadline d) {
    char part[4096];
    size_t n = frond__tls_buffer_held(&t->out) < sizeof part
                   ? frond__tls_buffer_held(&t->out)
                   : sizeof part,
           done = 0;
    memcpy(part, t->out.data + t->out.start, n);
    int rc = frond_write(t->under, part, n, &done, d);
    frond__tls_buffer_consume(&t->out, done);
    return rc;
}

static bool is_passing(int rc) {
    return rc == FROND_ETIMEDOUT || rc == FROND_ECANCELED || rc == FROND_EDEADLK ||
           rc == FROND_ENOSUSPEND;
}

int frond__tls_transport_drain(frond__tls_transport *t, frond_deadline d) {
    int rc = t->error;
    if (t->writes.taken)
        return wait_turn(&t->writes, d);
    t->writes.taken = true;
    while (rc == 0 && frond__tls_buffer_held(&t->out))
        rc = t->direct ? send_direct(t, d) : send_copied(t, d);
    if (!frond__tls_buffer_held(&t->out))
        frond__tls_buffer_release(&t->out);
    if (rc < 0 && !is_passing(rc))
        t->error = rc;
    end_turn(&t->writes);
    return rc;
}

int frond__tls_transport_unread(frond__tls_transport *t) {
    return frond_unread(t->under, t->in.data + t->in.start,
                        frond__tls_buffer_held(&t->in));
}

void frond__tls_transport_offload(frond__tls_transport *t) {
    intptr_t fd;
    if (t->direct && frond_stream_descriptor(t->under, &fd) == 0)
        t->kernel = frond__tls_kernel_bio(fd);
}

void frond__tls_transport_free(frond__tls_transport *t) {
    BIO_free(t->kernel);
    frond__tls_buffer_release(&t->in);
    frond__tls_buffer_release(&t->out);
}
