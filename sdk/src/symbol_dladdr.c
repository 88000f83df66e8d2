/* SPDX-License-Identifier: MIT */
/* Names for addresses on macOS, whose dladdr knows static functions too, as long as the program was not
 * stripped. */
#include "backtrace.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void frond__symbol(const void *address, bool call, char *out, size_t cap) {
    Dl_info info;
    uintptr_t at = (uintptr_t)address;
    const char *inside =
        (const char *)address - call; /* of what called, not what follows */
    if (!dladdr(inside, &info) || !info.dli_fname) {
        snprintf(out, cap, "%p", address);
        return;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const char *file = slash ? slash + 1 : info.dli_fname;
    if (!info.dli_sname)
        snprintf(out, cap, "%s+0x%zx", file, (size_t)(at - (uintptr_t)info.dli_fbase));
    else if (at == (uintptr_t)info.dli_saddr)
        snprintf(out, cap, "%s", info.dli_sname);
    else
        snprintf(out, cap, "%s+0x%zx (%s)", info.dli_sname,
                 (size_t)(at - (uintptr_t)info.dli_saddr), file);
}
