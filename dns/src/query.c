/* SPDX-License-Identifier: MIT */
/* Asking for records. */
#include "inside.h"

#include <frond/error.h>
#include <frond/impl/fail.h>

int frond_dns_query(frond_resolver *r, const char *name, int type,
                    frond_dns_records **out, frond_deadline d) {
    frond__name folded;
    const char *why;
    frond__answer *a;
    int rc = frond__enter(r, d);
    if (rc < 0)
        return rc;
    if (!name || !out || type < 1 || type > 65535)
        return frond_fail_set(FROND_EINVAL, "dns query");
    if ((rc = frond__resolver_enter(&r)) < 0)
        return rc;
    frond__name_fold(name, &folded);
    if ((rc = frond__name_check(&folded, true, &why)) < 0)
        return frond_fail_text(rc, "query %.255s: %s", name, why);
    if ((rc = frond__look_up(r, &folded, type, &a, d)) < 0)
        return frond_fail_text(rc, "query %.255s, type %d: %s", name, type,
                               rc == FROND_EDNS_NODATA ? "no such record"
                                                       : frond_error_message(rc));
    *out = frond__records_ref(a->records);
    frond__answer_unref(a);
    return 0;
}
