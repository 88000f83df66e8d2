/* SPDX-License-Identifier: MIT */
/* Unix sockets: their files, abstract names, who is at the other end. */
#include "net.h"

#include <frond/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];

static void make_path(void) {
    strcpy(folder, "/tmp/frond-unix-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/socket", folder);
}

static bool is_there(void) {
    struct stat info;
    return lstat(path, &info) == 0;
}

static void exchange(frond_listener *l, const char *at) {
    frond_stream *a, *b;
    frond_addr peer;
    char buf[8], text[FROND_ADDR_TEXT], expected[FROND_ADDR_TEXT];
    CHECK_INT(frond_unix_connect(at, NULL, &a, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &b, FROND_NEVER), 0);
    CHECK_INT(frond_write(a, "hello", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NEVER), 5);
    CHECK_INT(frond_stream_peer(a, &peer), 0);
    snprintf(expected, sizeof expected, "unix:%s", at);
    CHECK_TEXT(frond_addr_format(&peer, text, sizeof text), expected);
    CHECK_INT(frond_stream_peer(b, &peer), 0); /* who connects has no name */
    CHECK_TEXT(frond_addr_format(&peer, text, sizeof text), "unix:");
    frond_stream_free(a);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NEVER), 0);
    frond_stream_free(b);
}

