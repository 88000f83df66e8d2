/* SPDX-License-Identifier: MIT */
#include "os.h"

#include "sockets.h"
#include "support.h"
#include <fcntl.h>
#include <io.h>
#include <signal.h>

static int saved = -1;

void os_redirect_stderr(FILE *to) {
    saved = _dup(2);
    if (saved >= 0)
        _dup2(_fileno(to), 2);
}

void os_restore_stderr(void) {
    if (saved < 0)
        return;
    _dup2(saved, 2);
    _close(saved);
    saved = -1;
}

/* Sockets only: what else is open changes with what the system keeps for itself. */
int descriptors_open(void) {
    int n = 0;
    for (SOCKET s = 4; s < 4096; s += 4) {
        int type, size = sizeof type;
        n += GetFileType((HANDLE)s) == FILE_TYPE_PIPE &&
             getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &size) == 0;
    }
    return n;
}

/* In a console of our own: on another the event would end whoever else is there. */
static void have_console(void) {
    static bool made;
    if (made)
        return;
    HANDLE std[3];
    for (DWORD i = 0; i < 3; i++)
        std[i] = GetStdHandle(STD_INPUT_HANDLE - i);
    FreeConsole();
    made = AllocConsole();
    for (DWORD i = 0; i < 3; i++)
        SetStdHandle(STD_INPUT_HANDLE - i, std[i]);
    if (!made)
        test_skip("there is no console to be had");
    ShowWindow(GetConsoleWindow(), SW_HIDE);
}

void raise_signal(int number) {
    have_console();
    GenerateConsoleCtrlEvent(number == SIGINT ? CTRL_C_EVENT : CTRL_BREAK_EVENT, 0);
}

void socket_nonblocking(uv_os_sock_t s) {
    u_long on = 1;
    ioctlsocket(s, (long)FIONBIO, &on);
}

void socket_close(uv_os_sock_t s) {
    closesocket(s);
}

bool socket_inherited(uv_os_sock_t s) {
    DWORD flags = 0;
    return GetHandleInformation((HANDLE)s, &flags) && (flags & HANDLE_FLAG_INHERIT);
}

long socket_send(uv_os_sock_t s, const void *data, size_t n) {
    return send(s, data, (int)n, 0);
}

long socket_receive(uv_os_sock_t s, void *data, size_t n) {
    return recv(s, data, (int)n, 0);
}

const char *os_emulator(void) {
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    return ntdll && GetProcAddress(ntdll, "wine_get_version") ? "wine" : NULL;
}

void make_folder(const char *path) {
    CreateDirectoryA(path, NULL);
}

void make_unreadable(const char *path) {
    (void)path;
}

bool reads_every_file(void) {
    return true;
}

bool system_forks(void) {
    return false;
}

bool has_children(void) {
    return false;
}

void reap_children(void) {
}

void stdio_as_is(void) {
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
}

/* Where any user may write. */
FILE *temporary_file(void) {
    wchar_t folder[MAX_PATH], path[MAX_PATH];
    if (!GetTempPathW(MAX_PATH, folder) || !GetTempFileNameW(folder, L"fro", 0, path))
        return NULL;
    return _wfopen(path, L"w+bTD");
}
