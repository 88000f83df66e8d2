/* SPDX-License-Identifier: MIT */
/* The data of records of every type that frond reads, as servers send it. */
#ifndef FROND_TESTS_DNS_FAKE_RECORDS_H
#define FROND_TESTS_DNS_FAKE_RECORDS_H

#include <stddef.h>

typedef struct {
    unsigned type;
    const void *data;
    size_t n;
} fake_record;

extern const fake_record fake_records[]; /* ends with type 0 */

#endif
