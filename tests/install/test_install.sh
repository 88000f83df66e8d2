#!/bin/sh
# SPDX-License-Identifier: MIT
# test_install.sh static|shared CC GENERATOR CONTEXT
# Builds frond, installs it below a folder of its own, and builds a C and a C++ program outside
# the tree against what was installed: by CMake's find_package and by pkg-config.
set -eu

kind=$1 cc=$2 generator=$3 context=$4
here=$(cd "$(dirname "$0")" && pwd)
source=${FROND_SOURCE_DIR:-$(cd "$here/../.." && pwd)}

work=$(mktemp -d "${TMPDIR:-/tmp}/frond-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
prefix=$work/prefix

shared=OFF static_flag=--static
if [ "$kind" = shared ]; then
    shared=ON static_flag=
fi

step() {
    echo "== $*"
}

quietly() {
    if ! "$@" >"$work/log" 2>&1; then
        cat "$work/log"
        echo "failed: $*" >&2
        exit 1
    fi
}

step "build and install, $kind"
quietly cmake -S "$source" -B "$work/build" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DCMAKE_INSTALL_PREFIX="$work/elsewhere" \
    -DBUILD_SHARED_LIBS=$shared -DFROND_CONTEXT="$context" \
    -DFROND_TESTS=OFF -DFROND_BENCH=OFF -DFROND_EXAMPLES=OFF
quietly cmake --build "$work/build" --parallel 2
# Not the prefix that was configured: what is installed must not remember it.
quietly cmake --install "$work/build" --prefix "$prefix"
# Nor may it need the tree it was built in.
rm -rf "$work/build"

if [ -x "$prefix/bin/frond" ]; then
    step "the installed program"
    "$prefix/bin/frond" version
fi

# The programs say who they are, and that their greenlet ran.
expect() {
    want=$1
    shift
    got=$("$@") || { echo "failed: $*" >&2; exit 1; }
    if [ "$got" != "$want" ]; then
        echo "$* printed \"$got\", expected \"$want\"" >&2
        exit 1
    fi
}

# A copy, so that no relative path leads back into the tree.
cp -R "$here/consumer" "$work/consumer"

step "find_package"
quietly cmake -S "$work/consumer" -B "$work/use" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/use"
expect "c: 42" "$work/use/use_c"
expect "c++: 42" "$work/use/use_cxx"

step "pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name frond.pc)")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir frond)
cflags=$(pkg-config $static_flag --cflags frond)
libs=$(pkg-config $static_flag --libs frond)
# The flags are words on purpose.
# shellcheck disable=SC2086
quietly "$cc" -std=c11 -o "$work/pc_c" "$work/consumer/use.c" $cflags $libs "-Wl,-rpath,$libdir"
# shellcheck disable=SC2086
quietly "${CXX:-c++}" -std=c++11 -o "$work/pc_cxx" "$work/consumer/use.cpp" $cflags $libs \
    "-Wl,-rpath,$libdir"
expect "c: 42" "$work/pc_c"
expect "c++: 42" "$work/pc_cxx"
echo "ok"
