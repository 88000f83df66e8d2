#!/bin/sh
# SPDX-License-Identifier: MIT
# say-status.sh PROGRAM...: runs it, and says how it ended if that is not well: an emulator may end before
# the test could say a word.  What it prints goes by way of a file: a process of the emulator's own that outlives it
# would hold a pipe open, and have everybody wait for ever.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
"$@" >"$output" 2>&1
status=$?
cat "$output"
case $status in
0 | 77) ;;
*) echo "$1: exit status $status" ;;
esac
exit $status
