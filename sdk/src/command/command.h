/* SPDX-License-Identifier: MIT */
/* Commands inside sdk. */
#ifndef FROND_SRC_COMMAND_H
#define FROND_SRC_COMMAND_H

#include "report/page.h"
#include <frond/command.h>

struct frond_reply {
    frond__page page;
    frond_deadline deadline; /* of the command */
};

FROND_INTERNAL int frond__command_ps(frond_reply *out, int argc, const char *const *argv,
                                     void *arg);
FROND_INTERNAL int frond__command_bt(frond_reply *out, int argc, const char *const *argv,
                                     void *arg);
FROND_INTERNAL int frond__command_kill(frond_reply *out, int argc,
                                       const char *const *argv, void *arg);
FROND_INTERNAL int frond__command_dump(frond_reply *out, int argc,
                                       const char *const *argv, void *arg);
FROND_INTERNAL int frond__command_top(frond_reply *out, int argc, const char *const *argv,
                                      void *arg);
FROND_INTERNAL int frond__command_stat(frond_reply *out, int argc,
                                       const char *const *argv, void *arg);

/* FROND_EINVAL: "ps: ...". */
FROND_INTERNAL int frond__command_refuse(const char *name, const char *why);

#endif
