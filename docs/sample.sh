#!/bin/sh
# SPDX-License-Identifier: MIT
# sample.sh SAMPLE PROGRAM: runs a sample (SAMPLE.sh, then PROGRAM unless it is "-") in a
# folder of its own and compares what it prints with SAMPLE.text, where "..." stands for anything.
set -eu
sample=$1 program=$2
work=${FROND_TEST_TMP:?}
rm -rf "$work"
mkdir -p "$work"
cd "$work"
for needed in "$program" "${FROND_PROGRAM:--}"; do
    if [ "$needed" != - ] && [ ! -x "$needed" ]; then
        echo "$needed is not built" >&2
        exit 1
    fi
done
if [ -n "${FROND_PROGRAM:-}" ]; then
    PATH=$(dirname "$FROND_PROGRAM"):$PATH
fi
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

status=0
{
    if [ -f "$sample.sh" ]; then
        sh -eu "$sample.sh"
    fi
    if [ "$program" != - ]; then
        "$program"
    fi
} >said 2>&1 </dev/null || status=$?
tr -d '\r' <said >printed # where lines end in two characters

if [ $status -ne 0 ]; then
    cat printed
    echo "$(basename "$sample"): exit status $status" >&2
    exit 1
fi

# The pieces between the dots must come one after the other, the first at the beginning, the last at
# the end.
if ! awk '
    function slurp(file,    text, line) {
        while ((getline line < file) > 0) text = text line "\n"
        return text
    }
    function split_at(text, dots, list,    n, at) {
        while ((at = index(text, dots))) {
            list[++n] = substr(text, 1, at - 1)
            text = substr(text, at + length(dots))
        }
        list[++n] = text
        return n
    }
    BEGIN {
        expected = slurp(ARGV[1])
        printed = slurp(ARGV[2])
        n = split_at(expected, "...", piece)
        if (n == 1) exit printed != expected
        if (index(printed, piece[1]) != 1) exit 1
        printed = substr(printed, length(piece[1]) + 1)
        for (i = 2; i < n; i++) {
            at = index(printed, piece[i])
            if (!at) exit 1
            printed = substr(printed, at + length(piece[i]))
        }
        last = length(piece[n])
        exit !(length(printed) >= last && substr(printed, length(printed) - last + 1) == piece[n])
    }' "$sample.text" printed; then
    echo "it prints:"
    cat printed
    echo "expected:"
    cat "$sample.text"
    exit 1
fi
