/* SPDX-License-Identifier: MIT */
/* Names for addresses on ELF systems.  The dynamic table lacks static functions and, in most
 * programs, everything of the program itself, so the file's own symbol table is read. */
#include "symbol.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const void *base; /* of the loaded object whose file is mapped; NULL: none */
    const char *file;
    size_t size;
    const ElfW(Sym) * symbols;
    size_t n;
    const char *strings;
} object;

static _Thread_local object open_object;

static bool inside(const object *o, size_t offset, size_t size) {
    return offset <= o->size && size <= o->size - offset;
}

static void find_tables(object *o) {
    const ElfW(Ehdr) *head = (const void *)o->file;
    if (o->size < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        !inside(o, head->e_shoff, (size_t)head->e_shnum * sizeof(ElfW(Shdr))))
        return;
    const ElfW(Shdr) *sections = (const void *)(o->file + head->e_shoff);
    for (size_t i = 0; i < head->e_shnum; i++) {
        const ElfW(Shdr) *s = &sections[i];
        if (s->sh_type != SHT_SYMTAB || s->sh_link >= head->e_shnum)
            continue;
        const ElfW(Shdr) *strings = &sections[s->sh_link];
        if (!inside(o, s->sh_offset, s->sh_size) ||
            !inside(o, strings->sh_offset, strings->sh_size) || strings->sh_size == 0 ||
            o->file[strings->sh_offset + strings->sh_size - 1])
            continue;
        o->symbols = (const void *)(o->file + s->sh_offset);
        o->n = s->sh_size / sizeof *o->symbols;
        o->strings = o->file + strings->sh_offset;
    }
}

static void open_file(object *o, const Dl_info *info) {
    if (o->file)
        munmap((void *)(uintptr_t)o->file, o->size);
    *o = (object){.base = info->dli_fbase};
    int fd = open(info->dli_fname, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 ||
        info->dli_fname[0] != '/') { /* the program, by the name it was started with */
        if (fd >= 0)
            close(fd);
        fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p != MAP_FAILED) {
            o->file = p;
            o->size = (size_t)st.st_size;
            find_tables(o);
        }
    }
    close(fd);
}

static const char *look_up(const Dl_info *info, uintptr_t address, uintptr_t *offset) {
    object *o = &open_object;
    if (o->base != info->dli_fbase)
        open_file(o, info);
    const ElfW(Ehdr) *head = (const void *)o->file;
    for (size_t i = 0; i < o->n; i++) {
        const ElfW(Sym) *s = &o->symbols[i];
        uintptr_t start = s->st_value + (head->e_type == ET_DYN ? (uintptr_t)o->base : 0);
        if ((s->st_info & 15) == STT_FUNC && address >= start &&
            address - start < s->st_size) {
            *offset = address - start;
            return o->strings + s->st_name;
        }
    }
    if (info->dli_sname)
        *offset = address - (uintptr_t)info->dli_saddr;
    return info->dli_sname;
}

void frond__symbol_find(uintptr_t address, frond__place *place) {
    Dl_info info;
    if (!dladdr((void *)address, &info) || !info.dli_fname)
        return;
    place->file = info.dli_fname;
    place->file_offset = address - (uintptr_t)info.dli_fbase;
    place->name = look_up(&info, address, &place->offset);
}
