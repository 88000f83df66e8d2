/* SPDX-License-Identifier: MIT */
/* Settings inside sdk. */
#ifndef FROND_SRC_CONFIG_H
#define FROND_SRC_CONFIG_H

#include "compat.h"
#include "report/page.h"
#include <frond/impl/settings.h>
#include <stdbool.h>
#include <stdio.h>

typedef enum {
    FROND__FLAG,
    FROND__NUMBER,
    FROND__SIZE,
    FROND__CHOICE,
    FROND__SIGNAL,
    FROND__ADDRESSES,
    FROND__PATH,
    FROND__TEXT
} frond__setting_type;

typedef struct {
    const char *name; /* with FROND_ */
    frond__setting_type type;
    uint64_t least, most;
    const char *words, *fallback, *text; /* fallback: the default; "": none */
} frond__setting;

FROND_INTERNAL extern const frond__setting frond__settings[FROND_SETTING_COUNT];

enum {
    FROND__VALUE = 1024,  /* room for a value */
    FROND__ALLOWED = 200, /* and for what is allowed */
    FROND__COMPLAINT = FROND__VALUE + FROND__ALLOWED + 60
};

/* Whether text is a value of the setting; of one that is a number, that in *number. */
FROND_INTERNAL bool frond__setting_parse(const frond__setting *s, const char *text,
                                         uint64_t *number);
/* "a number from 1 to 100". */
FROND_INTERNAL void frond__setting_allowed(const frond__setting *s, char *out,
                                           size_t cap);

/* All of them, a line each. */
FROND_INTERNAL void frond__config_page(frond__page *p);

/* Before a hub is made, and after its end.  0, or FROND_EINVAL, told and recorded: there can be none. */
FROND_INTERNAL int frond__config_enter(void);
FROND_INTERNAL void frond__config_leave(void);
/* In a forked child, which has no hub; the registry's lock is held, or nobody else is there. */
FROND_INTERNAL void frond__config_forget(void);

#endif
