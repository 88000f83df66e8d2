/* SPDX-License-Identifier: MIT */
/* A worker of `frond fetch -j`, and what goes over the pipe between it and the dispatch.
 *
 * To the worker: four bytes of slot, then the URL.  From the worker: the slot, then the result. */
#ifndef FROND_CLI_WORKER_H
#define FROND_CLI_WORKER_H

#include "fetch.h"

/* Entry of frond_init. */
int fetch_worker(frond_child *self);

/* The message of a result; owned by the caller, NULL when out of memory. */
char *result_encode(uint32_t slot, const fetch_result *result, size_t *len);
/* Back; false when it is malformed.  The result's strings are owned by the caller. */
bool result_decode(const char *msg, size_t len, uint32_t *slot, fetch_result *result);

char *url_encode(uint32_t slot, const char *url, size_t *len);

#endif
