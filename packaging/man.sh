#!/bin/sh
# SPDX-License-Identifier: MIT
# man.sh PROGRAM FILE: writes frond.1 to FILE, from what `PROGRAM help` and its commands print.
set -eu
program=$1 file=$2

section() {
    printf '.SH %s\n.nf\n' "$1"
    shift
    "$program" "$@" | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/"
    echo .fi
}

{
    echo '.\" SPDX-License-Identifier: MIT'
    echo '.\" Made by packaging/man.sh from frond help'
    printf '.TH FROND 1 "" "%s" "User Commands"\n' "$("$program" version)"
    printf '.SH NAME\nfrond \\- fetch many URLs at once, and serve a site to try that on\n'
    section SYNOPSIS help
    section "FROND FETCH" help fetch
    section "FROND SERVE" help serve
    section "FROND VERSION" help version
} >"$file.new"
mv "$file.new" "$file"
