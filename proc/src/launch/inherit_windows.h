/* SPDX-License-Identifier: MIT */
/* What a child inherits on Windows: an exact list of handles, which exist, or are marked as inherited, only while it is
 * created; and the job that it is in. */
#ifndef FROND_INHERIT_WINDOWS_H
#define FROND_INHERIT_WINDOWS_H

#include "launch/launch.h"
#include <windows.h>

typedef struct {
    HANDLE all[3 + FROND__MOST_PASSED];
    DWORD n, copies; /* the copies are the first */
    STARTUPINFOEXW info;
} frond__inheritance;

/* Before it is created, and in any case afterwards: in between all others have to wait. */
void frond__inherit_begin(frond__inheritance *in);
void frond__inherit_end(frond__inheritance *in);

/* A copy that is inherited; NULL of what is not there. */
HANDLE frond__inherit_copy(frond__inheritance *in, HANDLE h);
/* Itself, after all copies.  false with the system's error. */
bool frond__inherit_itself(frond__inheritance *in, HANDLE h);
/* Once all are there, for CreateProcess.  job: NULL, or of NULL, is none, and has to stay until then; console: NULL is
 * none.  false with the system's error. */
bool frond__inherit_all(frond__inheritance *in, HANDLE *job, void *console);

/* A job with those JOB_OBJECT_LIMIT flags, or NULL. */
HANDLE frond__job_make(DWORD limits);

#endif
