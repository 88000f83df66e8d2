/* SPDX-License-Identifier: MIT */
/* Options by their names: the system's tables say what they are called there. */
#include "socket/sockopt.h"

#include <frond/error.h>
#include <frond/impl/address.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stddef.h>
#include <string.h>

static const char *const names[FROND__SOCKOPTS] = {
#define NAME(name, number, value) [number] = #name,
    FROND_SOCKOPTS(NAME)
#undef NAME
};

static int fail(int code, const char *doing, int name) {
    if (name > 0 && name < FROND__SOCKOPTS && names[name])
        return frond_fail_text(code, "%s %s: %s", doing, names[name],
                               frond_error_message(code));
    return frond_fail_text(code, "%s %d: %s", doing, name, frond_error_message(code));
}

/* The row of an option that this system has; NULL otherwise. */
static const frond__sockopt_row *row_of(int name) {
    if (name <= 0 || name >= FROND__SOCKOPTS)
        return NULL;
    const frond__sockopt_row *row = &frond__sockopt_table[name];
    return row->kind == FROND__SO_NONE ? NULL : row;
}

typedef struct {
    int level, name;
    bool six;
} place;

static int find_place(frond_os_fd fd, const frond__sockopt_row *row, place *at) {
    frond_addr local;
    *at = (place){row->level, row->name, false};
    if (!row->name6)
        return 0;
    int rc = frond__socket_name(fd, false, &local);
    if (rc < 0)
        return rc;
    if (local.family == FROND_IPV6)
        *at = (place){row->level6, row->name6, true};
    return local.family == FROND_UNIX ? FROND_ENOTSUP : 0;
}

static int set(frond_os_fd fd, int name, int value) {
    const frond__sockopt_row *row = row_of(name);
    place at;
    if (!row)
        return name > 0 && name < FROND__SOCKOPTS ? FROND_ENOTSUP : FROND_EINVAL;
    int rc = find_place(fd, row, &at);
    if (rc < 0)
        return rc;
    switch (row->kind) {
    case FROND__SO_TEXT:
        return FROND_EINVAL;
    case FROND__SO_LINGER:
        return value < -1 ? FROND_EINVAL : frond__sockopt_linger(fd, value);
    case FROND__SO_FLAG:
        value = value != 0;
        break;
    case FROND__SO_INTERFACE:
        if (!at.six)
            return frond__sockopt_interface(fd, value);
        break;
    default:
        break;
    }
    return frond__socket_set(fd, at.level, at.name, &value, sizeof value);
}

int frond_sockopt_set(intptr_t fd, frond_sockopt_name name, int value) {
    int rc = set((frond_os_fd)fd, (int)name, value);
    return rc < 0 ? fail(rc, "set socket option", (int)name) : 0;
}

int frond_sockopt_set_text(intptr_t fd, frond_sockopt_name name, const char *text) {
    const frond__sockopt_row *row = row_of((int)name);
    int rc = FROND_ENOTSUP;
    text = text ? text : "";
    if (row && row->kind != FROND__SO_TEXT)
        rc = FROND_EINVAL;
    else if (row)
        rc = frond__socket_set((frond_os_fd)fd, row->level, row->name, text,
                               strlen(text) + 1);
    return rc < 0 ? fail(rc, "set socket option", (int)name) : 0;
}

static int get(frond_os_fd fd, int name, int *value) {
    const frond__sockopt_row *row = row_of(name);
    place at;
    size_t len = sizeof *value;
    if (!value || name <= 0 || name >= FROND__SOCKOPTS)
        return FROND_EINVAL;
    int rc = row ? find_place(fd, row, &at) : FROND_ENOTSUP;
    if (rc < 0)
        return rc;
    *value = 0;
    if (row->kind == FROND__SO_TEXT)
        return FROND_EINVAL;
    if (row->kind == FROND__SO_LINGER)
        return frond__sockopt_get_linger(fd, value);
    if (row->kind == FROND__SO_INTERFACE && !at.six)
        return frond__sockopt_get_interface(fd, value);
    rc = frond__socket_get(fd, at.level, at.name, value, &len);
    if (rc == 0 && row->kind == FROND__SO_FLAG)
        *value = *value != 0; /* BSD answers the option's number */
    return rc;
}

