#!/bin/sh
# SPDX-License-Identifier: MIT
# must-die.sh REGEX PROGRAM [ARG...]: passes when the program fails, by a signal or by its exit
# status, and what it printed matches the extended regular expression.
set -u
regex=$1
shift
ulimit -c 0
output=$("$@" 2>&1)
status=$?
printf '%s\n' "$output"
if [ "$status" -eq 77 ]; then
    exit 77
fi
if [ "$status" -eq 0 ]; then
    echo "must-die: it succeeded" >&2
    exit 1
fi
if ! printf '%s\n' "$output" | grep -Eq -- "$regex"; then
    echo "must-die: status $status as it should, but nothing it said matches: $regex" >&2
    exit 1
fi
