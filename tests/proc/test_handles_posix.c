/* SPDX-License-Identifier: MIT */
/* Descriptors that come in another way than frond sends them, and more than there may be: none is leaked, and the
 * error has a name. */
#include "support.h"

#include <frond/proc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static frond_pipe *a, *b;

static void open_pipe(void) {
    CHECK_INT(frond_pipe_pair(NULL, &a, &b), 0);
}

static void free_pipe(void) {
    frond_pipe_free(a);
    frond_pipe_free(b);
}

/* Sends bytes with n copies of standard input. */
static void send_raw(frond_pipe *p, const void *bytes, size_t len, size_t n) {
    union {
        struct cmsghdr first;
        char bytes[CMSG_SPACE(253 * sizeof(int))];
    } control;
    intptr_t fd = -1;
    struct iovec part = {(void *)(uintptr_t)bytes, len};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (n) {
        memset(&control, 0, sizeof control);
        head.msg_control = control.bytes;
        unsigned room = (unsigned)CMSG_SPACE(n * sizeof(int));
        head.msg_controllen = room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&head);
        room = (unsigned)CMSG_LEN(n * sizeof(int));
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = room;
        memset(CMSG_DATA(c), 0, n * sizeof(int)); /* 0: standard input */
    }
    CHECK_INT(frond_pipe_fd(p, &fd), 0);
    CHECK_INT(sendmsg((int)fd, &head, 0), len);
}

static int64_t receive(size_t *n_handles) {
    frond_handle got[64];
    frond_pipe_message m = {.handles = got, .n_handles = 64};
    int64_t n = frond_pipe_receive_message(b, &m, frond_in(20000));
    *n_handles = n < 0 ? 0 : m.n_handles;
    for (size_t i = 0; i < *n_handles; i++)
        frond_handle_free(&got[i]);
    if (n >= 0)
        frond_free(m.data);
    return n;
}

enum { HEADER = 8, ITEM = 24 };

static void with_a_plain_message(void) {
    static const unsigned char frame[HEADER + 1] = {1, 0, 0, 0, 0, 0, 0, 0, 'x'};
    size_t n;
    open_pipe();
    int before = descriptors_open();
    send_raw(a, frame, sizeof frame, 3);
    CHECK_INT(receive(&n), 1);
    CHECK_INT(n, 0);
    CHECK_INT(descriptors_open(), before);
    for (int i = 0; i < 5; i++) /* more than may wait */
        send_raw(a, frame, sizeof frame, 60);
    send_raw(a, frame, sizeof frame, 200);
    for (int i = 0; i < 6; i++)
        CHECK_INT(receive(&n), 1);
    CHECK_INT(descriptors_open(), before);
    send_raw(a, frame, sizeof frame, 3); /* and unread, they go with the pipe */
    free_pipe();
}

/* It says two, and one comes, or one of a kind that is none. */
static void that_are_not_there(void) {
    unsigned char frame[HEADER + 2 * ITEM] = {0, 0, 0, 0, 0, 0, 0, 2, 5};
    size_t n;
    open_pipe();
    int before = descriptors_open();
    frame[HEADER + ITEM] = 5;
    send_raw(a, frame, sizeof frame, 1);
    CHECK_INT(receive(&n), FROND_EPROTO);
    CHECK_INT(descriptors_open(), before);
    frame[HEADER] = 99;
    send_raw(a, frame, sizeof frame, 2);
    CHECK_INT(receive(&n), FROND_EPROTO);
    CHECK_INT(descriptors_open(), before);
    frame[HEADER] = 5;
    send_raw(a, frame, sizeof frame, 2);
    CHECK_INT(receive(&n), 0); /* the pipe goes on */
    CHECK_INT(n, 2);
    CHECK_INT(descriptors_open(), before);
    free_pipe();
}

static void no_more_may_be_open(void) {
    struct rlimit limit, low;
    size_t n;
    if (under_valgrind()) /* which has a limit of its own */
        return;
    open_pipe();
    CHECK_INT(frond_pipe_receive(b, &(void *){NULL}, FROND_NOW), FROND_ETIMEDOUT);
    int before = descriptors_open(), first = dup(0);
    close(first);
    getrlimit(RLIMIT_NOFILE, &limit);
    frond_handle h[2] = {frond_handle_of_descriptor(0), frond_handle_of_descriptor(0)};
    frond_pipe_message m = {
        .handles = h, .n_handles = 2, .flags = FROND_PIPE_KEEP_HANDLES};
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(20000)), 0);
    CHECK_INT(frond_pipe_send(a, "next", 4, frond_in(20000)), 0);
    low = limit;
    low.rlim_cur = (rlim_t)first + 1;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &low), 0);
    CHECK_INT(receive(&n), FROND_EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_INT(descriptors_open(), before);
    CHECK_INT(receive(&n), 4);
    CHECK_INT(frond_pipe_send_message(a, &m, frond_in(20000)), 0);
    CHECK_INT(receive(&n), 0);
    CHECK_INT(n, 2);
    CHECK_INT(descriptors_open(), before);
    free_pipe();
}

static const test_case tests[] = {{"with a plain message", with_a_plain_message},
                                  {"that are not there", that_are_not_there},
                                  {"no more may be open", no_more_may_be_open},
                                  {0}};

int main(int argc, char **argv) {
    return test_main("proc/handles_posix", tests, argc, argv);
}
