/* SPDX-License-Identifier: MIT */
/* Numbers are taken as they are.  Names are the system's to know, which may ask a server: on a thread of the
 * pool for such calls. */
#include "launch/identity.h"

#include <errno.h>
#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <frond/threadpool.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_GROUPS = 256, ROOM = 16 * 1024, NAME = 256 };

/* A job may outlive its caller: it has copies of all. */
typedef struct {
    char user[NAME], group[NAME];
    char *names; /* of groups, each with its NUL; an empty one ends them */
    bool asks_user, asks_group, asks_groups;
    /* found */
    uid_t uid;
    gid_t user_gid, gid;
    gid_t groups[MOST_GROUPS];
    int n_groups;
    char missing[NAME];
    char room[ROOM];
} inquiry;

static bool is_number(const char *text, unsigned long *n) {
    char *end;
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *n = strtoul(text, &end, 10);
    return errno == 0 && *n < (uid_t)-1;
}

static int missing(inquiry *q, const char *name, int error) {
    snprintf(q->missing, sizeof q->missing, "%s", name);
    return error && error != ENOENT && error != ESRCH && error != EBADF && error != EPERM
               ? error
               : ESRCH;
}

/* A user that is only a number has no name to have groups by. */
static int find_user(inquiry *q) {
    struct passwd record, *found = NULL;
    unsigned long n;
    bool number = is_number(q->user, &n);
    int rc = number ? getpwuid_r((uid_t)n, &record, q->room, ROOM, &found)
                    : getpwnam_r(q->user, &record, q->room, ROOM, &found);
    if (!found && !number)
        return missing(q, q->user, rc);
    q->uid = found ? found->pw_uid : (uid_t)n;
    q->user_gid = found ? found->pw_gid : (gid_t)-1;
    if (found && !q->asks_groups) {
        q->n_groups =
            frond__identity_groups(found->pw_name, found->pw_gid, q->groups, MOST_GROUPS);
    }
    return 0;
}

static int find_group(inquiry *q, const char *name, gid_t *out) {
    struct group record, *found = NULL;
    unsigned long n;
    if (is_number(name, &n)) {
        *out = (gid_t)n;
        return 0;
    }
    int rc = getgrnam_r(name, &record, q->room, ROOM, &found);
    if (!found)
        return missing(q, name, rc);
    *out = found->gr_gid;
    return 0;
}

static int inquire(void *arg) {
    inquiry *q = arg;
    int rc = q->asks_user ? find_user(q) : 0;
    if (rc == 0 && q->asks_group)
        rc = find_group(q, q->group, &q->gid);
    for (const char *name = q->names; rc == 0 && name && *name; name += strlen(name) + 1)
        rc = find_group(q, name, &q->groups[q->n_groups++]);
    return frond_error_from_system(rc);
}

static void drop(void *arg) {
    inquiry *q = arg;
    frond_free(q->names);
    frond_free(q);
}

static int copy_groups(inquiry *q, const char *const *groups) {
    size_t n = 0, size = 1;
    for (; groups[n]; n++)
        size += strlen(groups[n]) + 1;
    if (n > MOST_GROUPS)
        return FROND_EINVAL;
    char *at = q->names = frond_alloc(size);
    if (!at)
        return FROND_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!groups[i][0])
            return FROND_EINVAL;
        at = stpcpy(at, groups[i]) + 1;
    }
    *at = '\0';
    q->asks_groups = true;
    return 0;
}

static int prepare(inquiry *q, const frond_subprocess_options *o) {
    if ((o->user && (!o->user[0] || strlen(o->user) >= NAME)) ||
        (o->user_group && (!o->user_group[0] || strlen(o->user_group) >= NAME)))
        return FROND_EINVAL;
    q->asks_user = o->user != NULL;
    q->asks_group = o->user_group != NULL;
    if (o->user)
        memcpy(q->user, o->user, strlen(o->user) + 1);
    if (o->user_group)
        memcpy(q->group, o->user_group, strlen(o->user_group) + 1);
    return o->groups ? copy_groups(q, o->groups) : 0;
}

/* Groups that nobody named are taken where we may: without rights there is nobody else to become. */
static int take(frond__plan *plan, const inquiry *q) {
    plan->set_user = q->asks_user;
    plan->user = q->uid;
    plan->set_user_group = q->asks_group || (q->asks_user && q->user_gid != (gid_t)-1);
    plan->user_group = q->asks_group ? q->gid : q->user_gid;
    plan->set_groups = q->asks_groups || (q->asks_user && geteuid() == 0);
    plan->n_groups = (size_t)q->n_groups;
    if (!q->n_groups)
        return 0;
    gid_t *list = frond_alloc(plan->n_groups * sizeof *list);
    if (!list)
        return FROND_ENOMEM;
    memcpy(list, q->groups, plan->n_groups * sizeof *list);
    plan->groups = list;
    return 0;
}

int frond__identity_find(frond__plan *plan, frond_deadline d) {
    const frond_subprocess_options *o = plan->o;
    int ran = 1;
    if (!o->user && !o->user_group && !o->groups)
        return 0;
    inquiry *q = frond_calloc(1, sizeof *q);
    int rc = q ? prepare(q, o) : FROND_ENOMEM;
    if (rc == 0)
        rc = frond_threadpool_run(frond_threadpool_class(FROND_THREADS_DNS), inquire, q,
                                  drop, &ran, d);
    if (!ran)
        return rc; /* the job has q */
    if (rc == 0)
        rc = take(plan, q);
    if (rc == FROND_ESRCH)
        frond_fail_text(rc, "start: there is no user or group \"%s\"", q->missing);
    else if (rc < 0)
        frond_fail_set(rc, "start: user");
    if (q)
        drop(q);
    return rc;
}

void frond__identity_free(frond__plan *plan) {
    frond_free((void *)(uintptr_t)plan->groups);
}
