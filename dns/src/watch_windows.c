/* SPDX-License-Identifier: MIT */
/* Windows tells of changes of interfaces, and of their name servers with them, on a thread of its own, which only
 * counts; a resolver compares.  The hosts file is looked at. */
#include "watch.h"

#include <frond/impl/memory.h>
#include <winsock2.h>
/* in this order */
#include <ws2ipdef.h>
/* in this order */
#include <iphlpapi.h>
/* in this order */
#include <netioapi.h>

struct frond__watch {
    frond__stamps stamps;
    HANDLE handle; /* NULL: it tells nothing */
    volatile LONG changes;
    LONG seen;
};

static void WINAPI changed(void *context, MIB_IPINTERFACE_ROW *row,
                           MIB_NOTIFICATION_TYPE type) {
    frond__watch *w = context;
    (void)row;
    (void)type;
    InterlockedIncrement(&w->changes);
}

frond__watch *frond__watch_new(const char *const *paths, size_t n) {
    frond__watch *w = frond_calloc(1, sizeof *w);
    if (!w)
        return NULL;
    if (NotifyIpInterfaceChange(AF_UNSPEC, changed, w, FALSE, &w->handle) != NO_ERROR)
        w->handle = NULL;
    frond__stamps_take(&w->stamps, paths, n);
    return w;
}

bool frond__watch_changed(frond__watch *w) {
    LONG now = w->changes;
    bool told = now != w->seen;
    w->seen = now;
    return frond__stamps_changed(&w->stamps, told) || told;
}

/* Waits for a call of changed that is on. */
void frond__watch_free(frond__watch *w, bool loop_gone) {
    (void)loop_gone;
    if (w && w->handle)
        CancelMibChangeNotify2(w->handle);
    frond_free(w);
}
