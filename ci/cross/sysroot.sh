#!/bin/sh
# SPDX-License-Identifier: MIT
# sysroot.sh ARCH DIR: unpacks Debian's packages that frond needs for another architecture (arm64,
# armhf, i386) into DIR.  Neither dpkg's architectures nor apt's own lists change.
set -eu
arch=$1 dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/debs" "$dir"

# The main suite: it holds all that is needed, and the -dev packages match their libraries.
awk '/^$/ { exit } /^Suites:/ { $0 = "Suites: " $2 } { print }' \
    /etc/apt/sources.list.d/debian.sources >"$work/main.sources"
apt() {
    apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$work/main.sources" \
        -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists" \
        -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= \
        -o "APT::Architectures::=$(dpkg --print-architecture)" -o "APT::Architectures::=$arch" "$@"
}
apt update
names=
for name in libc6 libc6-dev linux-libc-dev libcrypt1 libcrypt-dev libgcc-s1 libstdc++6 libuv1 \
    libuv1-dev libssl3 libssl-dev libc-ares2 libc-ares-dev zlib1g zlib1g-dev libcunit1 \
    libcunit1-dev libncurses6 libtinfo6 libasan8 libubsan1; do
    names="$names $name:$arch"
done
cd "$work/debs"
# shellcheck disable=SC2086 # names are words
apt download $names
for package in *.deb; do
    dpkg -x "$package" "$dir"
done
# Links to / would leave the folder.
find "$dir" -type l -lname '/*' | while read -r link; do
    target=$(readlink "$link")
    if [ -e "$dir$target" ]; then
        ln -sfn "$(realpath --relative-to="$(dirname "$link")" "$dir$target")" "$link"
    fi
done
