/* SPDX-License-Identifier: MIT */
/* Descriptors and control messages over streams. */
#include "net.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void none_and_many(void) {
    frond_stream *a, *b;
    intptr_t fds[FROND_MOST_FDS + 1], got[FROND_MOST_FDS];
    char buf[16];
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    int null = open("/dev/null", O_RDONLY);
    for (int i = 0; i <= FROND_MOST_FDS; i++)
        fds[i] = null;
    size_t n = FROND_MOST_FDS;
    CHECK_INT(frond_send_fds(a, "0", 1, NULL, 0, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, FROND_NEVER), 1);
    CHECK_INT(n, 0);
    n = FROND_MOST_FDS;
    CHECK_INT(frond_send_fds(a, "1", 1, fds, FROND_MOST_FDS, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, FROND_NEVER), 1);
    CHECK_INT(n, FROND_MOST_FDS);
    for (size_t i = 0; i < n; i++)
        close((int)got[i]);
    n = 2; /* what has no room is closed */
    CHECK_INT(frond_send_fds(a, "2", 1, fds, 5, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_receive_fds(b, buf, sizeof buf, got, &n, FROND_NEVER), 1);
    CHECK_INT(n, 5);
    close((int)got[0]);
    close((int)got[1]);
    CHECK_INT(frond_send_fds(a, "3", 1, fds, 2, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NEVER),
              1); /* who does not ask gets none */
    close(null);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* Where no descriptor is left, the bytes are gone, and nothing leaks. */
static void without_descriptors(void) {
    frond_stream *a, *b;
    intptr_t fds[2] = {0, 1}, got[2];
    size_t n = 2;
    char buf[4];
    struct rlimit now, least;
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    CHECK_INT(frond_send_fds(a, "x", 1, fds, 2, NULL, FROND_NEVER), 0);
    int next = dup(0);
    close(next);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &now), 0);
    least = now;
    least.rlim_cur = (rlim_t)next + 1;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &least), 0);
    int64_t rc = frond_receive_fds(b, buf, sizeof buf, got, &n, FROND_NEVER);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &now), 0);
    CHECK_INT(rc, FROND_EMFILE);
    CHECK_INT(n, 0);
    CHECK_INT(frond_write(a, "y", 1, NULL, FROND_NEVER), 0);
    CHECK_INT(frond_read(b, buf, sizeof buf, FROND_NEVER), 1);
    frond_stream_free(a);
    frond_stream_free(b);
}

/* Control messages in the system's own form. */
static void control(void) {
    frond_stream *a, *b;
    union {
        struct cmsghdr first;
        char bytes[CMSG_SPACE(sizeof(int))];
    } out = {{0}}, in;
    int null = open("/dev/null", O_RDONLY), got = -1;
    char byte = 'c', received;
    frond_part part = {&byte, 1}, into = {&received, 1};
    frond_message m = {.parts = &part, .n_parts = 1, .control = &out};
    frond_message r = {.parts = &into, .n_parts = 1, .control = &in};
    CHECK_INT(frond_stream_pair(&a, &b), 0);
    out.first.cmsg_level = SOL_SOCKET;
    out.first.cmsg_type = SCM_RIGHTS;
    unsigned len = CMSG_LEN(sizeof(int));
    out.first.cmsg_len = len;
    memcpy(CMSG_DATA(&out.first), &null, sizeof null);
    m.control_len = sizeof out;
    r.control_len = sizeof in;
    CHECK_INT(frond_send_message(a, &m, 0, FROND_NEVER), 1);
    CHECK_INT(frond_receive_message(b, &r, 0, FROND_NEVER), 1);
    CHECK_INT(r.flags, 0);
    CHECK(r.control_len >= len);
    CHECK_INT(in.first.cmsg_type, SCM_RIGHTS);
    memcpy(&got, CMSG_DATA(&in.first), sizeof got);
    CHECK(got > 2 && got != null);
    close(got);
    close(null);
    frond_stream_free(a);
    frond_stream_free(b);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"none and many", none_and_many},
                                      {"without descriptors", without_descriptors},
                                      {"control", control},
                                      {NULL, NULL}};
    return test_main("message_posix", tests, argc, argv);
}
