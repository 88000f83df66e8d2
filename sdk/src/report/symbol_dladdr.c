/* SPDX-License-Identifier: MIT */
/* Names for addresses on macOS, whose dladdr knows static functions too, as long as the program was not
 * stripped. */
#include "report/symbol.h"

#include <dlfcn.h>

void frond__symbol_find(uintptr_t address, frond__place *place) {
    Dl_info info;
    if (!dladdr((const void *)address, &info) || !info.dli_fname)
        return;
    place->file = info.dli_fname;
    place->file_offset = address - (uintptr_t)info.dli_fbase;
    place->name = info.dli_sname;
    place->offset = address - (uintptr_t)info.dli_saddr;
}
