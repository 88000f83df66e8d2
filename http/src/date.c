/* SPDX-License-Identifier: MIT */
/* Dates by pattern: each of the three forms is a string of field letters, so reading one
 * is a walk over the pattern, and days come from the proleptic Gregorian calendar counted
 * from March, where the leap day is the year's last. */
#include "date.h"

#include "ascii.h"

#include <frond/error.h>

#include <stdio.h>
#include <string.h>

enum { DAY = 86400, DAYS_TO_1970 = 719468 /* from 1 March of year 0 */ };

static const char days[] = "SunMonTueWedThuFriSat";
static const char long_days[] =
    "Sunday   Monday   Tuesday  WednesdayThursday Friday   Saturday ";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct civil {
    int64_t year;
    int month, day, hour, minute, second; /* month 1 .. 12 */
};

static int64_t to_days(const struct civil *c) {
    int64_t y = c->month <= 2 ? c->year - 1 : c->year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, in_era = y - era * 400;
    int64_t month = (c->month + 9) % 12;
    int64_t day = (153 * month + 2) / 5 + c->day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + day - DAYS_TO_1970;
}

static void from_days(int64_t z, struct civil *c) {
    z += DAYS_TO_1970;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097, day = z - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153;
    c->day = (int)(day - (153 * month + 2) / 5 + 1);
    c->month = (int)(month < 10 ? month + 3 : month - 9);
    c->year = year + era * 400 + (c->month <= 2);
}

int frond__http_date_format(int64_t seconds, char out[FROND__HTTP_DATE_TEXT]) {
    const int64_t first = INT64_C(-62135596800), last = INT64_C(253402300799);
    out[0] = '\0';
    if (seconds < first || seconds > last)
        return FROND_EINVAL;
    int64_t day = (seconds - first) / DAY, left = (seconds - first) % DAY;
    struct civil c = {0};
    from_days(day + first / DAY, &c);
    int weekday = (int)((day + 1) % 7); /* 1 January of year 1 was a Monday */
    unsigned of_month = (unsigned)c.day % 100,
             year = (unsigned)c.year % 10000; /* it fits */
    snprintf(out, FROND__HTTP_DATE_TEXT, "%.3s, %02u %.3s %04u %02d:%02d:%02d GMT",
             days + 3 * weekday, of_month, months + 3 * (c.month - 1), year,
             (int)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
    return 0;
}

/* ---- reading ---- */

/* Where a reader stands. */
struct text {
    const char *at, *end;
};

static int number(struct text *t, int digits, int *value) {
    *value = 0;
    for (int i = 0; i < digits; i++, t->at++) {
        if (t->at == t->end || !frond__ascii_digit(*t->at))
            return 0;
        *value = *value * 10 + (*t->at - '0');
    }
    return 1;
}

/* One of the names in a row of names of one width, padded with spaces; answers 1 and its
 * index. */
static int name(struct text *t, const char *row, size_t width, int *index) {
    for (*index = 0; row[0] != '\0'; row += width, ++*index) {
        size_t n = width;
        while (row[n - 1] == ' ')
            n--;
        if ((size_t)(t->end - t->at) >= n && memcmp(t->at, row, n) == 0) {
            t->at += n;
            return 1;
        }
    }
    return 0;
}

/* The day of asctime: two digits, or a space and one. */
static int padded_day(struct text *t, int *value) {
    if (t->at == t->end || *t->at != ' ')
        return number(t, 2, value);
    t->at++;
    return number(t, 1, value);
}

/* Letters are fields: a and A a short and long day name, d day, e padded day, b month, Y
 * and y year of four and two digits, h m s.  Anything else stands for itself. */
static int match(struct text t, const char *pattern, struct civil *c) {
    int value = 0, ok = 1;
    for (; ok && *pattern != '\0'; pattern++) {
        switch (*pattern) {
        case 'a':
            ok = name(&t, days, 3, &value);
            break;
        case 'A':
            ok = name(&t, long_days, 9, &value);
            break;
        case 'b':
            ok = name(&t, months, 3, &value), c->month = value + 1;
            break;
        case 'd':
            ok = number(&t, 2, &c->day);
            break;
        case 'e':
            ok = padded_day(&t, &c->day);
            break;
        case 'Y':
            ok = number(&t, 4, &value), c->year = value;
            break;
        case 'y':
            ok = number(&t, 2, &value), c->year = value;
            break;
        case 'h':
            ok = number(&t, 2, &c->hour);
            break;
        case 'm':
            ok = number(&t, 2, &c->minute);
            break;
        case 's':
            ok = number(&t, 2, &c->second);
            break;
        default:
            ok = t.at < t.end && *t.at++ == *pattern;
            break;
        }
    }
    return ok && t.at == t.end;
}

static int valid(const struct civil *c) {
    static const char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
    int most = lengths[c->month - 1] + (c->month == 2 && leap);
    return c->year >= 1 && c->day >= 1 && c->day <= most && c->hour < 24 &&
           c->minute < 60 && c->second <= 60; /* 60: a leap second */
}

/* RFC 9110 5.6.7: a year that looks more than 50 years ahead is the latest past one. */
static void settle_century(struct civil *c, int64_t now) {
    struct civil today = {0};
    from_days(now / DAY, &today);
    c->year += today.year - today.year % 100;
    if (c->year > today.year + 50)
        c->year -= 100;
}

int frond__http_date_parse(const char *text, size_t len, int64_t now, int64_t *seconds) {
    struct text t = {text, text + len};
    struct civil c = {0};
    if (!match(t, "a, d b Y h:m:s GMT", &c) && !match(t, "a b e h:m:s Y", &c)) {
        if (!match(t, "A, d-b-y h:m:s GMT", &c))
            return FROND_EHTTP_PROTOCOL;
        settle_century(&c, now);
    }
    if (!valid(&c))
        return FROND_EHTTP_PROTOCOL;
    *seconds = to_days(&c) * DAY + c.hour * 3600 + c.minute * 60 + c.second;
    return 0;
}

int frond__http_retry_after(const char *text, size_t len, int64_t now, uint64_t *ms) {
    const uint64_t most = UINT64_MAX / 1000;
    uint64_t delay = 0;
    size_t i = 0;
    for (; i < len && frond__ascii_digit(text[i]); i++)
        if (delay <= most)
            delay = delay * 10 + (uint64_t)(text[i] - '0');
    if (len > 0 && i == len) {
        *ms = delay > most ? UINT64_MAX : delay * 1000;
        return 0;
    }
    int64_t when;
    if (frond__http_date_parse(text, len, now, &when) < 0)
        return FROND_EHTTP_PROTOCOL;
    *ms = when > now ? (uint64_t)(when - now) * 1000 : 0;
    return 0;
}
