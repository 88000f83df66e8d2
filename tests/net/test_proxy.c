/* SPDX-License-Identifier: MIT */
/* SOCKS5 and HTTP CONNECT, against proxies of the test's own: good ones, and ones that refuse or babble. */
#include "net.h"

#include <frond/timeout.h>
#include <stdio.h>

static struct {
    frond_listener *listener, *target;
    frond_greenlet *greenlet, *echo;
    frond_addr at, target_at;
    const char *user, *password; /* wanted */
    const char *says;            /* instead of an answer */
    size_t says_len;
    int refuses;       /* with this code or status ... */
    int refuses_first; /* ... so many, and no more after the last of them; 0: all */
    char asked[400];
} proxy;

static void *echo_once(void *arg) {
    (void)arg;
    frond_stream *s;
    char buf[64];
    while (frond_accept(proxy.target, &s, FROND_NEVER) == 0) {
        int64_t n = frond_read(s, buf, sizeof buf, FROND_NEVER);
        if (n > 0)
            frond_write(s, buf, (size_t)n, NULL, FROND_NEVER);
        frond_stream_free(s);
    }
    return NULL;
}

/* Whatever is asked for, it is the target that one gets. */
static void pass_on(frond_stream *s) {
    frond_stream *t;
    if (frond_tcp_connect_addr(&proxy.target_at, NULL, &t, FROND_NEVER) < 0)
        return;
    frond_relay(s, t, NULL, NULL, frond_in(20000));
    frond_stream_free(t);
}

static bool log_in(frond_stream *s) {
    unsigned char len[2], text[256];
    char user[256] = "", password[256] = "";
    if (frond_read_exact(s, len, 2, NULL, FROND_NEVER) < 0 ||
        frond_read_exact(s, user, len[1], NULL, FROND_NEVER) < 0 ||
        frond_read_exact(s, len, 1, NULL, FROND_NEVER) < 0 ||
        frond_read_exact(s, password, len[0], NULL, FROND_NEVER) < 0)
        return false;
    bool good = strcmp(user, proxy.user) == 0 && strcmp(password, proxy.password) == 0;
    text[0] = 1;
    text[1] = !good;
    frond_write(s, text, 2, NULL, FROND_NEVER);
    return good;
}

static void socks(frond_stream *s) {
    unsigned char head[4], methods[8], n, port[2], name[300] = "";
    if (frond_read_exact(s, head, 2, NULL, FROND_NEVER) < 0 ||
        frond_read_exact(s, methods, head[1], NULL, FROND_NEVER) < 0)
        return;
    bool offers = head[1] == 2;
    unsigned char choice[2] = {5, proxy.user ? offers ? 2 : 0xff : 0};
    frond_write(s, choice, 2, NULL, FROND_NEVER);
    if (choice[1] == 0xff || (choice[1] == 2 && !log_in(s)) ||
        frond_read_exact(s, head, 4, NULL, FROND_NEVER) < 0)
        return;
    n = head[3] == 1 ? 4 : 16;
    if (head[3] == 3 && frond_read_exact(s, &n, 1, NULL, FROND_NEVER) < 0)
        return;
    if (frond_read_exact(s, name, n, NULL, FROND_NEVER) < 0 ||
        frond_read_exact(s, port, 2, NULL, FROND_NEVER) < 0)
        return;
    snprintf(proxy.asked, sizeof proxy.asked, "%d %s %d", head[3],
             head[3] == 3 ? (char *)name : "ip", port[0] << 8 | port[1]);
    unsigned char said[10] = {5, (unsigned char)proxy.refuses, 0, 1};
    frond_write(s, said, sizeof said, NULL, FROND_NEVER);
    if (!said[1])
        pass_on(s);
    else if (proxy.refuses_first && --proxy.refuses_first == 0)
        proxy.refuses = 0;
}

static void http(frond_stream *s) {
    frond_reader *r = frond_reader_new(s, 0);
    char *line, text[100];
    int authorized = !proxy.user;
    if (frond_reader_line(r, &line, FROND_NEVER) > 0)
        snprintf(proxy.asked, sizeof proxy.asked, "%s", line);
    while (frond_reader_line(r, &line, FROND_NEVER) > 0)
        authorized |= strcmp(line, "Proxy-Authorization: Basic dXNlcjpwQHNz") == 0;
    int status = !authorized ? 407 : proxy.refuses ? proxy.refuses : 200;
    int n = snprintf(text, sizeof text, "HTTP/1.1 %d Whatever\r\nX: y\r\n\r\n%s", status,
                     status == 200 ? "early " : "");
    frond_write(s, text, (size_t)n, NULL, FROND_NEVER);
    if (status == 200)
        pass_on(s);
    frond_reader_free(r);
}

static void *serve(void *arg) {
    frond_stream *s;
    while (frond_accept(proxy.listener, &s, FROND_NEVER) == 0) {
        if (proxy.says)
            frond_write(s, proxy.says, proxy.says_len, NULL, FROND_NEVER);
        else if (arg)
            http(s);
        else
            socks(s);
        frond_stream_free(s);
    }
    return NULL;
}

