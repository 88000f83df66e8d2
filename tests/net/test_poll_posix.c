/* SPDX-License-Identifier: MIT */
/* poll over what POSIX has besides sockets, over more than a select can take, and over what others close. */
#include "net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void pipes_and_files(void) {
    int p[2];
    CHECK_INT(pipe(p), 0);
    FILE *file = tmpfile();
    frond_pollfd fds[3] = {{.fd = p[0], .events = FROND_POLL_IN},
                           {.fd = p[1], .events = FROND_POLL_OUT},
                           {.fd = fileno(file), .events = FROND_POLL_IN}};
    CHECK_INT(frond_poll(fds, 3, FROND_NEVER), 2);
    CHECK_INT(fds[0].revents, 0);
    CHECK_INT(fds[1].revents, FROND_POLL_OUT);
    CHECK_INT(fds[2].revents, FROND_POLL_IN);
    fds[2].events = 0; /* nothing is asked: it does not answer, and does no harm */
    fds[1].events = 0;
    CHECK_INT(frond_poll(fds, 3, frond_in(2)), FROND_ETIMEDOUT);
    close(p[1]);
    fds[1].fd = p[0];
    CHECK_INT(frond_poll(fds, 2, FROND_NEVER), 2); /* asked or not */
    CHECK_INT(fds[1].revents, FROND_POLL_HUP);
    close(p[0]);
    fclose(file);
}

/* ---- a connect of the program's own ---- */

static void closes(frond_watcher *t, const frond_news *news, void *w) {
    (void)t;
    (void)news;
    CHECK_INT(frond_watcher_close(w), 0);
}

static void case_45(void) {
    frond_listener *l;
    frond_addr at;
    frond_stream *s[16];
    frond_watcher *w, *t;
    int n = net_fill_backlog(&l, &at, s, 16);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)at.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) < 0);
    CHECK_INT(frond_io_open(fd, FROND_IO_WRITE, &w), 0);
    CHECK_INT(frond_timer_open(5, 0, &t), 0);
    CHECK_INT(frond_watcher_handle(t, closes, w), 0);
    if (n < 16) /* it waits for a place */
        CHECK_INT(frond_watcher_wait(w, NULL, frond_in(20000)), FROND_ECLOSED);
    frond_watcher_free(t);
    frond_watcher_free(w);
    close(fd);
    while (n > 0)
        frond_stream_free(s[--n]);
    frond_listener_free(l);
}

static int ends[2];

static void *writes(void *arg) {
    CHECK_INT(write(ends[1], "x", 1), 1);
    return arg;
}

static void blocking_ones_stay_so(void) {
    CHECK_INT(pipe(ends), 0);
    frond_pollfd fd = {.fd = ends[0], .events = FROND_POLL_IN};
    frond_go(writes, NULL);
    CHECK_INT(frond_poll(&fd, 1, FROND_NEVER), 1);
    char c[2];
    CHECK_INT(read(ends[0], c, sizeof c), 1);
    close(ends[0]);
    close(ends[1]);
}

static void *closes_behind_the_back(void *arg) {
    close(ends[0]);
    return arg;
}

static void closed_by_others(void) {
    test_clock_real();
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    frond_pollfd fd = {.fd = ends[0], .events = FROND_POLL_IN};
    frond_go(closes_behind_the_back, NULL);
    CHECK_INT(frond_poll(&fd, 1, frond_in(60000)), 1);
    CHECK_INT(fd.revents, FROND_POLL_NVAL);
    close(ends[1]);
}

static void urgent(void) {
    frond_addr at;
    frond_listener *l = net_listen(&at);
    frond_stream *a, *b;
    intptr_t fds[2];
    CHECK_INT(frond_tcp_connect_addr(&at, NULL, &a, FROND_NEVER), 0);
    CHECK_INT(frond_accept(l, &b, FROND_NEVER), 0);
    frond_listener_free(l);
    CHECK_INT(frond_stream_release(a, &fds[0]), 0);
    CHECK_INT(frond_stream_release(b, &fds[1]), 0);
    frond_stream_free(a);
    frond_stream_free(b);
    CHECK_INT(send((int)fds[0], "!", 1, MSG_OOB), 1);
    frond_pollfd p = {.fd = fds[1], .events = FROND_POLL_PRI};
    CHECK_INT(frond_poll(&p, 1, FROND_NEVER), 1);
    CHECK(p.revents & FROND_POLL_PRI);
    frond_fds failing = {&fds[1], 1};
    CHECK_INT(frond_select_fds(NULL, NULL, &failing, FROND_NEVER), 1);
    close((int)fds[0]);
    close((int)fds[1]);
}

