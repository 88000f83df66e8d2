/* SPDX-License-Identifier: MIT */
#include "launch/inherit_windows.h"

#include <frond/impl/memory.h>

#ifndef PROC_THREAD_ATTRIBUTE_JOB_LIST /* Windows 10's */
#define PROC_THREAD_ATTRIBUTE_JOB_LIST 0x2000d
#endif
#ifndef PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE
#define PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE 0x20016
#endif

static SRWLOCK creating = SRWLOCK_INIT;

void frond__inherit_begin(frond__inheritance *in) {
    AcquireSRWLockExclusive(&creating);
    *in = (frond__inheritance){
        .info.StartupInfo = {.cb = sizeof in->info, .dwFlags = STARTF_USESTDHANDLES}};
}

void frond__inherit_end(frond__inheritance *in) {
    for (DWORD i = 0; i < in->n; i++)
        if (i < in->copies)
            CloseHandle(in->all[i]);
        else
            SetHandleInformation(in->all[i], HANDLE_FLAG_INHERIT, 0);
    if (in->info.lpAttributeList)
        DeleteProcThreadAttributeList(in->info.lpAttributeList);
    frond_free(in->info.lpAttributeList);
    ReleaseSRWLockExclusive(&creating);
}

HANDLE frond__inherit_copy(frond__inheritance *in, HANDLE h) {
    HANDLE self = GetCurrentProcess(), copy;
    if (!h || h == INVALID_HANDLE_VALUE ||
        !DuplicateHandle(self, h, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return NULL;
    in->all[in->n++] = copy;
    in->copies = in->n;
    return copy;
}

/* A handle may be there but once. */
bool frond__inherit_itself(frond__inheritance *in, HANDLE h) {
    for (DWORD i = 0; i < in->n; i++)
        if (in->all[i] == h)
            return true;
    if (!SetHandleInformation(h, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT))
        return false;
    in->all[in->n++] = h;
    return true;
}

static bool make_list(frond__inheritance *in, DWORD most) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(NULL, most, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = frond_alloc(size);
    if (!list) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    if (!InitializeProcThreadAttributeList(list, most, 0, &size)) {
        frond_free(list);
        return false;
    }
    in->info.lpAttributeList = list;
    return true;
}

static bool add(frond__inheritance *in, DWORD_PTR attribute, void *value, SIZE_T size) {
    return UpdateProcThreadAttribute(in->info.lpAttributeList, 0, attribute, value, size,
                                     NULL, NULL);
}

bool frond__inherit_all(frond__inheritance *in, HANDLE *job, void *console) {
    return make_list(in, 3) &&
           (!job || !*job || add(in, PROC_THREAD_ATTRIBUTE_JOB_LIST, job, sizeof *job)) &&
           (!console ||
            add(in, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console, sizeof console)) &&
           (!in->n ||
            add(in, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, in->all, in->n * sizeof *in->all));
}

HANDLE frond__job_make(DWORD limits) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION about = {.BasicLimitInformation.LimitFlags =
                                                      limits};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (job && !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &about,
                                        sizeof about)) {
        CloseHandle(job);
        job = NULL;
    }
    return job;
}
