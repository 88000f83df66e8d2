/* SPDX-License-Identifier: MIT */
/* macOS announces new settings of name servers by notify(3), which is asked by a look at shared memory: no thread,
 * no descriptor.  The hosts file is looked at. */
#include "watch.h"

#include <frond/impl/memory.h>
#include <stdint.h>

/* Of <notify.h>, which not every set of headers for this system has; libSystem has the functions. */
uint32_t notify_register_check(const char *name, int *token);
uint32_t notify_check(int token, int *check);
uint32_t notify_cancel(int token);

static const char settings[] = "com.apple.system.SystemConfiguration.dns_configuration";

struct frond__watch {
    frond__stamps stamps;
    int token;
    bool told; /* of changes, by notify */
};

frond__watch *frond__watch_new(const char *const *paths, size_t n) {
    frond__watch *w = frond_calloc(1, sizeof *w);
    int check;
    if (!w)
        return NULL;
    w->told = notify_register_check(settings, &w->token) == 0;
    if (w->told)
        notify_check(w->token, &check); /* the first one says yes */
    frond__stamps_take(&w->stamps, paths, n);
    return w;
}

bool frond__watch_changed(frond__watch *w) {
    int check = 0;
    bool told = w->told && notify_check(w->token, &check) == 0 && check;
    return frond__stamps_changed(&w->stamps, told) || told;
}

void frond__watch_free(frond__watch *w, bool loop_gone) {
    (void)loop_gone;
    if (w && w->told)
        notify_cancel(w->token);
    frond_free(w);
}
