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
    if (strcmp(argv[0], "config") == 0)
        return print(help_config);
    if (strcmp(argv[0], "version") == 0)
        return print(help_version);
    return usage_error("", "there is no command \"%s\"", argv[0]);
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
    if (strcmp(command, "fetch") == 0 || strcmp(command, "serve") == 0)
        if (frond_config_check() < 0)
            return complain("%s", frond_error_text());
    if (strcmp(command, "fetch") == 0)
        return command_fetch(argc, argv);
    if (strcmp(command, "serve") == 0)
        return command_serve(argc, argv);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0)
        return command_version(argc, argv);
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0 ||
        strcmp(command, "-h") == 0)
        return help(argc, argv);
    return usage_error("", "there is no command \"%s\"", command);
}
