#!/bin/sh
# SPDX-License-Identifier: MIT
# sources.sh DIR: unpacks Debian's sources of the libraries that frond stands on into DIR, each in a
# folder called as its source package.  apt's own lists and sources do not change.
set -eu
dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$dir"
sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$work/source.sources"
apt() {
    apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root \
        -o "Dir::Etc::sourcelist=$work/source.sources" -o Dir::Etc::sourceparts=- \
        -o "Dir::State::lists=$work/lists" -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= "$@"
}
apt update
cd "$work"
for name in libuv1 c-ares zlib cunit openssl; do
    # A mirror may announce a security update before it has its files: then the release's version.
    apt source --download-only "$name" >"$work/log" 2>&1 ||
        apt source --download-only "$name/bookworm" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
    # Of several, the one whose files are all there.
    unpacked=
    for description in "${name}"_*.dsc; do
        if [ -z "$unpacked" ] &&
            dpkg-source --no-check -x "$description" "$dir/$name" >"$work/log" 2>&1; then
            unpacked=yes
        fi
    done
    if [ -z "$unpacked" ]; then
        cat "$work/log" >&2
        exit 1
    fi
done
