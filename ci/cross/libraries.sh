#!/bin/sh
# SPDX-License-Identifier: MIT
# libraries.sh TARGET SOURCES DIR: builds the libraries that frond stands on, static, for a target that
# Debian has no packages for, from what sources.sh unpacked, into DIR.  Targets: windows, musl,
# riscv64, macos-arm64, macos-x86_64.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1 sources=$2 dir=$3
jobs=$(getconf _NPROCESSORS_ONLN)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$dir/bin" "$dir/lib" "$dir/include"

# wrapper NAME COMMAND...: a tool that is several words, as one program in DIR/bin.
wrapper() {
    name=$1
    shift
    printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$dir/bin/$name"
    chmod +x "$dir/bin/$name"
}

# ---- compilers ----

# What zig's copy of Apple's headers lacks and the libraries include.
apple_headers() {
    mkdir -p "$dir/shim/CommonCrypto"
    cat >"$dir/shim/paths.h" <<'END'
#define _PATH_DEFPATH "/usr/bin:/bin"
#define _PATH_BSHELL "/bin/sh"
#define _PATH_DEVNULL "/dev/null"
END
    cat >"$dir/shim/CommonCrypto/CommonCryptoError.h" <<'END'
#pragma once
#include <stdint.h>
enum { kCCSuccess = 0 };
typedef int32_t CCCryptorStatus;
END
    cat >"$dir/shim/CommonCrypto/CommonRandom.h" <<'END'
#pragma once
#include <CommonCrypto/CommonCryptoError.h>
#include <stddef.h>
typedef CCCryptorStatus CCRNGStatus;
CCRNGStatus CCRandomGenerateBytes(void *bytes, size_t count);
END
}

case $target in
windows)
    prefix=x86_64-w64-mingw32
    cc=$prefix-gcc-posix ar=$prefix-gcc-ar-posix ranlib=$prefix-gcc-ranlib-posix
    system=Windows openssl="mingw64 --cross-compile-prefix=$prefix-"
    ;;
musl)
    # musl-gcc knows nothing of the kernel's headers.
    mkdir -p "$dir/kernel"
    for folder in linux asm-generic mtd; do
        ln -sfn "/usr/include/$folder" "$dir/kernel/$folder"
    done
    ln -sfn /usr/include/x86_64-linux-gnu/asm "$dir/kernel/asm"
    wrapper cc musl-gcc -idirafter "$dir/kernel"
    "$dir/bin/cc" -O2 -g -c "$here/dl_find_object.c" -o "$dir/lib/dl_find_object.o"
    cc=$dir/bin/cc ar=ar ranlib=ranlib
    system=Linux openssl="linux-x86_64 no-secure-memory"
    ;;
riscv64)
    prefix=riscv64-linux-gnu
    cc=$prefix-gcc ar=$prefix-ar ranlib=$prefix-ranlib
    system=Linux openssl= # frond's sdk alone is run there
    ;;
macos-arm64 | macos-x86_64)
    apple_headers
    if [ "$target" = macos-arm64 ]; then
        zig=aarch64-macos openssl=darwin64-arm64-cc
    else
        zig=x86_64-macos openssl=darwin64-x86_64-cc
    fi
    cache=$dir/cache
    run="env ZIG_GLOBAL_CACHE_DIR=$cache ZIG_LOCAL_CACHE_DIR=$cache $FROND_ZIG/zig"
    # Without -O it would trap on undefined behaviour by a runtime of its own.
    wrapper cc "$run" cc -target $zig -fno-sanitize=undefined -idirafter "$dir/shim"
    wrapper c++ "$run" c++ -target $zig -fno-sanitize=undefined -idirafter "$dir/shim"
    wrapper ar "$run" ar
    wrapper ranlib "$run" ranlib
    cc=$dir/bin/cc ar=$dir/bin/ar ranlib=$dir/bin/ranlib
    system=Darwin
    ;;
*)
    echo "libraries.sh: there is no target \"$target\"" >&2
    exit 2
    ;;
esac

