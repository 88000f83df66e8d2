/* SPDX-License-Identifier: MIT */
/* Names for addresses in programs that GNU tools have linked for Windows: the file carries a table of
 * symbols, static functions too, which the system does not load. */
#include "report/symbol.h"

#include <string.h>
#include <windows.h>

enum { FUNCTION = 0x20 /* the type of a symbol */ };

typedef struct {
    const char *base; /* of the loaded module whose file is mapped; NULL: none */
    char path[1024];
    const char *file; /* NULL: it has no table that we could read */
    const IMAGE_SYMBOL *symbols;
    size_t n, n_sections;
    const char *strings, *end;
    const IMAGE_SECTION_HEADER *sections;
} module;

static _Thread_local module opened;
static _Thread_local char name[256];

static const char *map_file(const wchar_t *path, size_t *size) {
    const char *view = NULL;
    LARGE_INTEGER length;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    HANDLE mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    if (mapping && GetFileSizeEx(file, &length)) {
        *size = (size_t)length.QuadPart;
        view = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    }
    if (mapping)
        CloseHandle(mapping);
    CloseHandle(file);
    return view;
}

static bool inside(size_t size, size_t offset, size_t n, size_t each) {
    return offset <= size && n <= (size - offset) / each;
}

/* The table of symbols stands before that of the strings, which begins with its own length. */
static bool find_tables(module *m, size_t size) {
    const IMAGE_DOS_HEADER *dos = (const void *)m->file;
    if (size < sizeof *dos || dos->e_magic != IMAGE_DOS_SIGNATURE || dos->e_lfanew < 0 ||
        !inside(size, (size_t)dos->e_lfanew, 1, sizeof(IMAGE_NT_HEADERS)))
        return false;
    const IMAGE_NT_HEADERS *nt = (const void *)(m->file + dos->e_lfanew);
    size_t at = nt->FileHeader.PointerToSymbolTable;
    m->n = nt->FileHeader.NumberOfSymbols;
    m->sections = IMAGE_FIRST_SECTION(nt);
    m->n_sections = nt->FileHeader.NumberOfSections;
    m->symbols = (const void *)(m->file + at);
    if (at == 0 || !inside(size, at, m->n, sizeof(IMAGE_SYMBOL)) ||
        !inside(size, (size_t)((const char *)m->sections - m->file), m->n_sections,
                sizeof *m->sections))
        return false;
    m->strings = (const char *)(m->symbols + m->n);
    m->end = m->file + size;
    return m->strings < m->end && m->end[-1] == '\0';
}

static void open_module(module *m, HMODULE base) {
    wchar_t path[1024];
    size_t size = 0;
    DWORD n = GetModuleFileNameW(base, path, sizeof path / sizeof *path);
    if (m->file)
        UnmapViewOfFile(m->file);
    *m = (module){.base = (const char *)base};
    if (n == 0 || n >= sizeof path / sizeof *path ||
        !WideCharToMultiByte(CP_UTF8, 0, path, -1, m->path, sizeof m->path, NULL, NULL))
        return;
    m->file = map_file(path, &size);
    if (m->file && !find_tables(m, size)) {
        UnmapViewOfFile(m->file);
        m->file = NULL;
    }
}

static const char *name_of(const module *m, const IMAGE_SYMBOL *s) {
    if (s->N.Name.Short) {
        memcpy(name, s->N.ShortName, sizeof s->N.ShortName);
        name[sizeof s->N.ShortName] = '\0';
        return name;
    }
    if (s->N.Name.Long >= (size_t)(m->end - m->strings))
        return NULL;
    const char *text = m->strings + s->N.Name.Long;
    size_t n = strlen(text);
    if (n >= sizeof name)
        n = sizeof name - 1;
    memcpy(name, text, n);
    name[n] = '\0';
    return name;
}

/* Symbols have no size: it is in the last that begins before it. */
static const char *look_up(const module *m, uintptr_t address, uintptr_t *offset) {
    const IMAGE_SYMBOL *best = NULL;
    uintptr_t nearest = UINTPTR_MAX;
    for (size_t i = 0; m->file && i < m->n;
         i += 1 + (size_t)m->symbols[i].NumberOfAuxSymbols) {
        const IMAGE_SYMBOL *s = &m->symbols[i];
        if (s->Type != FUNCTION || s->SectionNumber < 1 ||
            (size_t)s->SectionNumber > m->n_sections)
            continue;
        uintptr_t start = (uintptr_t)m->base + s->Value +
                          m->sections[s->SectionNumber - 1].VirtualAddress;
        if (start <= address && address - start < nearest) {
            nearest = address - start;
            best = s;
        }
    }
    *offset = nearest;
    return best ? name_of(m, best) : NULL;
}

void frond__symbol_find(uintptr_t address, frond__place *place) {
    HMODULE base;
    module *m = &opened;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const wchar_t *)address, &base))
        return;
    if (m->base != (const char *)base)
        open_module(m, base);
    place->file = m->path;
    place->file_offset = address - (uintptr_t)base;
    place->name = look_up(m, address, &place->offset);
}
