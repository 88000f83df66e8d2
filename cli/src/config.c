/* SPDX-License-Identifier: MIT */
/* `frond config`: the settings as this program finds them. */
#include "command.h"

#include <frond/frond.h>
#include <stdio.h>

int command_config(int argc, char **argv) {
    if (argc > 0)
        return usage_error("", "config: there is no option %s", argv[0]);
    fflush(stdout);
    int rc = frond_config_print(1);
    if (rc == FROND_EIO || rc == FROND_ENOMEM)
        return complain("standard output cannot be written");
    return rc < 0 ? complain("%s", frond_error_text()) : 0;
}
