#!/bin/sh
# SPDX-License-Identifier: MIT
# say-status.sh PROGRAM...: runs it, and says how it ended if that is not well: an emulator may end before
# the test could say a word.
"$@"
status=$?
case $status in
0 | 77) ;;
*) echo "$1: exit status $status" ;;
esac
exit $status
