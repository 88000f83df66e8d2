/* SPDX-License-Identifier: MIT */
/* Records out of an answer.  All that one answer's records point to lies in a few blocks that go with them;
 * every read is bounded by the record's own data, and names by the whole answer. */
#include "answer.h"
#include "order.h"
#include "wire.h"

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <frond/impl/memory.h>
#include <stdatomic.h>
#include <string.h>

enum { CHUNK = 1024, MOST_NAME_TEXT = 1100 }; /* a name of 255 bytes, each as \ddd */

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
    char bytes[];
} chunk;

struct frond_dns_records {
    atomic_uint refs;
    size_t n;
    chunk *chunks;
    frond_dns_record *list;
};

/* What one parse goes through. */
typedef struct {
    frond_dns_records *to;
    const uint8_t *data;
    size_t size;
    frond__wire in; /* the record's own data */
    int code;       /* the first error */
} parse;

static void *take(parse *p, size_t n) {
    chunk *c = p->to->chunks;
    n = (n + 15) & ~(size_t)15;
    if (!c || n > c->size - c->used) {
        size_t size = n > CHUNK ? n : CHUNK;
        if (!(c = frond_alloc(sizeof *c + size))) {
            p->code = FROND_ENOMEM;
            return NULL;
        }
        *c = (chunk){p->to->chunks, 0, size};
        p->to->chunks = c;
    }
    void *block = c->bytes + c->used;
    c->used += n;
    return block;
}

static frond_dns_bytes bytes(parse *p, size_t n) {
    size_t at = p->in.at;
    frond__wire_skip(&p->in, n);
    char *copy = p->in.bad ? NULL : take(p, n + 1);
    if (!copy)
        return (frond_dns_bytes){"", 0};
    memcpy(copy, p->in.data + at, n);
    copy[n] = '\0';
    return (frond_dns_bytes){copy, n};
}

static frond_dns_bytes rest(parse *p) {
    return bytes(p, p->in.size - p->in.at);
}

static frond_dns_bytes counted(parse *p) {
    return bytes(p, frond__wire_number(&p->in, 1));
}

static const char *keep_text(parse *p, const char *text) {
    size_t n = strlen(text) + 1;
    char *copy = take(p, n);
    return copy ? memcpy(copy, text, n) : "";
}

static const char *name_at(parse *p, size_t at, size_t *next) {
    char text[MOST_NAME_TEXT];
    if (!frond__wire_name(p->data, p->size, at, text, sizeof text, next)) {
        p->in.bad = true;
        return "";
    }
    return keep_text(p, text);
}

/* A name within the record's data, though it may point out of it. */
static const char *name(parse *p) {
    size_t next = 0;
    if (p->in.bad || p->in.at >= p->in.size) {
        p->in.bad = true;
        return "";
    }
    const char *text = name_at(p, p->in.at, &next);
    if (next > p->in.size)
        p->in.bad = true;
    p->in.at = next;
    return text;
}

static uint16_t u16(parse *p) {
    return (uint16_t)frond__wire_number(&p->in, 2);
}

static uint8_t u8(parse *p) {
    return (uint8_t)frond__wire_number(&p->in, 1);
}

static void read_address(parse *p, frond_dns_record *r) {
    size_t n = r->type == FROND_DNS_A ? 4 : 16;
    if (p->in.size - p->in.at != n) {
        p->in.bad = true;
        return;
    }
    r->as.addr = (frond_addr){.family = n == 4 ? FROND_IPV4 : FROND_IPV6};
    memcpy(r->as.addr.ip, p->in.data + p->in.at, n);
}

static void read_soa(parse *p, frond_dns_record *r) {
    r->as.soa.primary = name(p);
    r->as.soa.mailbox = name(p);
    r->as.soa.serial = frond__wire_number(&p->in, 4);
    r->as.soa.refresh = frond__wire_number(&p->in, 4);
    r->as.soa.retry = frond__wire_number(&p->in, 4);
    r->as.soa.expire = frond__wire_number(&p->in, 4);
    r->as.soa.minimum = frond__wire_number(&p->in, 4);
}

static void read_txt(parse *p, frond_dns_record *r) {
    size_t n = 0, begin = p->in.at;
    for (; !p->in.bad && p->in.at < p->in.size; n++)
        frond__wire_skip(&p->in, frond__wire_number(&p->in, 1));
    frond_dns_bytes *list = p->in.bad ? NULL : take(p, n * sizeof *list + 1);
    if (!list)
        return;
    p->in.at = begin;
    for (size_t i = 0; i < n; i++)
        list[i] = counted(p);
    r->as.txt.strings = list;
    r->as.txt.count = n;
}

static void read_svcb(parse *p, frond_dns_record *r) {
    r->as.svcb.priority = u16(p);
    r->as.svcb.target = name(p);
    size_t n = 0, begin = p->in.at;
    for (; !p->in.bad && p->in.at < p->in.size; n++) {
        frond__wire_skip(&p->in, 2);
        frond__wire_skip(&p->in, frond__wire_number(&p->in, 2));
    }
    frond_dns_param *list = p->in.bad ? NULL : take(p, n * sizeof *list + 1);
    if (!list)
        return;
    p->in.at = begin;
    for (size_t i = 0; i < n; i++) {
        list[i].key = u16(p);
        list[i].value = bytes(p, u16(p));
    }
    r->as.svcb.params = list;
    r->as.svcb.count = n;
}