static void start(bool is_http) {
    memset(&proxy, 0, sizeof proxy);
    proxy.listener = net_listen(&proxy.at);
    proxy.target = net_listen(&proxy.target_at);
    proxy.greenlet = frond_spawn(serve, is_http ? &proxy : NULL);
    proxy.echo = frond_spawn(echo_once, NULL);
}

static void stop(void) {
    frond_kill(proxy.greenlet, FROND_EXIT, FROND_NEVER);
    frond_kill(proxy.echo, FROND_EXIT, FROND_NEVER);
    frond_release(proxy.greenlet);
    frond_release(proxy.echo);
    frond_listener_free(proxy.listener);
    frond_listener_free(proxy.target);
}

static int through(const char *scheme, const char *user, const char *host,
                   frond_stream **s) {
    char url[200];
    snprintf(url, sizeof url, "%s%s127.0.0.1:%d", scheme, user, proxy.at.port);
    frond_connect_options o = {.proxy = url};
    *s = NULL;
    return frond_tcp_connect(host, 8042, &o, s, frond_in(20000));
}

static void exchange(frond_stream *s, const char *early) {
    char buf[64];
    size_t n = strlen(early) + 5;
    CHECK_INT(frond_write(s, "hello", 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read_exact(s, buf, n, NULL, frond_in(20000)), 0);
    CHECK(memcmp(buf, early, n - 5) == 0);
    CHECK(memcmp(buf + n - 5, "hello", 5) == 0);
    frond_stream_free(s);
}

static void by_socks(void) {
    frond_stream *s;
    start(false);
    CHECK_INT(through("socks5h://", "", "far.example", &s), 0);
    CHECK_TEXT(proxy.asked, "3 far.example 8042");
    exchange(s, "");
    CHECK_INT(through("socks5h://", "", "192.0.2.7", &s), 0);
    CHECK_TEXT(proxy.asked, "1 ip 8042");
    exchange(s, "");
    CHECK_INT(through("socks5://", "", "2001:db8::7", &s), 0);
    CHECK_TEXT(proxy.asked, "4 ip 8042");
    exchange(s, "");
    proxy.user = "user";
    proxy.password = "p@ss";
    CHECK_INT(through("socks5h://", "user:p%40ss@", "far.example", &s), 0);
    exchange(s, "");
    CHECK_INT(through("socks5h://", "user:wrong@", "far.example", &s), FROND_EACCES);
    CHECK_HAS(frond_error_text(), "refuses user \"user\"");
    CHECK_INT(through("socks5h://", "", "far.example", &s), FROND_EACCES);
    stop();
}

static void by_http(void) {
    frond_stream *s;
    start(true);
    CHECK_INT(through("http://", "", "far.example", &s), 0);
    CHECK_TEXT(proxy.asked, "CONNECT far.example:8042 HTTP/1.1");
    exchange(s, "early "); /* what came with the answer is not lost */
    CHECK_INT(through("http://", "", "2001:db8::7", &s), 0);
    CHECK_TEXT(proxy.asked, "CONNECT [2001:db8::7]:8042 HTTP/1.1");
    exchange(s, "early ");
    proxy.user = "user";
    CHECK_INT(through("http://", "user:p%40ss@", "far.example", &s), 0);
    exchange(s, "early ");
    CHECK_INT(through("http://", "", "far.example", &s), FROND_EACCES);
    CHECK_HAS(frond_error_text(), "HTTP/1.1 407 Whatever");
    stop();
}

static void refusals(void) {
    static const struct {
        int code, expected;
    } by_code[] = {{1, FROND_EPROTO},       {2, FROND_EACCES},
                   {3, FROND_ENETUNREACH},  {4, FROND_EHOSTUNREACH},
                   {5, FROND_ECONNREFUSED}, {6, FROND_EHOSTUNREACH},
                   {7, FROND_ENOTSUP},      {8, FROND_EAFNOSUPPORT},
                   {99, FROND_EPROTO}},
      by_status[] = {{403, FROND_EACCES},
                     {502, FROND_EHOSTUNREACH},
                     {504, FROND_ETIMEDOUT},
                     {404, FROND_ECONNREFUSED}};
    frond_stream *s;
    char where[60];
    start(false);
    for (size_t i = 0; i < sizeof by_code / sizeof by_code[0]; i++) {
        proxy.refuses = by_code[i].code;
        CHECK_INT(through("socks5h://", "", "far.example", &s), by_code[i].expected);
        snprintf(where, sizeof where, "proxy 127.0.0.1:%d: ", proxy.at.port);
        CHECK_HAS(frond_error_text(), where);
        CHECK_HAS(frond_error_text(), "far.example");
    }
    stop();
    start(true);
    for (size_t i = 0; i < sizeof by_status / sizeof by_status[0]; i++) {
        proxy.refuses = by_status[i].code;
        CHECK_INT(through("http://", "", "far.example", &s), by_status[i].expected);
    }
    stop();
}

static void babble(void) {
    static char endless[20000];
    static const char *const answers[] = {"",
                                          "x",
                                          "\5",
                                          "\4\0",
                                          "\5\0\5",
                                          "HTTP/1.1",
                                          "HTTP/1.1 \r\n\r\n",
                                          "SSH-2.0-x\r\n\r\n"};
    frond_stream *s;
    memset(endless, 'a', sizeof endless);
    start(false);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        proxy.says = answers[i];
        proxy.says_len = strlen(answers[i]) + 1;
        CHECK(through("socks5h://", "", "far.example", &s) < 0);
        CHECK(through("http://", "", "far.example", &s) < 0);
    }
    proxy.says = endless;
    proxy.says_len = sizeof endless;
    CHECK(through("http://", "", "far.example", &s) < 0);
    stop();
}

