#!/bin/sh
# SPDX-License-Identifier: MIT
# extract.sh FOLDER PAGE...: writes the samples of the pages to FOLDER (NAME.c, NAME.sh, NAME.text)
# and prints their names, one a line.  Files that have not changed are left alone.
set -eu
folder=$1
shift
fresh=$folder.new
rm -rf "$fresh"
mkdir -p "$folder" "$fresh"
awk -v folder="$fresh" '
    function bad(what) {
        print FILENAME ":" FNR ": " what > "/dev/stderr"
        failed = 1
        exit 1
    }
    /^<!-- sample: [a-z0-9_]+\.(c|sh)( silent)? -->$/ {
        if (file) bad("the sample " file " has no block")
        file = $3
        silent = $4 == "silent"
        next
    }
    /^<!-- sample/ { bad("not a sample: " $0) }
    /^```/ && out {
        close(out)
        out = ""
        next
    }
    /^```(c|sh)$/ && file {
        name = file
        sub(/\..*/, "", name)
        want = silent ? "" : name
        if (silent) {
            texts[name] = 1
            printf "" > (folder "/" name ".text")
        }
        if (seen[file]++) bad("there is a sample " file " already")
        out = folder "/" file
        printf "" > out
        names[name] = 1
        file = ""
        next
    }
    /^```text$/ && want {
        out = folder "/" want ".text"
        printf "" > out
        texts[want] = 1
        want = ""
        next
    }
    out { print > out }
    END {
        if (failed) exit 1
        for (name in names) {
            if (!(name in texts)) bad("the sample " name " has no output")
            print name | "sort"
        }
    }' "$@"
for old in "$folder"/*; do
    [ -e "$fresh/${old##*/}" ] || rm -f "$old"
done
for new in "$fresh"/*; do
    cmp -s "$new" "$folder/${new##*/}" || cp "$new" "$folder/"
done
rm -rf "$fresh"
