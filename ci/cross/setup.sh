#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh TARGET: makes sure that the libraries for a target are there and prints their folder.  They are
# kept outside the tree, under a name made of what makes them, so each is made once per machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
stamp=$(cat "$here"/*.sh | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/frond-cross/$stamp
dir=$cache/$target
if [ -d "$dir" ]; then
    echo "$dir"
    exit
fi
mkdir -p "$cache"
making=$cache/$target.$$
trap 'rm -rf "$making"' EXIT
case $target in
arm64 | armhf | i386) sh "$here/sysroot.sh" "$target" "$making" >&2 ;;
*)
    echo "setup.sh: there is no target \"$target\"" >&2
    exit 2
    ;;
esac
mv "$making" "$dir"
echo "$dir"
