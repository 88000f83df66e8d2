/* SPDX-License-Identifier: MIT */
/* The facts of sdk.  What was decided by the build comes from it as FROND_CONTEXT_NAME and
 * FROND_SYMBOLS_NAME, the names of the files that it picked; the rest is found out when asked. */
#include <frond/about.h>

#include "compat.h"
#include "os/os.h"
#include <stdio.h>
#include <uv.h>

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
    fact("cpu", FROND_CPU, arg);
    fact("context", FROND_CONTEXT_NAME, arg);
    fact("guard", frond__os_guard_method(), arg);
    fact("symbols", FROND_SYMBOLS_NAME, arg);
    fact("libuv", uv_version_string(), arg);
    fact("polling", frond__os_polling(), arg);
    fact("probes", FROND_PROBES_NAME, arg);
}