cat >"$work/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME $system)
set(CMAKE_SYSTEM_PROCESSOR ${target##*-})
set(CMAKE_C_COMPILER $cc)
set(CMAKE_AR $(command -v "$ar"))
set(CMAKE_RANLIB $(command -v "$ranlib"))
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
END
if [ "$system" = Windows ]; then
    echo "set(CMAKE_RC_COMPILER $prefix-windres)" >>"$work/toolchain.cmake"
elif [ "$system" = Darwin ]; then
    echo "set(CMAKE_INSTALL_NAME_TOOL $(command -v llvm-install-name-tool-14))" >>"$work/toolchain.cmake"
fi

# ---- libraries ----

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
    if ! "$@" >"$work/log" 2>&1; then
        tail -n 40 "$work/log"
        return 1
    fi
}

# configured NAME OPTION...: the library's own CMake build.
configured() {
    name=$1
    shift
    quietly cmake -S "$sources/$name" -B "$work/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_TOOLCHAIN_FILE="$work/toolchain.cmake" -DCMAKE_INSTALL_PREFIX="$dir" "$@"
}

# archive NAME FLAG... -- FILE...: compiles the files as they are.
archive() {
    name=$1
    shift
    flags=
    while [ "$1" != -- ]; do
        flags="$flags $1"
        shift
    done
    shift
    mkdir -p "$work/$name.o"
    # shellcheck disable=SC2016 # the inner shell's
    printf '%s\n' "$@" | quietly xargs -P "$jobs" -I FILE sh -c \
        'exec '"$cc -O2 -g -w $flags"' -c FILE -o "$0/$(basename FILE .c).o"' "$work/$name.o"
    "$ar" rcs "$dir/lib/lib$name.a" "$work/$name.o"/*.o
}

libuv() {
    configured libuv1 -DLIBUV_BUILD_TESTS=OFF
    quietly cmake --build "$work/libuv1" --target uv_a
    cp "$work/libuv1/libuv_a.a" "$dir/lib/"
    cp -r "$sources/libuv1/include/." "$dir/include/"
}

# The CMake files of c-ares ask the mingw compiler for 40 s what its own config-win32.h knows.
cares_windows() {
    cat >"$dir/include/ares_build.h" <<'END'
#ifndef __CARES_BUILD_H
#define __CARES_BUILD_H
#include <sys/types.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#define CARES_TYPEOF_ARES_SOCKLEN_T socklen_t
#define CARES_TYPEOF_ARES_SSIZE_T ssize_t
typedef socklen_t ares_socklen_t;
typedef ssize_t ares_ssize_t;
#endif
END
    for header in ares ares_dns ares_nameser ares_rules ares_version; do
        cp "$sources/c-ares/include/$header.h" "$dir/include/"
    done
    archive cares -DCARES_STATICLIB -DCARES_BUILDING_LIBRARY -DINADDRSZ=4 -D_WIN32_WINNT=0x0600 \
        -DWIN32_LEAN_AND_MEAN "-I$dir/include" "-I$sources/c-ares/src/lib" -- \
        "$sources"/c-ares/src/lib/*.c
}

# Debian's patch of c-ares uses INADDRSZ, which only glibc's headers define.
cares_unix() {
    configured c-ares -DCMAKE_C_FLAGS=-DINADDRSZ=4 -DCARES_STATIC=ON -DCARES_SHARED=OFF \
        -DCARES_BUILD_TOOLS=OFF
    quietly cmake --build "$work/c-ares" --target install
}

zlib() {
    cp "$sources/zlib/zlib.h" "$sources/zlib/zconf.h" "$dir/include/"
    files=
    for name in adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil; do
        files="$files $sources/zlib/$name.c"
    done
    # shellcheck disable=SC2086 # the files are words
    archive z "-I$sources/zlib" -- $files
}

cunit() {
    mkdir -p "$dir/include/CUnit"
    cp "$sources"/cunit/CUnit/Headers/*.h "$dir/include/CUnit/"
    archive cunit '-DVERSION=\"2.1-3\"' '-DRELEASE=\"\"' "-I$dir/include" "-I$dir/include/CUnit" -- \
        "$sources"/cunit/CUnit/Sources/Framework/*.c "$sources"/cunit/CUnit/Sources/Automated/*.c \
        "$sources"/cunit/CUnit/Sources/Basic/*.c "$sources"/cunit/CUnit/Sources/Console/*.c
}

openssl() {
    # TLS and its tests need none of these; what is left compiles in two thirds of the time.
    lean="no-shared no-tests no-aria no-bf no-camellia no-cast no-cmp no-ct no-dtls no-ec2m no-engine no-gost
        no-idea no-mdc2 no-rc4 no-rc5 no-rmd160 no-scrypt no-seed no-sm2 no-sm3 no-sm4 no-srp no-srtp no-ts
        no-whirlpool"
    cp -a "$sources/openssl" "$work/openssl"
    cd "$work/openssl"
    # shellcheck disable=SC2086 # options are words
    if [ "$system" = Windows ]; then
        quietly env CFLAGS=-O1 ./Configure $openssl $lean --prefix="$dir" --libdir=lib
    else
        quietly env CC="$cc" AR="$ar" RANLIB="$ranlib" CFLAGS=-O1 ./Configure $openssl $lean --prefix="$dir" \
            --libdir=lib
    fi
    quietly make -s -j "$jobs" build_libs
    quietly make -s install_dev
    cd /
}

libuv
if [ "$target" = windows ]; then
    cares_windows
else
    cares_unix
fi
zlib
cunit
if [ -n "$openssl" ]; then
    openssl
fi
