/* SPDX-License-Identifier: MIT */
/* Names for addresses on ELF systems.  The dynamic table lacks static functions and, in most
 * programs, everything of the program itself, and a static program has none, so the file's own symbol
 * table is read. */
#include "report/symbol.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    uintptr_t address; /* to look for */
    uintptr_t start;   /* of the loaded object that holds it; 0: none does */
    uintptr_t bias;    /* what its addresses are more than in its file */
    const char *path;  /* "" for the program */
} place;

typedef struct {
    uintptr_t start; /* of the loaded object whose file is mapped; 0: none */
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

/* musl calls the program by the name it was started with, or by the link in /proc. */
static int visit_object(struct dl_phdr_info *info, size_t size, void *arg) {
    place *p = arg;
    (void)size;
    uintptr_t first = UINTPTR_MAX, end = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        first = start < first ? start : first;
        end = start + segment->p_memsz > end ? start + segment->p_memsz : end;
    }
    if (p->address < first || p->address >= end)
        return 0;
    p->start = first;
    p->bias = info->dlpi_addr;
    p->path = info->dlpi_name;
    return 1;
}

/* The link in /proc names the loader when a program was started by way of it. */
static int open_object_file(const place *p) {
    Dl_info info;
    const char *path = p->path;
    if (path[0] != '/')
        path = dladdr((void *)p->address, &info) && info.dli_fname ? info.dli_fname : "";
    return open(path[0] == '/' ? path : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static void map_file(object *o, const place *p) {
    if (o->file)
        munmap((void *)(uintptr_t)o->file, o->size);
    *o = (object){.start = p->start};
    int fd = open_object_file(p);
    struct stat st;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        void *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            o->file = file;
            o->size = (size_t)st.st_size;
            find_tables(o);
        }
    }
    close(fd);
}

static const char *look_up(const place *p, uintptr_t *offset) {
    object *o = &open_object;
    Dl_info info;
    if (o->start != p->start)
        map_file(o, p);
    for (size_t i = 0; i < o->n; i++) {
        const ElfW(Sym) *s = &o->symbols[i];
        uintptr_t start = s->st_value + p->bias;
        if ((s->st_info & 15) == STT_FUNC && p->address >= start &&
            p->address - start < s->st_size) {
            *offset = p->address - start;
            return o->strings + s->st_name;
        }
    }
    if (!dladdr((void *)p->address, &info) || !info.dli_sname)
        return NULL;
    *offset = p->address - (uintptr_t)info.dli_saddr;
    return info.dli_sname;
}

static const char *file_of(const place *p) {
    const char *slash = strrchr(p->path, '/');
    if (!slash || strcmp(p->path, "/proc/self/exe") == 0)
        return program_invocation_short_name;
    return slash + 1;
}

void frond__symbol_find(uintptr_t address, frond__place *found) {
    place p = {.address = address};
    if (!dl_iterate_phdr(visit_object, &p))
        return;
    found->file = file_of(&p);
    found->file_offset = address - p.bias;
    found->name = look_up(&p, &found->offset);
}
