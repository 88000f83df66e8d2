/* SPDX-License-Identifier: MIT */
/* The program `frond`: it finds the command and runs it. */
#include "command.h"
#include "os.h"
#include "serve.h"
#include "worker.h"

#include <frond/frond.h>
#include <stdio.h>
#include <string.h>

static int print(const char *text) {
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
        return complain("standard output cannot be written");
    return 0;
}

static int help(int argc, char **argv) {
    if (argc == 0)
        return print(help_text);
    if (strcmp(argv[0], "fetch") == 0)
        return print(help_fetch);
    if (strcmp(argv[0], "serve") == 0)
        return print(help_serve);
    if (strcmp(argv[0], "ctl") == 0)
        return print(help_ctl);
    if (strcmp(argv[0], "config") == 0)
        return print(help_config);
    if (strcmp(argv[0], "version") == 0)
        return print(help_version);
    return usage_error("", "there is no command \"%s\"", argv[0]);
}

/* Takes --backdoor SOCKET out of the arguments. */
static int take_backdoor(int *argc, char **argv, const char **where) {
    int kept = 0, n = *argc;
    for (int i = 0; i < n; i++) {
        if (strncmp(argv[i], "--backdoor=", 11) == 0)
            *where = argv[i] + 11;
        else if (strcmp(argv[i], "--backdoor") != 0)
            argv[kept++] = argv[i];
        else if (i + 1 < n)
            *where = argv[++i];
        else
            return usage_error("", "--backdoor needs a value");
    }
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

/* `frond fetch` or `frond serve`, with a backdoor if that is asked for. */
static int work(const char *command, int argc, char **argv) {
    const char *where = NULL;
    frond_backdoor *door = NULL;
    if (frond_config_check() < 0)
        return complain("%s", frond_error_text());
    int rc = take_backdoor(&argc, argv, &where);
    if (rc)
        return rc;
    if (where && frond_backdoor_start(where, NULL, &door) < 0)
        return complain("--backdoor: %s", frond_error_text());
    if (door)
        fprintf(stderr, "frond: backdoor at %s\n", frond_backdoor_where(door));
    rc = strcmp(command, "fetch") == 0 ? command_fetch(argc, argv)
                                       : command_serve(argc, argv);
    frond_backdoor_free(door);
    return rc;
}

int main(int argc, char **argv) {
    static const frond_entry entries[] = {
        {"fetch", fetch_worker}, {"serve", crew_worker}, {0}};
    os_begin(&argc, &argv);
    if (frond_init(&argc, &argv, entries) < 0)
        return complain("%s", frond_error_text());
    os_begin_worker();
    if (argc < 2)
        return usage_error("", "no command given");
    const char *command = argv[1];
    argc -= 2;
    argv += 2;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            argv[0] = argv[-1];
            return help(1, argv);
        }
    if (strcmp(command, "config") == 0)
        return command_config(argc, argv);
    if (strcmp(command, "ctl") == 0)
        return command_ctl(argc, argv);
    if (strcmp(command, "fetch") == 0 || strcmp(command, "serve") == 0)
        return work(command, argc, argv);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0)
        return command_version(argc, argv);
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0 ||
        strcmp(command, "-h") == 0)
        return help(argc, argv);
    return usage_error("", "there is no command \"%s\"", command);
}
