/* SPDX-License-Identifier: MIT */
/* Answers of name servers: whatever they are, reading them ends, stays inside them, and gives records whose texts
 * end, or an error.  Input: two bytes for the type that is asked for, then the answer. */
#include "fuzz.h"

#include "wire.h"
#include <frond/dns.h>

#define HEAD "\0\1\200\0\0\1\0\1\0\0\0\0"
#define QUESTION "\1a\4test\0\0\1\0\1"
#define RECORD(type, size) "\300\14\0" type "\0\1\0\0\0\74\0" size

const fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("\0\1" HEAD QUESTION RECORD("\1", "\4") "\300\0\2\1"),
    FUZZ_SEED("\0\17" HEAD QUESTION RECORD("\17", "\7") "\0\12\2mx\300\14"),
    FUZZ_SEED("\0\20" HEAD QUESTION RECORD("\20", "\14") "\5hello\5world"),
    FUZZ_SEED("\0\6" HEAD QUESTION RECORD(
        "\6", "\30") "\300\14\300\14\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
    FUZZ_SEED("\0\41" HEAD QUESTION RECORD("\41", "\10") "\0\1\0\2\0\3\300\14"),
    FUZZ_SEED("\0\43" HEAD QUESTION RECORD("\43", "\14") "\0\1\0\1\1u\1s\1r\300\14"),
    FUZZ_SEED("\0\64" HEAD QUESTION RECORD("\64", "\6") "\3\1\1abc"),
    FUZZ_SEED("\0\101" HEAD QUESTION RECORD("\101", "\15") "\0\1\0\0\1\0\6\2h2\2h3"),
    FUZZ_SEED("\1\0\0\1\200\0\0\0\0\1\0\0\0\0\0\1\0\0\1\0\0\0\74\0\7\0\1\0\1ftp"),
    FUZZ_SEED("\1\1\0\1\200\0\0\0\0\1\0\0\0\0\0\1\1\0\1\0\0\0\74\0\12\200\5issueca."),
    FUZZ_SEED("\0\5\0\1\200\3\0\0\0\1\0\0\0\0\300\14\0\5\0\1\0\0\0\74\0\2\300\14"),
    FUZZ_SEEDS_END};

static void check_text(const frond_dns_record *r) {
    FUZZ_CHECK(strlen(r->name) < 1100 && r->raw.data[r->raw.size] == '\0');
    FUZZ_CHECK(r->ttl <= INT32_MAX);
    if (r->type == FROND_DNS_TXT)
        for (size_t i = 0; i < r->as.txt.count; i++)
            FUZZ_CHECK(r->as.txt.strings[i].size <= 255 &&
                       r->as.txt.strings[i].data[r->as.txt.strings[i].size] == '\0');
    if (r->type == FROND_DNS_MX)
        FUZZ_CHECK(strlen(r->as.mx.host) < 1100);
    if (r->type == FROND_DNS_SVCB || r->type == FROND_DNS_HTTPS)
        for (size_t i = 0; i < r->as.svcb.count; i++)
            FUZZ_CHECK(r->as.svcb.params[i].value.size <= r->raw.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frond_dns_records *records = NULL;
    if (size < 2)
        return 0;
    int type = data[0] << 8 | data[1];
    char *answer = fuzz_copy(data + 2, size - 2);
    int64_t ttl = frond__wire_negative_ttl(answer, size - 2);
    FUZZ_CHECK(ttl >= -1 && ttl <= INT32_MAX);
    frond__wire_answers(answer, size - 2, answer, size - 2);
    int rc = frond_dns_parse(answer, size - 2, type, 1, &records);
    FUZZ_CHECK(rc <= 0 && (rc < 0) == (records == NULL));
    FUZZ_CHECK(rc < 0 || frond_dns_records_count(records) > 0);
    for (size_t i = 0; i < frond_dns_records_count(records); i++)
        check_text(frond_dns_records_at(records, i));
    frond_dns_records_free(records);
    free(answer);
    return 0;
}
