/* SPDX-License-Identifier: MIT */
/* The help texts. */
#include "command.h"

const char help_text[] =
    "usage: frond COMMAND ...\n"
    "\n"
    "  fetch    fetch many URLs at once\n"
    "  serve    a site for demonstrations and tests, with its own name server\n"
    "  ctl      look into a running program that has a backdoor\n"
    "  config   print the settings: FROND_ variables of the environment\n"
    "  version  print the version; with --verbose what it is made of\n"
    "  help     explain a command: frond help fetch\n";

const char help_fetch[] =
    "usage: frond fetch [options] [URL ...]\n"
    "\n"
    "Fetches URLs, many at once. Without --output and --json it prints a line for each:\n"
    "status, bytes, milliseconds, URL.\n"
    "\n"
    "  -i, --input FILE         URLs, one a line (-: standard input); blank lines and "
    "lines\n"
    "                           that begin with # are skipped\n"
    "  -c, --concurrency N      in flight per process (64)\n"
    "      --per-host N         in flight per host and process (16)\n"
    "  -j, --jobs N             worker processes (1: this one)\n"
    "  -o, --output DIR         bodies to files below DIR\n"
    "  -t, --timeout S          seconds for one URL in all, retries included (30)\n"
    "      --connect-timeout S  seconds for one connect (10)\n"
    "  -r, --retries N          after connection errors, 429 and 502 to 504 (2)\n"
    "      --max-redirects N    (10)\n"
    "      --max-body BYTES     refuse longer bodies (no limit)\n"
    "      --cacert FILE        trust these CAs instead of the system's\n"
    "      --insecure           accept any certificate\n"
    "      --nameserver IP[:PORT]\n"
    "      --header 'N: V'      add a request header; may be repeated\n"
    "      --user-agent S\n"
    "      --json               one JSON object a URL on standard output\n"
    "      --backdoor SOCKET    see frond help ctl\n"
    "      --progress, --no-progress\n"
    "                           a live line on stderr (on when that is a terminal)\n"
    "\n"
    "Exit status: 0 every URL ended in 2xx, 1 some failed, 2 wrong usage, 130 "
    "interrupted.\n";

const char help_serve[] =
    "usage: frond serve [options] [DIR]\n"
    "\n"
    "Serves DIR, or made-up pages, on loopback. Prints one line of JSON that says what\n"
    "listens where, then serves until Ctrl-C, which lets requests finish first.\n"
    "\n"
    "      --http PORT          HTTP (0: any free port; the default when nothing is "
    "asked for)\n"
    "      --https PORT         HTTPS, with a certificate made on the spot unless "
    "--cert\n"
    "      --cert FILE, --key FILE\n"
    "      --dns PORT           a name server: every name below the zone is 127.0.0.1\n"
    "      --zone NAME          (frond.test)\n"
    "      --pages N            pages /page/1 ... /page/N (1000 when there is no DIR)\n"
    "      --delay MS           wait before each answer\n"
    "  -j, --jobs N             worker processes that serve together (1: none)\n"
    "      --backdoor SOCKET    see frond help ctl\n"
    "      --ca-dir DIR         where the made CA is written (the folder for temporary "
    "files)\n";

const char help_ctl[] =
    "usage: frond ctl SOCKET [COMMAND ...]\n"
    "\n"
    "Sends a command to a running program through its backdoor, a unix socket or "
    "HOST:PORT,\n"
    "and prints the answer; without a command it reads commands, a line each. Programs "
    "open\n"
    "one by frond_backdoor_start, and frond fetch and frond serve by --backdoor SOCKET.\n"
    "\n"
    "  ps                       all greenlets, a line each\n"
    "  top                      what most greenlets are doing; on a terminal until "
    "q\n"
    "  bt ID                    where a greenlet stands\n"
    "  kill ID [ERROR]          ends a greenlet\n"
    "  stat [--openmetrics]     numbers\n"
    "  dump, config, trace FILE|off, help, and the program's own\n"
    "\n"
    "Exit status: 0, 1 the command failed or nobody answers, 2 wrong usage.\n";

const char help_config[] =
    "usage: frond config\n"
    "\n"
    "Prints every setting: its name, its value here, where that is from, what it does,\n"
    "what it may be, and its default. Settings are variables of the environment.\n"
    "\n"
    "Exit status: 0, or 1 when a value is not allowed.\n";

const char help_version[] =
    "usage: frond version [--verbose] [--json]\n"
    "\n"
    "Prints the version, and with --verbose what a report of a bug should say: the "
    "system,\n"
    "how stacks are switched and guarded, the libraries that were loaded.\n"
    "\n"
    "      --verbose            one fact a line\n"
    "      --json               all of them as one JSON object\n";
