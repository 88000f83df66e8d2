/* SPDX-License-Identifier: MIT */
/* Messages and many datagrams at once. */
#include "os/os_message.h"
#include "udp/udp.h"

#include <frond/error.h>
#include <frond/impl/fail.h>

enum { MOST_PARTS = 1024 /* IOV_MAX: the rest of a datagram would be left out */ };

enum { MOST_FORMED = 32 }; /* messages at a time */

typedef struct {
    frond_message *list;
    size_t n;
    int flags;
    const frond_udp *to_send; /* NULL: it receives */
} call;

static bool are_valid(const frond_message *list, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!list || !frond__message_is_valid(&list[i]))
            return false;
    return n > 0;
}

static int64_t fail(int64_t code, const char *doing, const frond_message *m) {
    return m && m->addr.family ? frond_fail_addr((int)code, doing, &m->addr)
                               : frond_fail_set((int)code, doing);
}

static int64_t try_receive(frond_os_fd fd, void *arg) {
    call *c = arg;
    return frond__message_receive(fd, c->list, c->flags);
}

int64_t frond_udp_receive_message(frond_udp *u, frond_message *m, int flags,
                                  frond_deadline d) {
    static const char doing[] = "udp receive";
    call c = {m, 1, flags, NULL};
    int rc = frond__udp_enter(u, FROND_FD_READ, doing, &d);
    if (rc < 0)
        return rc;
    if (!are_valid(m, m != NULL))
        return frond_fail_set(FROND_EINVAL, doing);
    int64_t n = frond__udp_run(u, FROND_FD_READ, try_receive, &c, d);
    return n < 0 ? frond_fail_set((int)n, doing) : n;
}

/* ---- several datagrams in one buffer ---- */

static size_t length(const frond_message *m) {
    size_t all = 0;
    for (size_t i = 0; i < m->n_parts; i++)
        all += m->parts[i].len;
    return all;
}

enum { MOST_PIECES = 16 };

/* Of the bytes [from, from + len) of m, the parts; fewer bytes where they are too many. */
static size_t cut(const frond_message *m, size_t from, size_t len,
                  frond_part pieces[MOST_PIECES]) {
    size_t n = 0;
    for (size_t i = 0; i < m->n_parts && len && n < MOST_PIECES; i++) {
        const frond_part *part = &m->parts[i];
        if (from >= part->len) {
            from -= part->len;
            continue;
        }
        size_t here = part->len - from < len ? part->len - from : len;
        pieces[n++] = (frond_part){(char *)part->data + from, here};
        len -= here;
        from = 0;
    }
    return len ? 0 : n;
}

/* One by one, where the system does not cut. */
static int64_t send_pieces(frond_os_fd fd, const frond_message *m, int flags) {
    size_t all = length(m), at = 0;
    while (at < all) {
        frond_part pieces[MOST_PIECES];
        frond_message one = *m;
        size_t len = all - at < m->segment ? all - at : m->segment;
        one.parts = pieces;
        one.n_parts = cut(m, at, len, pieces);
        int64_t rc = one.n_parts ? frond__message_send(fd, &one, flags) : FROND_EINVAL;
        if (rc < 0)
            return at ? (int64_t)at : rc;
        at += len;
    }
    return (int64_t)at;
}

static frond_message form_of(const frond_udp *u, const frond_message *m) {
    frond_message form = *m;
    form.addr = frond__udp_form(u, &m->addr);
    return form;
}

static int64_t try_send(frond_os_fd fd, void *arg) {
    call *c = arg;
    frond_message m = form_of(c->to_send, c->list);
    if (!m.segment || length(&m) <= m.segment)
        return frond__message_send(fd, &m, c->flags);
    int64_t n = frond__message_send_segments(fd, &m, c->flags);
    return n == FROND_ENOTSUP ? send_pieces(fd, &m, c->flags) : n;
}

static int enter_to_send(frond_udp *u, const frond_message *list, size_t n,
                         const char *doing, frond_deadline *d) {
    int rc = frond__udp_enter(u, FROND_FD_WRITE, doing, d);
    if (rc < 0)
        return rc;
    if (!are_valid(list, n))
        return frond_fail_set(FROND_EINVAL, doing);
    for (size_t i = 0; i < n; i++)
        if (!u->connected && !list[i].addr.family)
            return frond_fail_set(FROND_EINVAL, doing);
    for (size_t i = 0; i < n; i++)
        if (list[i].n_parts > MOST_PARTS)
            return frond_fail_set(FROND_EMSGSIZE, doing);
    return 0;
}

int64_t frond_udp_send_message(frond_udp *u, frond_message *m, int flags,
                               frond_deadline d) {
    static const char doing[] = "udp send";
    call c = {m, 1, flags, u};
    int rc = enter_to_send(u, m, m != NULL, doing, &d);
    if (rc < 0)
        return rc;
    int64_t n = frond__udp_run(u, FROND_FD_WRITE, try_send, &c, d);
    m->len = n > 0 ? (size_t)n : 0;
    return n < 0 ? fail(n, doing, m) : n;
}

/* ---- many ---- */

static int64_t try_receive_many(frond_os_fd fd, void *arg) {
    call *c = arg;
    return frond__message_receive_many(fd, c->list, c->n);
}

int64_t frond_udp_receive_many(frond_udp *u, frond_message *list, size_t n,
                               frond_deadline d) {
    static const char doing[] = "udp receive many";
    call c = {list, n, 0, NULL};
    int rc = frond__udp_enter(u, FROND_FD_READ, doing, &d);
    if (rc < 0)
        return rc;
    if (!list || !are_valid(list, n))
        return frond_fail_set(FROND_EINVAL, doing);
    int64_t got = frond__udp_run(u, FROND_FD_READ, try_receive_many, &c, d);
    return got < 0 ? frond_fail_set((int)got, doing) : got;
}

static int64_t send_formed(frond_os_fd fd, const frond_udp *u, frond_message *list,
                           size_t n) {
    frond_message formed[MOST_FORMED];
    n = n < MOST_FORMED ? n : MOST_FORMED;
    for (size_t i = 0; i < n; i++)
        formed[i] = form_of(u, &list[i]);
    int64_t done = frond__message_send_many(fd, formed, n);
    for (int64_t i = 0; i < done; i++)
        list[i].len = formed[i].len;
    return done;
}

/* One that is to be cut goes by itself. */
static int64_t try_send_many(frond_os_fd fd, void *arg) {
    call *c = arg;
    size_t n = 0;
    while (n < c->n && !c->list[n].segment)
        n++;
    if (n && c->to_send->addr.family == FROND_IPV6)
        return send_formed(fd, c->to_send, c->list, n);
    if (n)
        return frond__message_send_many(fd, c->list, n);
    int64_t rc = try_send(fd, c);
    if (rc >= 0)
        c->list->len = (size_t)rc;
    return rc < 0 ? rc : 1;
}

int frond_udp_send_many(frond_udp *u, frond_message *list, size_t n, size_t *sent,
                        frond_deadline d) {
    static const char doing[] = "udp send many";
    size_t none = 0;
    sent = sent ? sent : &none;
    *sent = 0;
    while (*sent < n || n == 0) {
        int rc =
            enter_to_send(u, list ? list + *sent : NULL, list ? n - *sent : 0, doing, &d);
        if (rc < 0)
            return rc;
        call c = {list + *sent, n - *sent, 0, u};
        int64_t done = frond__udp_run(u, FROND_FD_WRITE, try_send_many, &c, d);
        if (done < 0)
            return (int)fail(done, doing, &list[*sent]);
        *sent += (size_t)done;
    }
    return 0;
}