static void wrong_urls(void) {
    static const char *const urls[] = {"",
                                       "127.0.0.1:80",
                                       "ftp://127.0.0.1",
                                       "http://",
                                       "http://:80",
                                       "http://h:0",
                                       "http://h:",
                                       "http://h:70000",
                                       "http://h:80x",
                                       "http://h/",
                                       "http://h/path",
                                       "socks5://[::1",
                                       "socks5://[::1]x"};
    frond_stream *s;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        frond_connect_options o = {.proxy = urls[i]};
        int rc = frond_tcp_connect("127.0.0.1", 1, &o, &s, frond_in(2000));
        CHECK(rc == FROND_EINVAL || (strcmp(urls[i], "http://h/") == 0 && rc < 0));
    }
    start(true);
    CHECK_INT(through("http://", "", "far.example\r\nX-Evil: 1", &s), FROND_EINVAL);
    CHECK_INT(through("http://", "", "", &s), FROND_EINVAL);
    CHECK_INT(through("socks5h://", "", "far example", &s), FROND_EINVAL);
    CHECK_HAS(frond_error_text(), "not a host's name: \"far example\"");
    CHECK_INT(through("socks5h://", "", "b\303cher.example", &s), FROND_EDNS_BADNAME);
    CHECK_HAS(frond_error_text(), "not a valid name");
    CHECK_INT(through("socks5://", "", "two..dots", &s), FROND_EDNS_BADNAME);
    CHECK_INT(through("HTTP://", "", "far.example", &s), 0);
    exchange(s, "early ");
    stop();
}

/* A proxy is told them as a server of names would be. */
static void names_in_other_scripts(void) {
    static const char *const schemes[] = {"socks5h://", "http://"};
    for (int i = 0; i < 2; i++) {
        frond_stream *s = NULL;
        start(i == 1);
        int rc = through(schemes[i], "", "B\303\274cher.example", &s);
        if (rc == FROND_EDNS_BADNAME) { /* built without libidn2 */
            CHECK_HAS(frond_error_text(), "without libidn2");
        } else {
            CHECK_INT(rc, 0);
            CHECK_HAS(proxy.asked, "xn--bcher-kva.example");
            exchange(s, i ? "early " : "");
        }
        stop();
    }
}

/* A name that is looked up here has more addresses than the first. */
static void other_addresses(void) {
    char path[200], url[60];
    frond_stream *s = NULL;
    test_path(path, sizeof path, "proxy-hosts");
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    if (!f)
        return;
    fputs("192.0.2.1 many.test\n192.0.2.2 many.test\n192.0.2.3 many.test\n", f);
    fclose(f);
    start(false);
    frond_resolver_options ro = {.hosts = path, .servers = "127.0.0.1:1"};
    frond_connect_options o = {.proxy = url};
    CHECK_INT(frond_resolver_new(&ro, &o.resolver), 0);
    snprintf(url, sizeof url, "Socks5://127.0.0.1:%d", proxy.at.port);
    proxy.refuses = 5;
    proxy.refuses_first = 2;
    CHECK_INT(frond_tcp_connect("many.test", 8042, &o, &s, frond_in(20000)), 0);
    exchange(s, "");
    proxy.refuses = 5;
    proxy.refuses_first = 3;
    CHECK_INT(frond_tcp_connect("many.test", 8042, &o, &s, frond_in(20000)),
              FROND_ECONNREFUSED);
    CHECK_INT(proxy.refuses_first, 0); /* all three were asked for */
    CHECK_HAS(frond_error_text(), "192.0.2.");
    frond_resolver_free(o.resolver);
    stop();
    remove(path);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"by SOCKS5", by_socks},
                                      {"by HTTP", by_http},
                                      {"refusals", refusals},
                                      {"babble", babble},
                                      {"wrong URLs", wrong_urls},
                                      {"names in other scripts", names_in_other_scripts},
                                      {"other addresses", other_addresses},
                                      {NULL, NULL}};
    return test_main("proxy", tests, argc, argv);
}
