#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh TARGET: makes sure that what a target needs is there and prints its folder.  All is kept
# outside the tree, in folders named after what makes them, so each is made once per machine.  Exit
# status 75: something could not be fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/frond-cross
mkdir -p "$cache"

# part STATUS NAME SCRIPT [ARG...]: has the script make a folder, its last argument, and sets made to it.
# Paths are written into what is made, so it is made in place; a file beside it says that it is whole.
# When the script fails, so does this one, with STATUS.
part() {
    status=$1 name=$2 script=$3
    shift 3
    stamp=$({ cat "$here/$script" "$here"/*.c && echo "$@" "${FROND_ZIG:-}"; } | sha256sum | cut -c1-16)
    made=$cache/$name-$stamp
    exec 9>"$made.lock" # two that make the same at the same time would spoil it
    flock 9
    if [ ! -e "$made.whole" ]; then
        rm -rf "$made"
        echo "setup.sh: making $name" >&2
        sh "$here/$script" "$@" "$made" >&2 9>&- || exit "$status"
        touch "$made.whole"
    fi
    exec 9>&-
}

fetched() {
    part 75 "$@"
}

built() {
    part 1 "$@"
}

# Those of Debian's sources that the target needs, compiled for it.
libraries() {
    fetched sources sources.sh
    built "$target" libraries.sh "$target" "$made"
}

case $target in
arm64 | armhf | i386) fetched "$target" sysroot.sh "$target" ;;
musl | riscv64) libraries ;;
windows)
    built wine wine.sh
    wine=$made
    libraries
    ln -sfn "$wine" "$made/wine"
    ;;
ktls) fetched kernel kernel.sh ;;
macos-arm64 | macos-x86_64)
    fetched zig zig.sh
    FROND_ZIG=$made
    export FROND_ZIG
    libraries
    ;;
*)
    echo "setup.sh: there is no target \"$target\"" >&2
    exit 2
    ;;
esac
echo "$made"
