/* SPDX-License-Identifier: MIT */
/* Dumps that somebody else asks for: each hub dumps itself, at its next turn. */
#include "monitor/monitor.h"

#include "hub/loop.h"
#include "hub/registry.h"
#include "report/report.h"
#include <fcntl.h>
#include <frond/hub.h>
#include <frond/impl/fail.h>
#include <frond/impl/settings.h>
#include <uv.h>

enum { APPEND_TO = 0644 };

int frond__dump_write(frond__page *p) {
    const char *path = frond_config_text(FROND_SETTING_DUMP_FILE);
    if (!path)
        return frond__page_write(p, 2);
    uv_fs_t open;
    int fd = uv_fs_open(NULL, &open, path,
                        UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_APPEND, APPEND_TO, NULL);
    uv_fs_req_cleanup(&open);
    if (fd < 0) {
        frond__print(p, "frond: %s cannot be opened: %s\n", path,
                     frond_error_message(frond_error_from_uv(fd)));
        frond__page_write(p, 2); /* better there than nowhere */
        return frond_error_from_uv(fd);
    }
    int rc = frond__page_write(p, fd);
    uv_fs_t close;
    uv_fs_close(NULL, &close, fd, NULL);
    uv_fs_req_cleanup(&close);
    return rc;
}

void frond__dump_asked(frond_hub *h) {
    frond__page p = {0};
    frond__dump_print(&p, h, NULL);
    frond__dump_write(&p);
}

size_t frond__dump_ask(const frond_hub *but) {
    uint64_t id = 0, thread;
    size_t n = 0;
    frond__registry_lock();
    for (frond_hub *h; (h = frond__registry_next(id, &id, &thread));)
        if (h != but && atomic_load(&h->watch.reachable)) {
            atomic_store(&h->watch.asked, true);
            frond__loop_nudge(h);
            n++;
        }
    frond__registry_unlock();
    return n;
}

FROND_NOINLINE int frond_dump_all(void) {
    frond_hub *h = frond__hub();
    if (!h)
        return frond__no_hub();
    frond__dump_ask(h);
    frond__page p = {0};
    frond__dump_print(&p, h, FROND_RETURN_ADDRESS());
    int rc = frond__dump_write(&p);
    return rc < 0 ? frond_fail_set(rc, "dump") : 0;
}