static void no_descriptor_left(void) {
    struct rlimit before, tight;
    if (under_valgrind()) /* which keeps the limit to itself */
        return;
    CHECK_INT(pipe(ends), 0);
    frond_pollfd fd = {.fd = ends[0], .events = FROND_POLL_IN};
    CHECK_INT(frond_poll(&fd, 1, frond_in(1)), FROND_ETIMEDOUT);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    int next = dup(0);
    close(next);
    tight.rlim_cur = (rlim_t)next; /* descriptors beyond it stay open */
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &tight), 0);
    CHECK_INT(frond_poll(&fd, 1, frond_in(1)), FROND_EMFILE);
    writes(NULL);
    CHECK_INT(frond_poll(&fd, 1, frond_in(1)), 1); /* there is nothing to wait for */
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(ends[0]);
    close(ends[1]);
}

/* One open file under more names than Linux lets an instance of epoll in another watch. */
static void many_names_of_one(void) {
    enum { NAMES = 600 };
    static frond_pollfd fds[NAMES];
    CHECK_INT(pipe(ends), 0);
    for (int i = 0; i < NAMES; i++)
        fds[i] = (frond_pollfd){.fd = dup(ends[0]), .events = FROND_POLL_IN};
    CHECK_INT(frond_poll(fds, NAMES, frond_in(1)), FROND_ETIMEDOUT);
    frond_go(writes, NULL);
    CHECK_INT(frond_poll(fds, NAMES, FROND_NEVER), NAMES);
    for (int i = 0; i < NAMES; i++)
        close((int)fds[i].fd);
    close(ends[0]);
    close(ends[1]);
}

enum { MANY = 5000 }; /* demand 21 */

static bool wide_enough(struct rlimit *before) {
    getrlimit(RLIMIT_NOFILE, before);
    struct rlimit wide = *before;
    wide.rlim_cur = MANY + 100;
    if (!under_valgrind() && setrlimit(RLIMIT_NOFILE, &wide) == 0)
        return true;
    fprintf(stderr, "left out: no %d descriptors here\n", MANY + 100);
    return false;
}

static void demand_21_five_thousand(void) {
    struct rlimit before;
    if (!wide_enough(&before))
        return;
    frond_pollfd *fds = calloc(MANY, sizeof *fds);
    for (int i = 0; i < MANY; i += 2) {
        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        fds[i] = (frond_pollfd){.fd = ends[0], .events = FROND_POLL_IN};
        fds[i + 1] = (frond_pollfd){.fd = ends[1], .events = FROND_POLL_IN};
    }
    CHECK(fds[MANY - 1].fd >= MANY);
    CHECK_INT(frond_poll(fds, MANY, frond_in(1)), FROND_ETIMEDOUT);
    for (int i = 1; i < MANY; i += 996) {
        char c;
        ends[1] = (int)fds[i].fd;
        frond_go(writes, NULL);
        CHECK_INT(frond_poll(fds, MANY, FROND_NEVER), 1);
        CHECK_INT(fds[i - 1].revents, FROND_POLL_IN);
        CHECK_INT(read((int)fds[i - 1].fd, &c, 1), 1);
    }
    for (int i = 0; i < MANY; i++)
        fds[i].events = FROND_POLL_OUT;
    CHECK_INT(frond_poll(fds, MANY, FROND_NEVER), MANY);
    for (int i = 0; i < MANY; i++)
        close((int)fds[i].fd);
    free(fds);
    setrlimit(RLIMIT_NOFILE, &before);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"pipes and files", pipes_and_files},
        {"blocking ones stay so", blocking_ones_stay_so},
        {"case 45: closed by a timer during a connect", case_45},
        {"closed by others", closed_by_others},
        {"urgent", urgent},
        {"no descriptor left", no_descriptor_left},
        {"many names of one", many_names_of_one},
        {"demand 21: five thousand", demand_21_five_thousand},
        {0}};
    test_clock_virtual();
    return test_main("poll on POSIX", tests, argc, argv);
}
