/* SPDX-License-Identifier: MIT */
/* What a worker has of its parent on Windows, and exceptions as its end. */
#include "support.h"

#include <frond/proc.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

static int crash_main(frond_child *self) {
    (void)self;
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    RaiseException((DWORD)STATUS_ACCESS_VIOLATION, 0, 0, NULL);
    return 0;
}

/* Whether the environment that the child began with is in the order of names, up to what stands behind its
 * variable: Wine adds others at the end. */
static bool environment_sorted = true;

static bool precedes(const wchar_t *a, const wchar_t *b) {
    return CompareStringOrdinal(a, 1 + (int)wcscspn(a + 1, L"="), b,
                                1 + (int)wcscspn(b + 1, L"="), TRUE) == CSTR_LESS_THAN;
}

static void look_at_environment(void) {
    wchar_t *all = GetEnvironmentStringsW();
    const wchar_t *e = all;
    for (bool ours = false; *e && !ours; e += wcslen(e) + 1) {
        const wchar_t *next = e + wcslen(e) + 1;
        ours = wcsncmp(e, L"FROND_CHILD=", 12) == 0;
        if (*next && !precedes(e, next))
            environment_sorted = false;
    }
    FreeEnvironmentStringsW(all);
}

/* What a child finds: handles of files, greenlets, the environment, a job. */
static int look_main(frond_child *self) {
    char text[200];
    size_t len;
    BOOL in_job = FALSE;
    IsProcessInJob(GetCurrentProcess(), NULL, &in_job);
    HANDLE file = NULL;
    memcpy(&file, frond_child_args(self, &len), sizeof file);
    DWORD size = GetFileSize(file, NULL);
    snprintf(text, sizeof text, "file %s greenlets %d env %d sorted %d job %d",
             size == INVALID_FILE_SIZE ? "none" : "there", (int)frond_hub_greenlets(),
             GetEnvironmentVariableW(L"FROND_CHILD", NULL, 0) != 0, environment_sorted,
             in_job != 0);
    return frond_pipe_send(frond_child_pipe(self, 0), text, strlen(text), FROND_NEVER);
}

static const frond_entry entries[] = {{"crash", crash_main}, {"look", look_main}, {0}};

static void crashes(void) {
    frond_process *p = NULL;
    int status = 0;
    char text[80];
    CHECK_INT(frond_process_start("crash", NULL, &p, frond_in(20000)), 0);
    CHECK_INT(frond_process_join(p, &status, frond_in(20000)), 0);
    CHECK_INT(status, (int)STATUS_ACCESS_VIOLATION);
    CHECK_TEXT(frond_process_status_text(status, text, sizeof text),
               "ended by exception 0xc0000005 (access violation)");
    frond_process_free(p);
}

/* A handle that others would inherit. */
static void what_a_child_finds(void) {
    frond_process *p = NULL;
    frond_pipe *ours, *theirs;
    void *msg = NULL;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE file = CreateFileW(L"frond-inherited", GENERIC_READ | GENERIC_WRITE, 0,
                              &inherited, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    frond_pipe_pair(NULL, &ours, &theirs);
    frond_process_options o = {.args = &file,
                               .args_len = sizeof file,
                               .pipes = &theirs,
                               .n_pipes = 1,
                               .daemon = 1};
    CHECK_INT(frond_process_start("look", &o, &p, frond_in(20000)), 0);
    CHECK(frond_pipe_receive(ours, &msg, frond_in(20000)) > 0);
    CHECK_TEXT(msg, "file none greenlets 0 env 0 sorted 1 job 1");
    frond_free(msg);
    CHECK_INT(frond_process_join(p, NULL, frond_in(20000)), 0);
    frond_process_free(p);
    frond_pipe_free(ours);
    frond_pipe_free(theirs);
    CloseHandle(file);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"crashes", crashes}, {"demand 20: what a child finds", what_a_child_finds}, {0}};
    look_at_environment();
    if (frond_init(&argc, &argv, entries) < 0)
        return 1;
    frond_hub_close(FROND_NOW);
    return test_main("proc/process on Windows", tests, argc, argv);
}
