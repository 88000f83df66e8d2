/* SPDX-License-Identifier: MIT */
/* The monitor on Windows: events wake it, Ctrl-Break asks for dumps, and a thread is looked at while it is
 * suspended.  The system's unwinder takes no lock that such a thread could have, save when code is being
 * generated or unloaded. */
#include "monitor/monitor.h"

#include "report/unwind_windows.h"
#include <windows.h>

static HANDLE stop, dump; /* events that are reset by whoever waits for them */
static bool handles_break;

static BOOL WINAPI console_says(DWORD what) {
    if (what != CTRL_BREAK_EVENT || !dump)
        return FALSE;
    SetEvent(dump);
    return TRUE;
}

static void close_event(HANDLE *event) {
    if (*event)
        CloseHandle(*event);
    *event = NULL;
}

int frond__waker_begin(int signal) {
    stop = CreateEventW(NULL, FALSE, FALSE, NULL);
    dump = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!stop || !dump) {
        close_event(&stop);
        close_event(&dump);
        return FROND_ENOMEM;
    }
    handles_break = signal && SetConsoleCtrlHandler(console_says, TRUE);
    return 0;
}

void frond__waker_end(void) {
    if (handles_break)
        SetConsoleCtrlHandler(console_says, FALSE);
    handles_break = false;
    close_event(&stop);
    close_event(&dump);
}

void frond__waker_stop(void) {
    SetEvent(stop);
}

void frond__waker_forget(void) { /* there are no forks */
}

unsigned frond__waker_wait(int ms) {
    HANDLE events[] = {stop, dump};
    switch (WaitForMultipleObjects(2, events, FALSE, ms < 0 ? INFINITE : (DWORD)ms)) {
    case WAIT_OBJECT_0:
        return FROND__MONITOR_STOP;
    case WAIT_OBJECT_0 + 1:
        return FROND__MONITOR_DUMP;
    }
    return 0;
}

void frond__signals_mask(void) {
}

void frond__signals_unmask(void) {
}

void frond__sample_enroll(frond_hub *h) {
    (void)h; /* its thread's number is all it takes */
}

void frond__sample_end(void) {
}

bool frond__sample_take(frond__sample *s, uint64_t number) {
    HANDLE thread =
        OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION,
                   FALSE, (DWORD)number);
    if (!thread)
        return false;
    bool taken = SuspendThread(thread) != (DWORD)-1;
    if (taken) {
        if (frond__sample_look(s))
            s->n = frond__unwind_thread(thread, s->frames,
                                        (int)(sizeof s->frames / sizeof s->frames[0]));
        ResumeThread(thread);
    }
    CloseHandle(thread);
    return taken;
}