int frond_sockopt_get(intptr_t fd, frond_sockopt_name name, int *value) {
    int rc = get((frond_os_fd)fd, (int)name, value);
    return rc < 0 ? fail(rc, "get socket option", (int)name) : 0;
}

int frond_sockopt_set_all(intptr_t fd, const frond_sockopt *list) {
    for (; list && list->name; list++) {
        const frond__sockopt_row *row = row_of(list->name);
        frond_sockopt_name name = (frond_sockopt_name)list->name;
        int rc = row && row->kind == FROND__SO_TEXT
                     ? frond_sockopt_set_text(fd, name, list->text)
                     : frond_sockopt_set(fd, name, list->value);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int frond__sockopts_copy(const frond_sockopt *list, frond_sockopt **out) {
    size_t n = 0, text = 0;
    *out = NULL;
    for (; list && list[n].name; n++)
        text += list[n].text ? strlen(list[n].text) + 1 : 0;
    if (n == 0)
        return 0;
    frond_sockopt *copy = frond_calloc(1, (n + 1) * sizeof *copy + text);
    if (!copy)
        return FROND_ENOMEM;
    memcpy(copy, list, n * sizeof *copy);
    char *at = (char *)(copy + n + 1);
    for (size_t i = 0; i < n; i++)
        if (list[i].text) {
            copy[i].text = strcpy(at, list[i].text);
            at += strlen(at) + 1;
        }
    *out = copy;
    return 0;
}

int frond_sockopt_set_raw(intptr_t fd, int level, int name, const void *data,
                          size_t len) {
    int rc = !data && len ? FROND_EINVAL
                          : frond__socket_set((frond_os_fd)fd, level, name, data, len);
    return rc < 0 ? frond_fail_set(rc, "set raw socket option") : 0;
}

int frond_sockopt_get_raw(intptr_t fd, int level, int name, void *data, size_t *len) {
    int rc = !data || !len ? FROND_EINVAL
                           : frond__socket_get((frond_os_fd)fd, level, name, data, len);
    return rc < 0 ? frond_fail_set(rc, "get raw socket option") : 0;
}

/* ---- groups ---- */

static int level_of(const frond_addr *group) {
    return group->family == FROND_IPV6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

static int change(frond_os_fd fd, const frond_addr *group, unsigned device,
                  const frond_addr *source, int name, int name_with_source) {
    bool ip = group && (group->family == FROND_IPV4 || group->family == FROND_IPV6);
    if (!ip || (source && source->family != group->family))
        return FROND_EINVAL;
    if (source) {
        struct group_source_req with;
        memset(&with, 0, sizeof with);
        with.gsr_interface = device;
        frond_addr_to_system(group, &with.gsr_group);
        frond_addr_to_system(source, &with.gsr_source);
        return frond__socket_set(fd, level_of(group), name_with_source, &with,
                                 sizeof with);
    }
    struct group_req plain;
    memset(&plain, 0, sizeof plain);
    plain.gr_interface = device;
    frond_addr_to_system(group, &plain.gr_group);
    return frond__socket_set(fd, level_of(group), name, &plain, sizeof plain);
}

int frond_multicast_join(intptr_t fd, const frond_addr *group, unsigned device,
                         const frond_addr *source) {
    int rc = change((frond_os_fd)fd, group, device, source, MCAST_JOIN_GROUP,
                    MCAST_JOIN_SOURCE_GROUP);
    return rc < 0 ? frond_fail_addr(rc, "join group", group) : 0;
}

int frond_multicast_leave(intptr_t fd, const frond_addr *group, unsigned device,
                          const frond_addr *source) {
    int rc = change((frond_os_fd)fd, group, device, source, MCAST_LEAVE_GROUP,
                    MCAST_LEAVE_SOURCE_GROUP);
    return rc < 0 ? frond_fail_addr(rc, "leave group", group) : 0;
}

int frond_interface_index(const char *name) {
    unsigned index = name ? if_nametoindex(name) : 0;
    if (index)
        return (int)index;
    return frond_fail_text(name ? FROND_ENODEV : FROND_EINVAL, "interface \"%.100s\": %s",
                           name ? name : "", frond_error_message(FROND_ENODEV));
}
