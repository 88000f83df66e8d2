/* SPDX-License-Identifier: MIT */
/* The facts of sdk.  What was decided by the build comes from it as FROND_CONTEXT_NAME and
 * FROND_SYMBOLS_NAME, the names of the files that it picked; the rest is found out when asked. */
#include <frond/about.h>

#include "os.h"
#include <stdio.h>
#include <uv.h>

/* What the compiler made code for, which an emulator or a 64-bit kernel would hide. */
#if defined(__x86_64__) || defined(_M_X64)
#define CPU "x86-64"
#elif defined(__i386__) || defined(_M_IX86)
#define CPU "x86"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define CPU "arm64"
#elif defined(__arm__)
#define CPU "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define CPU "riscv64"
#else
#define CPU "other"
#endif

/* What libuv waits by. */
#if defined(__linux__)
#define POLLING "epoll"
#elif defined(_WIN32)
#define POLLING "IOCP"
#else
#define POLLING "kqueue"
#endif

static void tell_system(frond_fact_fn fact, void *arg) {
    uv_utsname_t name;
    char text[sizeof name.sysname + sizeof name.release + 1];
    if (uv_os_uname(&name) < 0)
        return;
    snprintf(text, sizeof text, "%s %s", name.sysname, name.release);
    fact("system", text, arg);
}

void frond_sdk_about(frond_fact_fn fact, void *arg) {
    tell_system(fact, arg);
    fact("cpu", CPU, arg);
    fact("context", FROND_CONTEXT_NAME, arg);
    fact("guard", frond__os_guard_method(), arg);
    fact("symbols", FROND_SYMBOLS_NAME, arg);
    fact("libuv", uv_version_string(), arg);
    fact("polling", POLLING, arg);
}
