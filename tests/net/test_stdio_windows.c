/* SPDX-License-Identifier: MIT */
/* The program's standard streams: this program starts itself again with pipes of both kinds, files and
 * sockets in their place, and looks at what came through. */
#include "stdio_child.h"

#include <frond/impl/stream.h>
#include <io.h>
#include <stdio.h>
#include <support/sockets.h>
#include <windows.h>

/* ---- the child ---- */

static void *reads(void *s) {
    char c;
    return (void *)(intptr_t)frond_read(s, &c, 1, FROND_NEVER);
}

/* A read that is closed, then one on a new stream that is killed. */
static int child_close(void) {
    frond_stream *in;
    void *rc = NULL;
    for (int i = 0; i < 2; i++) {
        if (frond_stdio_open(FROND_STDIN, &in) < 0)
            return 10;
        frond_greenlet *g = frond_spawn(reads, in);
        frond_sleep(2);
        if (i)
            frond_kill(g, FROND_EXIT, FROND_NEVER);
        else
            frond_close(in);
        if (frond_get(g, &rc, FROND_NEVER) < 0)
            return 11;
        if ((intptr_t)rc != (i ? FROND_ECANCELED : FROND_ECLOSED))
            return 12;
        frond_release(g);
        frond_stream_free(in);
    }
    return 0;
}

/* A write that nobody takes does not hold up the end of the hub. */
static int child_stuck(void) {
    static char data[1 << 20];
    frond_stream *out;
    size_t all = 0, written;
    if (frond_stdio_open(FROND_STDOUT, &out) < 0)
        return 10;
    do {
        if (frond_write(out, data + all, sizeof data - all, &written, frond_in(100)) !=
            FROND_ETIMEDOUT)
            return 11;
        all += written;
    } while (all == 0); /* it may take a while to begin */
    frond_stream_free(out);
    return all < sizeof data ? 0 : 12;
}

static bool shows(HANDLE console, const wchar_t *text) {
    static const COORD start = {0, 0};
    wchar_t shown[16];
    DWORD n = (DWORD)wcslen(text);
    return ReadConsoleOutputCharacterW(console, shown, n, start, &n) &&
           n == wcslen(text) && wcsncmp(shown, text, n) == 0;
}

/* Characters that come byte by byte, as ends of writes may have it, bytes that are none, and one whose rest
 * never comes, on a console of our own. */
static int child_console(void) {
    static const char bytes[] = "a\xc3\xa9\xe2\x82\xac\xff-\xe2\x82";
    frond_stream *out;
    HANDLE console =
        CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (_dup2(_open_osfhandle((intptr_t)console, 0), 1) < 0 ||
        frond_stdio_open(FROND_STDOUT, &out) < 0)
        return 10;
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        if (frond_write(out, bytes + i, 1, NULL, FROND_NEVER) < 0)
            return 11;
    if (!shows(console, L"a\xe9\x20ac\xfffd- "))
        return 12;
    frond_stream_free(out);
    return shows(console, L"a\xe9\x20ac\xfffd-\xfffd ") ? 0 : 13;
}

static int child(const char *what) {
    int rc = strcmp(what, "cat") == 0       ? child_cat()
             : strcmp(what, "late") == 0    ? child_late()
             : strcmp(what, "epipe") == 0   ? child_epipe()
             : strcmp(what, "close") == 0   ? child_close()
             : strcmp(what, "console") == 0 ? child_console()
             : strcmp(what, "stuck") == 0   ? child_stuck()
                                            : 99;
    return frond_hub_close(frond_in(5000)) < 0 ? 98 : rc;
}

/* ---- the parent ---- */

static HANDLE start_as(const char *what, HANDLE in, HANDLE out, DWORD flags) {
    wchar_t path[1024], line[64];
    STARTUPINFOW info = {.cb = sizeof info,
                         .dwFlags = STARTF_USESTDHANDLES,
                         .hStdInput = in,
                         .hStdOutput = out,
                         .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    PROCESS_INFORMATION p = {0};
    GetModuleFileNameW(NULL, path, 1024);
    _snwprintf(line, 64, L"test child %hs", what);
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    CHECK(CreateProcessW(path, line, NULL, NULL, TRUE, flags, NULL, NULL, &info, &p));
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, 0);
    CloseHandle(p.hThread);
    return p.hProcess;
}

static HANDLE start(const char *what, HANDLE in, HANDLE out) {
    return start_as(what, in, out, 0);
}

static void ends_well(HANDLE process) {
    DWORD status = 97;
    CHECK_INT(WaitForSingleObject(process, 60000), WAIT_OBJECT_0);
    GetExitCodeProcess(process, &status);
    CHECK_INT(status, 0);
    CloseHandle(process);
}

/* A pipe whose child's end can be used overlapped, or not. */
static void make_pipe(HANDLE *ours, HANDLE *theirs, bool we_write, bool overlapped) {
    static int serial;
    wchar_t name[80];
    _snwprintf(name, 80, L"\\\\.\\pipe\\frond-test-%lu-%d", GetCurrentProcessId(),
               serial++);
    *ours = CreateNamedPipeW(name, we_write ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND,
                             0, 1, 65536, 65536, 0, NULL);
    *theirs =
        CreateFileW(name, we_write ? GENERIC_READ : GENERIC_WRITE | FILE_READ_ATTRIBUTES,
                    0, NULL, OPEN_EXISTING, overlapped ? FILE_FLAG_OVERLAPPED : 0, NULL);
    CHECK(*ours != INVALID_HANDLE_VALUE && *theirs != INVALID_HANDLE_VALUE);
}

