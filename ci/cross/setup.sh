#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh TARGET: makes sure that what a target needs is there and prints its folder.  All is kept
# outside the tree, in a folder named after the scripts that make it, so each is made once per machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
stamp=$(cat "$here"/*.sh | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/frond-cross/$stamp
mkdir -p "$cache"

# part NAME SCRIPT [ARG...]: has the script make the folder NAME of the cache, its last argument.  Paths
# are written into what is made, so it is made in place; a file beside it says that it is whole.
part() {
    name=$1 script=$2
    shift 2
    if [ -e "$cache/$name.whole" ]; then
        return
    fi
    rm -rf "${cache:?}/$name"
    echo "setup.sh: making $name" >&2
    sh "$here/$script" "$@" "$cache/$name" >&2 9>&-
    touch "$cache/$name.whole"
}

sources() {
    part sources sources.sh
}

# Two that make the same at the same time would spoil it.
exec 9>"$cache/lock"
flock 9

case $target in
arm64 | armhf | i386) part "$target" sysroot.sh "$target" ;;
musl | riscv64)
    sources
    part "$target" libraries.sh "$target" "$cache/sources"
    ;;
windows)
    sources
    part windows libraries.sh windows "$cache/sources"
    part wine wine.sh
    ;;
macos-arm64 | macos-x86_64)
    part zig zig.sh
    sources
    FROND_ZIG=$cache/zig
    export FROND_ZIG
    part "$target" libraries.sh "$target" "$cache/sources"
    ;;
*)
    echo "setup.sh: there is no target \"$target\"" >&2
    exit 2
    ;;
esac
echo "$cache/$target"
