/* SPDX-License-Identifier: MIT */
/* The facts of http. */
#include <frond/http.h>

#include <zlib.h>

void frond_http_about(frond_fact_fn fact, void *arg) {
    fact("zlib", zlibVersion(), arg);
}
