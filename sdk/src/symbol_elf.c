/* SPDX-License-Identifier: MIT */
/* Names for addresses on ELF systems.  The dynamic table lacks static functions and, in most
 * programs, everything of the program itself, so the file's own symbol table is read, and what was
 * found is kept: a dump of ten thousand greenlets asks for the same few places. */
#include "backtrace.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CACHE = 512 };

typedef struct {
    const void *base; /* of the loaded object whose file is mapped; NULL: none */
    const char *file;
    size_t size;
    const ElfW(Sym) * symbols;
    size_t n;
    const char *strings;
} object;

static _Thread_local object open_object;
static _Thread_local struct {
    const void *address;
    char text[120];
} cache[CACHE];

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

static void describe(uintptr_t address, bool call, char *out, size_t cap) {
    Dl_info info;
    if (!dladdr((void *)(address - call), &info) || !info.dli_fname) {
        snprintf(out, cap, "%p", (void *)address);
        return;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const char *file = slash ? slash + 1 : info.dli_fname;
    uintptr_t offset = 0;
    const char *name = look_up(&info, address - call, &offset);
    if (name && offset + call)
        snprintf(out, cap, "%s+0x%zx (%s)", name, (size_t)(offset + call), file);
    else if (name)
        snprintf(out, cap, "%s", name);
    else
        snprintf(out, cap, "%s+0x%zx", file,
                 (size_t)(address - (uintptr_t)info.dli_fbase));
}

void frond__symbol(const void *address, bool call, char *out, size_t cap) {
    size_t slot = ((uintptr_t)address * 2 + call) * 0x9e3779b1U >> 7 & (CACHE - 1);
    const void *key =
        (const char *)address + call; /* a return address is never a function's start */
    if (cache[slot].address != key) {
        cache[slot].address = key;
        describe((uintptr_t)address, call, cache[slot].text, sizeof cache[slot].text);
    }
    snprintf(out, cap, "%s", cache[slot].text);
}
