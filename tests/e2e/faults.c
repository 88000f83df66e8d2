/* SPDX-License-Identifier: MIT */
/* A server that does everything wrong, one fault a path: a plain program with a thread a connection,
 * so that it shares nothing with what it tests.  faults BOMB.gz prints its port and a port that nobody
 * listens at, and ends when its standard input does. */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char *bomb;
static size_t bomb_len;

static void say(int fd, const char *text) {
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t done = send(fd, text, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

static void say_bytes(int fd, const char *data, size_t n) {
    while (n > 0) {
        ssize_t done = send(fd, data, n, MSG_NOSIGNAL);
        if (done <= 0)
            return;
        data += done;
        n -= (size_t)done;
    }
}

static void hang(int fd) { /* until the client gives up */
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) {}
}

static void stick(int fd) { /* far enough that some of it is on disk */
    static char part[300000];
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    send(fd, part, sizeof part, MSG_NOSIGNAL);
    hang(fd);
}

static void busy_until(int fd) { /* a date three seconds from now */
    char date[64];
    time_t then = time(NULL) + 3;
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &parts));
    say(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: ");
    say(fd, date);
    say(fd, "\r\n\r\n");
}

static void endless_redirect(int fd) {
    say(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n\r\nsome");
    hang(fd);
}

static void reset(int fd) {
    struct linger now = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void endless_head(int fd) {
    say(fd, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 20000; i++)
        say(fd, "X-Filler: 0123456789012345678901234567890123456789\r\n");
}

static void trickle(int fd) {
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 1000; i++) {
        if (send(fd, "x", 1, MSG_NOSIGNAL) <= 0)
            return;
        usleep(50000);
    }
}

static void answer_bomb(int fd) {
    char head[200];
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             bomb_len);
    say(fd, head);
    say_bytes(fd, bomb, bomb_len);
}

static void chain(int fd, const char *path) {
    char text[200];
    int left = atoi(path + 7);
    if (left <= 0)
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    else
        snprintf(text, sizeof text,
                 "HTTP/1.1 302 Found\r\nLocation: /chain/%d\r\nContent-Length: 0\r\n\r\n",
                 left - 1);
    say(fd, text);
}

#define IS(name) (strncmp(path, name, strlen(name)) == 0)
#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* 1: the connection may go on. */
static int answer(int fd, const char *path) {
    if (IS("/ok")) {
        say(fd, OK_HEAD "Content-Length: 5\r\n\r\nhello");
        return 1;
    }
    if (IS("/chain/")) {
        chain(fd, path);
        return 1;
    }
    if (IS("/hang"))
        hang(fd);
    else if (IS("/busyuntil"))
        busy_until(fd);
    else if (IS("/moved"))
        endless_redirect(fd);
    else if (IS("/stuck"))
        stick(fd);
    else if (IS("/trickle"))
        trickle(fd);
    else if (IS("/reset")) {
        say(fd, OK_HEAD "Content-Length: 100000\r\n\r\nsome of it");
        usleep(50000);
        reset(fd);
    } else if (IS("/short"))
        say(fd, OK_HEAD "Content-Length: 1000\r\n\r\nonly this");
    else if (IS("/cut"))
        say(fd, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    else if (IS("/circle"))
        say(fd, "HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n");
    else if (IS("/bomb"))
        answer_bomb(fd);
    else if (IS("/both"))
        say(fd,
            OK_HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    else if (IS("/chunk"))
        say(fd, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n");
    else if (IS("/endless"))
        endless_head(fd);
    else if (IS("/nul"))
        say_bytes(fd, OK_HEAD "X: a\0b\r\n\r\n", sizeof(OK_HEAD "X: a\0b\r\n\r\n") - 1);
    else if (IS("/fold"))
        say(fd, OK_HEAD "X: a\r\n b\r\nContent-Length: 0\r\n\r\n");
    else if (IS("/barecr"))
        say(fd, OK_HEAD "X: a\rb\r\nContent-Length: 0\r\n\r\n");
    else if (IS("/garbage"))
        say(fd, "SSH-2.0-OpenSSH_9.2\r\n");
    else if (IS("/badgzip"))
        say(fd, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!");
    else if (IS("/scheme"))
        say(fd, "HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n");
    else if (IS("/busy"))
        say(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    /* "/close": nothing at all */
    return 0;
}

static void *serve(void *arg) {
    int fd = (int)(long)arg;
    char head[8192];
    size_t used = 0;
    for (;;) {
        ssize_t n = recv(fd, head + used, sizeof head - 1 - used, 0);
        if (n <= 0)
            break;
        used += (size_t)n;
        head[used] = '\0';
        if (!strstr(head, "\r\n\r\n"))
            continue;
        char *path = strchr(head, ' ');
        char *end = path ? strchr(path + 1, ' ') : NULL;
        if (!end)
            break;
        *end = '\0';
        used = 0;
        if (!answer(fd, path + 1))
            break;
    }
    close(fd);
    return NULL;
}

static int bound(int backlog, int *port) {
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
        (backlog && listen(fd, backlog) < 0) ||
        getsockname(fd, (struct sockaddr *)&a, &n) < 0)
        exit(1);
    *port = ntohs(a.sin_port);
    return fd;
}

int main(int argc, char **argv) {
    int port, nobody;
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!f)
        return 1;
    bomb = malloc(16 << 20);
    bomb_len = bomb ? fread(bomb, 1, 16 << 20, f) : 0;
    fclose(f);
    int listener = bound(1024, &port);
    bound(0, &nobody);
    printf("%d %d\n", port, nobody);
    fflush(stdout);
    for (;;) {
        struct pollfd p[2] = {{listener, POLLIN, 0}, {0, POLLIN, 0}};
        if (poll(p, 2, -1) < 0 || p[1].revents)
            return 0;
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(long)fd) != 0)
            return 1;
        pthread_detach(thread);
    }
}
