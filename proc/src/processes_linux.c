/* SPDX-License-Identifier: MIT */
#include "processes_linux.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The state and the parent follow a name that may have spaces and parentheses. */
bool frond__process_look(pid_t pid, frond__entry *e) {
    char path[40], text[512];
    int parent;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *end = strrchr(text, ')');
    *e = (frond__entry){.pid = pid, .fd = -1};
    if (!end || sscanf(end + 1, " %c %d", &e->state, &parent) != 2)
        return false;
    e->parent = parent;
    return true;
}

static bool add(frond__processes *t, pid_t pid) {
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 256;
        frond__entry *all = frond_realloc(t->all, cap * sizeof *all);
        if (!all)
            return false;
        t->all = all;
        t->cap = cap;
    }
    t->n += frond__process_look(pid, &t->all[t->n]);
    return true;
}

int frond__processes_list(frond__processes *t) {
    *t = (frond__processes){0};
    DIR *folder = opendir("/proc");
    struct dirent *e;
    bool room = true;
    if (!folder)
        return frond_error_from_system(errno);
    while (room && (e = readdir(folder)))
        if (isdigit((unsigned char)e->d_name[0]))
            room = add(t, (pid_t)strtol(e->d_name, NULL, 10));
    closedir(folder);
    return room ? 0 : FROND_ENOMEM;
}

void frond__processes_free(frond__processes *t) {
    frond_free(t->all);
}
