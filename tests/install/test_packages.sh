#!/bin/sh
# SPDX-License-Identifier: MIT
# test_packages.sh CC GENERATOR
# Makes the Debian packages, looks at what they hold, unpacks them into a folder of their own, and
# installs them by dpkg where root may have a mount namespace in which nothing reaches this system:
# /usr, /etc and /var are overlays there whose upper half is memory.  In both places a program is
# built against libfrond-dev by pkg-config and by CMake, and frond fetches from frond serve.
set -eu

cc=$1 generator=$2
here=$(cd "$(dirname "$0")" && pwd)
source=${FROND_SOURCE_DIR:-$(cd "$here/../.." && pwd)}

# inside: the folder of the first run, when this is the one in the namespace
inside=${FROND_PACKAGES_INSIDE:-}
work=${inside:-$(mktemp -d "${TMPDIR:-/tmp}/frond-packages.XXXXXX")}
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
    fi
    if [ -z "$inside" ]; then
        rm -rf "$work"
    fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

step() {
    echo "== $*"
}

fail() {
    echo "failed: $*" >&2
    exit 1
}

quietly() {
    if ! "$@" >"$work/log" 2>&1; then
        cat "$work/log"
        fail "$*"
    fi
}

# holds PACKAGE PATTERN...: each is the end of a path in it
holds() {
    package=$1
    shift
    dpkg-deb -c "$work/$package.deb" >"$work/list"
    for pattern in "$@"; do
        grep -q "$pattern" "$work/list" || fail "$package has no $pattern"
    done
}

# says PACKAGE FIELD WORDS...: each is in that field
says() {
    package=$1 field=$2
    shift 2
    value=$(dpkg-deb -f "$work/$package.deb" "$field")
    for words in "$@"; do
        case $value in
        *"$words"*) ;;
        *) fail "$package: $field is \"$value\", without \"$words\"" ;;
        esac
    done
}

# The commands that a user of the packages in ROOT ("" or a folder) would give.
use() {
    root=$1 out=$2
    mkdir -p "$out"
    cp -R "$here/consumer" "$out/consumer"
    flags=$(pkg-config --cflags --libs frond)
    # The flags are words on purpose.
    # shellcheck disable=SC2086
    quietly "$cc" -std=c11 -o "$out/use" "$out/consumer/use.c" $flags
    [ "$("$out/use")" = "c: 42" ] || fail "the program built by pkg-config"
    quietly cmake -S "$out/consumer" -B "$out/cmake" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
        ${root:+-DCMAKE_PREFIX_PATH="$root/usr"}
    quietly cmake --build "$out/cmake"
    [ "$("$out/cmake/use_c")" = "c: 42" ] || fail "the program built by CMake"
    [ "$("$out/cmake/use_cxx")" = "c++: 42" ] || fail "the C++ program built by CMake"

    "$root/usr/bin/frond" serve --http 0 --pages 20 >"$out/site" &
    server=$!
    for _ in $(seq 600); do
        [ -s "$out/site" ] && break
        sleep 0.1
    done
    port=$(sed 's/.*"http":\([0-9]*\).*/\1/' "$out/site")
    for i in 1 2 3 4 5 6 7 8 9 10; do
        echo "http://127.0.0.1:$port/page/$i"
    done | "$root/usr/bin/frond" fetch -j 2 -i - >"$out/fetched" 2>"$out/sum" ||
        fail "frond fetch: $(cat "$out/sum")"
    grep -q "^10 urls, 10 ok" "$out/sum" || fail "frond fetch: $(cat "$out/sum")"
    kill -INT "$server"
    wait "$server" || fail "frond serve"
    server=
}

# ---- the second run, in the namespace ----

overlays() {
    mount -t tmpfs none "$work/memory" || return 1
    for folder in usr etc var; do
        upper=$work/memory/upper/$folder scratch=$work/memory/scratch/$folder
        mkdir -p "$upper" "$scratch"
        mount -t overlay -o "lowerdir=/$folder,upperdir=$upper,workdir=$scratch" none "/$folder" ||
            return 1
    done
}

if [ -n "$inside" ]; then
    overlays 2>/dev/null || exit 77
    export PATH="/usr/sbin:/sbin:$PATH" # ldconfig's, which dpkg asks for
    # A frond that was installed here by other means must not be taken for the packages'.
    rm -rf /usr/local/include/frond /usr/local/lib/libfrond* /usr/local/lib/cmake/frond
    quietly dpkg -i "$work"/made/*.deb
    use "" "$work/memory/use"
    quietly dpkg --purge frond libfrond-dev libfrond0
    left=$(find /usr/bin /usr/include /usr/lib /usr/share -name '*frond*')
    [ -z "$left" ] || fail "dpkg --purge leaves $left"
    exit 0
fi

# ---- the first run ----

step "build the packages"
quietly cmake -S "$source" --preset package -B "$work/build" -G "$generator" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS_RELEASE=-O1
quietly cmake --build "$work/build" --parallel 2
quietly cpack --config "$work/build/CPackConfig.cmake" -B "$work/made"
for package in libfrond0 libfrond-dev frond; do
    ln "$work/made/${package}_"*.deb "$work/$package.deb" || fail "no $package"
done
# They must not need the tree they were built in.
rm -rf "$work/build" "$work/made/_CPack_Packages"

step "what they hold"
holds libfrond0 '/libfrond_sdk\.so\.0 -> ' '/libfrond_http\.so\.0\.' /doc/libfrond0/copyright
holds libfrond-dev /include/frond/frond.h /frond/impl/stream.h '/libfrond_sdk\.so -> ' \
    /frondConfig.cmake /pkgconfig/frond.pc /doc/libfrond-dev/copyright
holds frond /usr/bin/frond /man1/frond.1 /doc/frond/copyright
for package in libfrond0 libfrond-dev frond; do
    if dpkg-deb -c "$work/$package.deb" | grep -q /usr/local; then
        fail "$package has files below /usr/local"
    fi
done
says libfrond0 Depends libuv1 libc-ares2 libssl3 zlib1g libc6
says libfrond-dev Depends "libfrond0 (= "
says frond Depends "libfrond0 (= "

step "unpacked into a folder"
for package in libfrond0 libfrond-dev frond; do
    dpkg-deb -x "$work/$package.deb" "$work/root"
done
libdir=$(dirname "$(find "$work/root" -name libfrond_sdk.so)")
(
    export PKG_CONFIG_PATH="$libdir/pkgconfig" LD_LIBRARY_PATH="$libdir"
    use "$work/root" "$work/use"
)

step "installed by dpkg, in a namespace of its own"
mkdir "$work/memory"
status=77
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
    status=0
    FROND_PACKAGES_INSIDE=$work unshare -m sh "$here/test_packages.sh" "$cc" "$generator" ||
        status=$?
fi
case $status in
0) ;;
77) echo "left out: that takes root, and a system that grants namespaces and overlays" ;;
*) fail "in the namespace: status $status" ;;
esac
echo "ok"
