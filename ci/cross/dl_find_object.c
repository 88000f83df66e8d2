/* SPDX-License-Identifier: MIT */
/* Debian's libgcc asks glibc where the unwinder's tables are; for musl this answers, from what
 * dl_iterate_phdr tells.  The struct is glibc's for 64-bit CPUs. */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>

struct dl_find_object {
    unsigned long long flags;
    void *map_start, *map_end, *link_map, *eh_frame;
    unsigned long long reserved[7];
};

typedef struct {
    uintptr_t pc;
    struct dl_find_object *found;
} search;

static int look_at(struct dl_phdr_info *info, size_t size, void *arg) {
    search *s = arg;
    uintptr_t tables = 0, start = 0, end = 0;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_GNU_EH_FRAME) {
            tables = at;
        } else if (segment->p_type == PT_LOAD && s->pc >= at &&
                   s->pc - at < segment->p_memsz) {
            start = at;
            end = at + segment->p_memsz;
        }
    }
    if (!start || !tables)
        return 0;
    *s->found = (struct dl_find_object){
        .map_start = (void *)start, .map_end = (void *)end, .eh_frame = (void *)tables};
    return 1;
}

int _dl_find_object(void *pc, struct dl_find_object *found);
int _dl_find_object(void *pc, struct dl_find_object *found) {
    search s = {(uintptr_t)pc, found};
    return dl_iterate_phdr(look_at, &s) ? 0 : -1;
}
