#!/bin/sh
# SPDX-License-Identifier: MIT
# test_install.sh static|shared CC GENERATOR CONTEXT [TOOLCHAIN RUNNER...]
# Builds frond, installs it below a folder of its own, and builds a C and a C++ program outside
# the tree against what was installed: by CMake's find_package and, where the machine builds for itself, by
# pkg-config.  TOOLCHAIN is CMake's file for another platform, whose programs RUNNER runs.
set -eu

kind=$1 cc=$2 generator=$3 context=$4 toolchain=${5:-}
shift 4
if [ $# -gt 0 ]; then
    shift
fi
compiler=-DCMAKE_C_COMPILER=$cc
if [ -n "$toolchain" ]; then
    compiler=-DCMAKE_TOOLCHAIN_FILE=$toolchain
fi
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
quietly cmake -S "$source" -B "$work/build" -G "$generator" "$compiler" \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DCMAKE_INSTALL_PREFIX="$work/elsewhere" \
    -DBUILD_SHARED_LIBS=$shared -DFROND_CONTEXT="$context" \
    -DFROND_TESTS=OFF -DFROND_BENCH=OFF -DFROND_EXAMPLES=OFF
quietly cmake --build "$work/build" --parallel 2
# Not the prefix that was configured: what is installed must not remember it.
quietly cmake --install "$work/build" --prefix "$prefix"
# Nor may it need the tree it was built in.
rm -rf "$work/build"

step "the installed program"
installed=$(find "$prefix/bin" -name 'frond' -o -name 'frond.exe')
"$@" "$installed" version

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
quietly cmake -S "$work/consumer" -B "$work/use" -G "$generator" "$compiler" \
    -Dfrond_DIR="$(dirname "$(find "$prefix" -name frondConfig.cmake)")"
quietly cmake --build "$work/use"
quietly ctest --test-dir "$work/use" --output-on-failure
if [ -n "$toolchain" ]; then
    echo "ok"
    exit
fi

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