static void read_naptr(parse *p, frond_dns_record *r) {
    r->as.naptr.order = u16(p);
    r->as.naptr.preference = u16(p);
    r->as.naptr.flags = counted(p);
    r->as.naptr.services = counted(p);
    r->as.naptr.regexp = counted(p);
    r->as.naptr.replacement = name(p);
}

static void read_small(parse *p, frond_dns_record *r) {
    switch (r->type) {
    case FROND_DNS_MX:
        r->as.mx.preference = u16(p);
        r->as.mx.host = name(p);
        break;
    case FROND_DNS_SRV:
        r->as.srv.priority = u16(p);
        r->as.srv.weight = u16(p);
        r->as.srv.port = u16(p);
        r->as.srv.target = name(p);
        break;
    case FROND_DNS_URI:
        r->as.uri.priority = u16(p);
        r->as.uri.weight = u16(p);
        r->as.uri.target = rest(p);
        break;
    case FROND_DNS_CAA:
        r->as.caa.flags = u8(p);
        r->as.caa.tag = counted(p);
        r->as.caa.value = rest(p);
        break;
    case FROND_DNS_TLSA:
        r->as.tlsa.usage = u8(p);
        r->as.tlsa.selector = u8(p);
        r->as.tlsa.matching = u8(p);
        r->as.tlsa.data = rest(p);
        break;
    default:
        break;
    }
}

static void read_data(parse *p, frond_dns_record *r) {
    switch (r->type) {
    case FROND_DNS_A:
    case FROND_DNS_AAAA:
        read_address(p, r);
        break;
    case FROND_DNS_CNAME:
    case FROND_DNS_NS:
    case FROND_DNS_PTR:
        r->as.target = name(p);
        break;
    case FROND_DNS_SOA:
        read_soa(p, r);
        break;
    case FROND_DNS_TXT:
        read_txt(p, r);
        break;
    case FROND_DNS_SVCB:
    case FROND_DNS_HTTPS:
        read_svcb(p, r);
        break;
    case FROND_DNS_NAPTR:
        read_naptr(p, r);
        break;
    default:
        read_small(p, r);
    }
}

static void read_record(parse *p, const frond__rr *rr, frond_dns_record *r) {
    memset(r, 0, sizeof *r);
    p->in = (frond__wire){p->data, rr->data + rr->size, rr->data, false};
    r->type = rr->type;
    r->ttl = rr->ttl;
    r->raw = rest(p);
    p->in.at = rr->data;
    r->name = name_at(p, rr->name, NULL);
    read_data(p, r);
    if (p->in.bad && p->code == 0)
        p->code = FROND_EDNS_BADRESP;
}

/* Those of the type are counted first, so that the list is made once. */
static size_t count_of(parse *p, const frond__header *h, frond__wire w, int type) {
    size_t n = 0;
    frond__rr rr;
    for (unsigned i = 0; i < h->counts[1]; i++) {
        if (!frond__wire_record(&w, &rr)) {
            p->code = FROND_EDNS_BADRESP;
            return 0;
        }
        n += rr.type == type && rr.class == FROND__CLASS_IN;
    }
    return n;
}

static void read_all(parse *p, const frond__header *h, frond__wire w, int type) {
    frond__rr rr;
    size_t n = count_of(p, h, w, type);
    if (p->code == 0 && n == 0)
        p->code = FROND_EDNS_NODATA;
    if (p->code == 0 && !(p->to->list = frond_calloc(n, sizeof p->to->list[0])))
        p->code = FROND_ENOMEM;
    while (p->code == 0 && p->to->n < n && frond__wire_record(&w, &rr))
        if (rr.type == type && rr.class == FROND__CLASS_IN)
            read_record(p, &rr, &p->to->list[p->to->n++]);
}

int frond_dns_parse(const void *answer, size_t n, int type, uint64_t seed,
                    frond_dns_records **out) {
    parse p = {.data = answer, .size = n};
    frond__header h;
    frond__wire w;
    if (!answer || !out || type < 1 || type > 65535)
        return frond_fail_set(FROND_EINVAL, "dns parse");
    if (!frond__wire_begin(&w, answer, n, &h))
        return frond_fail_set(FROND_EDNS_BADRESP, "dns parse");
    if ((p.code = frond__wire_code(&h)) < 0)
        return frond_fail_set(p.code, "dns parse");
    if (!(p.to = frond_calloc(1, sizeof *p.to)))
        return frond_fail_set(FROND_ENOMEM, "dns parse");
    atomic_init(&p.to->refs, 1);
    read_all(&p, &h, w, type);
    if (p.code < 0) {
        frond_dns_records_free(p.to);
        return frond_fail_set(p.code, "dns parse");
    }
    frond__order(p.to->list, p.to->n, seed);
    *out = p.to;
    return 0;
}

size_t frond_dns_records_count(const frond_dns_records *records) {
    return records ? records->n : 0;
}

const frond_dns_record *frond_dns_records_at(const frond_dns_records *records, size_t i) {
    return records && i < records->n ? &records->list[i] : NULL;
}

frond_dns_records *frond__records_ref(frond_dns_records *records) {
    atomic_fetch_add_explicit(&records->refs, 1, memory_order_relaxed);
    return records;
}

void frond_dns_records_free(frond_dns_records *records) {
    if (!records ||
        atomic_fetch_sub_explicit(&records->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (chunk *c = records->chunks, *next; c; c = next) {
        next = c->next;
        frond_free(c);
    }
    frond_free(records->list);
    frond_free(records);
}
