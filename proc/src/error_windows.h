/* SPDX-License-Identifier: MIT */
/* What Windows says went wrong, and what it says of those that are ended. */
#ifndef FROND_ERROR_WINDOWS_H
#define FROND_ERROR_WINDOWS_H

#include <frond/error.h>
#include <frond/impl/fail.h>
#include <windows.h>

enum { FROND__KILLED_STATUS = 1 }; /* of a process that was ended */

static inline int frond__windows_error(DWORD error) {
    int rc = frond_error_from_system((int)error);
    return rc ? rc : FROND_EUNKNOWN;
}

static inline int frond__last_error(void) {
    return frond__windows_error(GetLastError());
}

#endif