typedef struct {
    HANDLE to;
    const char *data;
    size_t n;
} feeder;

static void feed(void *arg) {
    feeder *f = arg;
    DWORD done;
    while (f->n && WriteFile(f->to, f->data, (DWORD)f->n, &done, NULL)) {
        f->data += done;
        f->n -= done;
    }
    CloseHandle(f->to);
}

static void feed_and_compare(HANDLE to, HANDLE from, size_t n) {
    static char buf[8192];
    char *data = net_bytes(n);
    feeder f = {to, data, n};
    test_thread *t = thread_start(feed, &f);
    size_t got = 0, bad = 0;
    DWORD part;
    while (ReadFile(from, buf, sizeof buf, &part, NULL) && part)
        for (DWORD i = 0; i < part; i++, got++)
            bad += (unsigned char)buf[i] != net_byte(got);
    thread_join(t);
    CHECK_INT(got, n);
    CHECK_INT(bad, 0);
    CloseHandle(from);
    free(data);
}

static void through_pipes(void) {
    for (int overlapped = 0; overlapped < 2; overlapped++) {
        HANDLE in, out, to, from;
        make_pipe(&to, &in, true, overlapped);
        make_pipe(&from, &out, false, overlapped);
        HANDLE process = start("cat", in, out);
        CloseHandle(in);
        CloseHandle(out);
        feed_and_compare(to, from, 1 << 20);
        ends_well(process);
    }
}

static void late_data(void) {
    for (int overlapped = 0; overlapped < 2; overlapped++) {
        HANDLE in, out, to, from;
        char byte = 0;
        DWORD n;
        make_pipe(&to, &in, true, overlapped);
        make_pipe(&from, &out, false, overlapped);
        HANDLE process = start("late", in, out);
        CloseHandle(in);
        CloseHandle(out);
        CHECK(ReadFile(from, &byte, 1, &n, NULL) && byte == 't');
        CHECK(WriteFile(to, "data", 4, &n, NULL) && n == 4);
        ends_well(process);
        CloseHandle(to);
        CloseHandle(from);
    }
}

static void nobody_reads(void) {
    HANDLE out, from,
        null = CreateFileW(L"NUL", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    make_pipe(&from, &out, false, false);
    HANDLE process = start("epipe", null, out);
    CloseHandle(out);
    CloseHandle(from);
    CloseHandle(null);
    ends_well(process);
}

static void nobody_reads_yet(void) {
    for (int overlapped = 0; overlapped < 2; overlapped++) {
        HANDLE out, from,
            null = CreateFileW(L"NUL", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        make_pipe(&from, &out, false, overlapped);
        HANDLE process = start("stuck", null, out);
        ends_well(process);
        CloseHandle(out);
        CloseHandle(from);
        CloseHandle(null);
    }
}

static HANDLE temporary(void) {
    wchar_t folder[MAX_PATH], path[MAX_PATH];
    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"fro", 0, path);
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
}

static void through_files(void) {
    static const size_t sizes[] = {0, 1, 65536, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        HANDLE in = temporary(), out = temporary();
        char *data = net_bytes(sizes[i]), *back = net_bytes(sizes[i]);
        DWORD n;
        CHECK(WriteFile(in, data, (DWORD)sizes[i], &n, NULL));
        SetFilePointer(in, 0, NULL, FILE_BEGIN);
        memset(back, 0, sizes[i]);
        ends_well(start("cat", in, out));
        CHECK_INT(GetFileSize(out, NULL), sizes[i]);
        SetFilePointer(out, 0, NULL, FILE_BEGIN);
        CHECK(ReadFile(out, back, (DWORD)sizes[i], &n, NULL));
        CHECK(memcmp(data, back, sizes[i]) == 0);
        CloseHandle(in);
        CloseHandle(out);
        free(data);
        free(back);
    }
}

static void nothing(void) {
    HANDLE null = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                              OPEN_EXISTING, 0, NULL);
    ends_well(start("cat", null, null));
    CloseHandle(null);
}

static void closed_and_killed(void) {
    HANDLE in, to,
        null = CreateFileW(L"NUL", GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    for (int overlapped = 0; overlapped < 2; overlapped++) {
        make_pipe(&to, &in, true, overlapped);
        HANDLE process = start("close", in, null);
        CloseHandle(in);
        ends_well(process);
        CloseHandle(to);
    }
    CloseHandle(null);
}

static void to_a_console(void) {
    HANDLE null = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                              OPEN_EXISTING, 0, NULL);
    ends_well(start_as("console", null, null, CREATE_NO_WINDOW));
    CloseHandle(null);
}

static void misuse(void) {
    frond_stream *s;
    CHECK_INT(frond_stdio_open(FROND_STDIN, NULL), FROND_EINVAL);
    CHECK_INT(frond_stdio_open((frond_std)3, &s), FROND_EINVAL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"through pipes", through_pipes},
                                      {"late data", late_data},
                                      {"nobody reads", nobody_reads},
                                      {"nobody reads yet", nobody_reads_yet},
                                      {"through files", through_files},
                                      {"nothing", nothing},
                                      {"closed and killed", closed_and_killed},
                                      {"to a console", to_a_console},
                                      {"misuse", misuse},
                                      {0}};
    if (argc == 3 && strcmp(argv[1], "child") == 0)
        return child(argv[2]);
    return test_main("stdio", tests, argc, argv);
}