static void by_path(void) {
    frond_listener *l;
    make_path();
    CHECK_INT(frond_unix_listen(path, NULL, &l), 0);
    exchange(l, path);
    CHECK(is_there());
    CHECK_INT(frond_listener_close(l), 0);
    CHECK(!is_there());
    frond_listener_free(l);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void stale_files(void) {
    frond_listener *l, *other;
    frond_listen_options replace = {.replace = 1};
    make_path();
    CHECK_INT(frond_unix_listen(path, NULL, &l), 0);
    CHECK_INT(frond_unix_listen(path, NULL, &other), FROND_EADDRINUSE);
    CHECK_HAS(frond_error_text(), path);
    CHECK_INT(frond_unix_listen(path, &replace, &other), FROND_EADDRINUSE); /* in use */
    char kept[110];
    snprintf(kept, sizeof kept, "%s2", path);
    CHECK_INT(frond_fs_link(path, kept, FROND_NEVER), 0);
    frond_listener_free(l);
    CHECK_INT(frond_fs_rename(kept, path, FROND_NEVER), 0); /* as a crash leaves it */
    frond_stream *s;
    CHECK_INT(frond_unix_connect(path, NULL, &s, FROND_NEVER), FROND_ECONNREFUSED);
    CHECK_INT(frond_unix_listen(path, NULL, &l), FROND_EADDRINUSE);
    CHECK_INT(frond_unix_listen(path, &replace, &l), 0);
    exchange(l, path);
    frond_listener_free(l);
    CHECK_INT(frond_fs_write_file(path, "x", 1, 0, FROND_NEVER), 0);
    CHECK_INT(frond_unix_listen(path, &replace, &l), FROND_EADDRINUSE); /* no socket */
    CHECK_INT(frond_fs_unlink(path, FROND_NEVER), 0);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

/* What has taken the place of a listener's file is not its to remove. */
static void replaced_file(void) {
    frond_listener *l;
    make_path();
    CHECK_INT(frond_unix_listen(path, NULL, &l), 0);
    CHECK_INT(frond_fs_unlink(path, FROND_NEVER), 0);
    CHECK_INT(frond_fs_write_file(path, "x", 1, 0, FROND_NEVER), 0);
    frond_listener_free(l);
    CHECK(is_there());
    CHECK_INT(frond_fs_unlink(path, FROND_NEVER), 0);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void *nothing(frond_stream *s, void *arg) {
    (void)s;
    return arg;
}

/* A server that begins again has the options that its listener had. */
static void mode_of_a_server(void) {
    frond_listener *l = NULL;
    frond_server *server;
    frond_file_info info;
    const frond_sockopt list[] = {{FROND_SO_SEND_BUFFER, 100000, NULL}, {0, 0, NULL}};
    frond_listen_options o = {.mode = 0600, .options = list};
    make_path();
    CHECK_INT(frond_unix_listen(path, &o, &l), 0);
    CHECK_INT(frond_server_start(l, nothing, NULL, NULL, &server), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
        CHECK(!is_there());
        CHECK_INT(frond_server_restart(server, NULL), 0);
        CHECK_INT(frond_fs_stat(path, &info, FROND_NEVER), 0);
        CHECK_INT(info.mode & 0777, 0600);
    }
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void mode(void) {
    frond_listener *l;
    frond_file_info info;
    frond_listen_options o = {.mode = 0600};
    make_path();
    CHECK_INT(frond_unix_listen(path, &o, &l), 0);
    CHECK_INT(frond_fs_stat(path, &info, FROND_NEVER), 0);
    CHECK_INT(info.mode & 0777, 0600);
    frond_listener_free(l);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void errors(void) {
    frond_stream *s;
    frond_listener *l;
    char longest[200];
    make_path();
    CHECK_INT(frond_unix_connect(path, NULL, &s, FROND_NEVER), FROND_ENOENT);
    CHECK_HAS(frond_error_text(), path);
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    CHECK_INT(frond_unix_connect(longest, NULL, &s, FROND_NEVER), FROND_ENAMETOOLONG);
    CHECK_INT(frond_unix_listen(longest, NULL, &l), FROND_ENAMETOOLONG);
    CHECK_INT(frond_unix_listen("", NULL, &l), FROND_EINVAL);
    CHECK_INT(frond_unix_listen(NULL, NULL, &l), FROND_EINVAL);
    CHECK_INT(frond_unix_connect(NULL, NULL, &s, FROND_NEVER), FROND_EINVAL);
    snprintf(longest, sizeof longest, "%s/none/socket", folder);
    CHECK_INT(frond_unix_listen(longest, NULL, &l), FROND_ENOENT);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void credentials(void) {
    frond_stream *a, *b;
    frond_credentials c = {0, 0, 0};
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_stream_credentials(a, &c), 0);
    CHECK(c.pid > 1 || c.pid == -1);
    CHECK_INT(frond_stream_credentials(NULL, &c), FROND_EINVAL);
    frond_stream_free(a);
    frond_stream_free(b);
    net_tcp_pair(&a, &b);
    CHECK_INT(frond_stream_credentials(a, &c), FROND_ENOTSUP);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* A full queue of connections says EAGAIN, and no event tells when it has room. */
static void *connect_one(void *out) {
    return (void *)(intptr_t)frond_unix_connect(path, NULL, out, FROND_NEVER);
}

static void full_queue(void) {
    enum { MANY = 12 };
    frond_listener *l;
    frond_listen_options o = {.backlog = 1};
    frond_stream *ends[MANY] = {NULL}, *s;
    frond_greenlet *g[MANY];
    void *rc;
    make_path();
    CHECK_INT(frond_unix_listen(path, &o, &l), 0);
    for (int i = 0; i < MANY; i++)
        g[i] = frond_spawn(connect_one, &ends[i]);
    frond_sleep(5);
    CHECK_INT(frond_unix_connect(path, NULL, &s, frond_in(20)), FROND_ETIMEDOUT);
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(frond_accept(l, &s, FROND_NEVER), 0);
        frond_stream_free(s);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(frond_get(g[i], &rc, FROND_NEVER), 0);
        CHECK_INT((intptr_t)rc, 0);
        frond_stream_free(ends[i]);
        frond_release(g[i]);
    }
    frond_listener_free(l);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
}

static void datagrams(void) {
    frond_addr at, from;
    frond_udp *a, *b, *x, *y;
    char buf[16], other[110];
    make_path();
    snprintf(other, sizeof other, "%s2", path);
    CHECK_INT(frond_addr_unix(&at, other), 0);
    CHECK_INT(frond_udp_open(&at, &b), 0);
    CHECK_INT(frond_addr_unix(&at, path), 0);
    CHECK_INT(frond_udp_open(&at, &a), 0);
    CHECK_INT(frond_udp_send(b, "to a", 4, &at, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(a, buf, sizeof buf, &from, FROND_NEVER), 4);
    CHECK_INT(frond_udp_send(a, "back", 4, &from, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(b, buf, sizeof buf, NULL, FROND_NEVER), 4);
    frond_udp_free(a);
    CHECK(!is_there());
    CHECK_INT(frond_udp_send(b, "none", 4, &at, FROND_NEVER), FROND_ENOENT);
    frond_udp_free(b);
    CHECK_INT(frond_fs_rmdir(folder, FROND_NEVER), 0);
    CHECK_INT(frond_udp_pair(&x, &y), 0);
    CHECK_INT(frond_udp_send(x, "pair", 4, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_udp_receive(y, buf, sizeof buf, NULL, FROND_NEVER), 4);
    frond_udp_free(x);
    frond_udp_free(y);
}

static void *greet(frond_stream *s, void *arg) {
    char c;
    frond_write(s, "x", 1, NULL, FROND_NEVER);
    frond_read(s, &c, 1, FROND_NEVER);
    return arg;
}

/* Clients have no addresses: a limit for each address is none for all of them together. */
static void clients_are_no_peers(void) {
    frond_server_options o = {.max_per_peer = 1};
    frond_server_stats stats;
    frond_listener *l;
    frond_server *server;
    frond_stream *s[3];
    char c;
    make_path();
    CHECK_INT(frond_unix_listen(path, NULL, &l), 0);
    CHECK_INT(frond_server_start(l, greet, NULL, &o, &server), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(frond_unix_connect(path, NULL, &s[i], FROND_NEVER), 0);
        CHECK_INT(frond_read(s[i], &c, 1, FROND_NEVER), 1);
    }
    CHECK_INT(frond_server_get_stats(server, &stats), 0);
    CHECK_INT(stats.current, 3);
    CHECK_INT(stats.refused_peer, 0);
    for (int i = 0; i < 3; i++)
        frond_stream_free(s[i]);
    CHECK_INT(frond_server_stop(server, FROND_NEVER), 0);
    frond_server_free(server);
    CHECK_INT(rmdir(folder), 0);
}

static void without_memory(void) {
    frond_listener *l = NULL;
    frond_stream *a = NULL, *b = NULL;
    frond_udp *x = NULL, *y = NULL;
    if (frond_unix_listen(path, NULL, &l) == 0 &&
        frond_unix_connect(path, NULL, &a, FROND_NEVER) == 0)
        frond_accept(l, &b, FROND_NEVER);
    frond_stream_free(a);
    frond_stream_free(b);
    frond_listener_free(l);
    if (frond_udp_pair(&x, &y) == 0) {
        frond_udp_free(x);
        frond_udp_free(y);
    }
    CHECK(!is_there() || memory_failed());
}

static void sweep(void) {
    make_path();
    memory_sweep(without_memory);
    CHECK(!is_there());
    CHECK_INT(rmdir(folder), 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"by path", by_path},
                                      {"stale files", stale_files},
                                      {"replaced file", replaced_file},
                                      {"mode", mode},
                                      {"mode of a server", mode_of_a_server},
                                      {"errors", errors},
                                      {"credentials", credentials},
                                      {"full queue", full_queue},
                                      {"datagrams", datagrams},
                                      {"clients are no peers", clients_are_no_peers},
                                      {"without memory", sweep},
                                      {NULL, NULL}};
    return test_main("unix", tests, argc, argv);
}
