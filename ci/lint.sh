#!/bin/sh
# SPDX-License-Identifier: MIT
# What can be said about the sources without running them.  Called by `./dev lint`, which installs
# the tools and configures build/release.  Runs every check, then fails if one did.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/frond-lint.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

modules=
for module in sdk dns net tls http proc cli; do
    if [ -d "$module" ]; then
        modules="$modules $module"
    fi
done

includes="-Ibuild/release/include"
for module in $modules; do
    if [ -d "$module/include" ]; then
        includes="$includes -I$module/include"
    fi
done

public_headers() {
    for module in $modules; do
        if [ -d "$module/include/frond" ]; then
            find "$module/include/frond" -name '*.h'
        fi
    done | sort
}

# ---- the checks: each prints what is wrong and answers whether all is well ----

check_format() {
    tool=$(sh ci/sources.sh clang-format)
    if ! "$tool" --version | grep -q 'version 14\.'; then
        echo "left out: layout is clang-format 14's, this is $("$tool" --version)"
        return 0
    fi
    sh ci/sources.sh c | tr '\n' '\0' | xargs -0 -r "$tool" --dry-run -Werror >"$work/format" 2>&1
    status=$?
    grep 'error:' "$work/format" | cut -d: -f1 | sort | uniq -c |
        awk '{ print $2 ": " $1 " places differ from .clang-format (./dev format)" }'
    return $status
}

check_licence() {
    sh ci/sources.sh all | while read -r file; do
        if ! head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT'; then
            echo "$file: no SPDX line at its top"
        fi
    done >"$work/licence"
    cat "$work/licence"
    [ ! -s "$work/licence" ]
}

# A header that needs another included before it, or that is no C++, does not pass.
check_headers_alone() {
    public_headers | sed 's|^[a-z]*/include/||' >"$work/headers"
    if [ -d build/release/include/frond ]; then
        printf 'frond/frond.h\nfrond/version.h\n' >>"$work/headers"
    fi
    : >"$work/alone"
    while read -r header; do
        printf '#include <%s>\nextern int frond_lint_dummy;\n' "$header" >"$work/alone.c"
        cp "$work/alone.c" "$work/alone.cpp"
        for compiler in gcc clang; do
            if ! command -v $compiler >/dev/null; then
                continue
            fi
            # shellcheck disable=SC2086
            $compiler -std=c11 $alone_flags $includes "$work/alone.c" 2>&1
            # shellcheck disable=SC2086
            $compiler -x c++ -std=c++11 $alone_flags $includes "$work/alone.cpp" 2>&1
        done >"$work/messages"
        if [ -s "$work/messages" ]; then
            echo "<$header> does not compile alone:"
            cat "$work/messages"
        fi
    done <"$work/headers" >"$work/alone"
    cat "$work/alone"
    [ ! -s "$work/alone" ]
}
alone_flags="-pedantic -Wall -Wextra -Werror -fsyntax-only"

check_header_comments() {
    # shellcheck disable=SC2046 # our file names have no spaces
    perl ci/check-headers.pl $(public_headers)
}

# The script must find every fault of the bad header, and none in the good one.
check_header_script() {
    if ! perl ci/check-headers.pl ci/check-headers-test/good.h; then
        echo "ci/check-headers.pl finds fault with the good header"
        return 1
    fi
    if perl ci/check-headers.pl ci/check-headers-test/bad.h >"$work/bad"; then
        echo "ci/check-headers.pl passes the bad header"
        return 1
    fi
    diff -u ci/check-headers-test/bad.expected "$work/bad"
}

# What the house rules say about size.  A function is what .clang-format makes of one: its last
# line of head ends in " {" and its end is a "}" alone, both from the first column.
check_size() {
    sh ci/sources.sh c | grep -E '^(sdk|dns|net|tls|http|proc|cli)/' >"$work/sources"
    if [ ! -s "$work/sources" ]; then
        return 0
    fi
    # shellcheck disable=SC2046
    awk '
        FNR == 1 { if (file) end_file(); file = FILENAME; lines = 0; start = 0 }
        { lines = FNR }
        length > 120 && /^ *(\/\*|\*) / { print file ":" FNR ": comment of " length " columns; 120 is the end"; bad = 1 }
        /^[a-zA-Z_].*\(/ && !/;$/ { head = FNR }
        /^[a-zA-Z_ ].*\) \{$/ && head && !start { start = head }
        /^}$/ && start {
            if (FNR - start + 1 > 80) {
                print file ":" start ": function of " FNR - start + 1 " lines; 80 is the end"
                bad = 1
            }
            start = head = 0
        }
        function end_file() {
            if (lines > 800) { print file ": " lines " lines; 800 is the end"; bad = 1 }
            else if (lines > 500) print "note: " file ": " lines " lines; over 500"
        }
        END { end_file(); exit bad }' $(cat "$work/sources")
}

# A program that brings an allocator of its own has all of a module's memory come from it.
check_allocator() {
    allocating='malloc|calloc|realloc|reallocarray|free|strn?dup|v?asprintf|getline|aligned_alloc|_wcsdup'
    sh ci/sources.sh c | grep -E '^(sdk|dns|net|tls|http|proc)/' | grep -v '^sdk/src/memory.c$' |
        xargs grep -nE "(^|[^_[:alnum:].>])($allocating)\\(" |
        sed 's/^\([^:]*:[0-9]*\):.*/\1: memory that is not from frond_alloc (sdk\/src\/memory.c)/' \
            >"$work/allocator"
    cat "$work/allocator"
    [ ! -s "$work/allocator" ]
}

# Where modules are linked into one program a name of two of them is the first one's, without a word from the linker.
# Every name that leaves its file is declared in a header (-Wmissing-prototypes).
check_names() {
    for module in $modules; do
        find "$module" -name '*.h' -exec cat {} + |
            grep -vE '^(static|typedef|#|[ /*])' | grep -oE '\bfrond_[a-z0-9_]+(\(|\[)' | tr -d '([' |
            sort -u | sed "s/\$/ $module/"
    done | sort | awk '
        $1 == name { print "the name " name " is one of " module " and one of " $2; bad = 1 }
        { name = $1; module = $2 }
        END { exit bad }'
}

# A test that is not in the list is never run.
check_tests_registered() {
    if [ ! -f tests/CMakeLists.txt ]; then
        return 0
    fi
    find tests -name 'test_*.c' -o -name 'die_*.c' -o -name 'fuzz_*.c' | sed 's|^tests/||' | sort |
        while read -r file; do
            if ! grep -q "$file" tests/CMakeLists.txt; then
                echo "tests/$file is not in tests/CMakeLists.txt"
            fi
        done >"$work/unregistered"
    cat "$work/unregistered"
    [ ! -s "$work/unregistered" ]
}

# vcpkg's manifests cannot read the version from where it is kept.
check_versions() {
    version=$(sed -n 's/^project(frond VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
    cat >"$work/manifest.cmake" <<'TEXT'
file(READ "${MANIFEST}" text)
string(JSON found GET "${text}" version)
if(NOT found STREQUAL VERSION)
  message(FATAL_ERROR "${MANIFEST}: version ${found}, not ${VERSION}")
endif()
TEXT
    for manifest in vcpkg.json packaging/vcpkg/vcpkg.json; do
        cmake -DMANIFEST=$manifest -DVERSION="$version" -P "$work/manifest.cmake" || return 1
    done
}

check_cppcheck() {
    sources=
    for module in $modules; do
        if [ -d "$module/src" ]; then
            sources="$sources $module/src"
        fi
    done
    if [ -z "$sources" ]; then
        return 0
    fi
    # One configuration, this platform's; the macros are those that compilers define themselves.
    # shellcheck disable=SC2086
    cppcheck --std=c11 --language=c --quiet --inline-suppr --error-exitcode=1 -j 2 \
        --enable=warning,performance,portability --suppressions-list=ci/cppcheck.txt \
        -D__GNUC__=12 -D__linux__=1 -D__x86_64__=1 -D__ELF__=1 -D_GNU_SOURCE -DFROND_BUILD \
        -D__STDC_VERSION__=201112L -U_WIN32 -U_MSC_VER -U__APPLE__ -U__cplusplus \
        --template='{file}:{line}: {severity}: {message} [{id}]' \
        $includes $sources
}

checks=0
failed=0
run() {
    checks=$((checks + 1))
    echo "== $1"
    if ! "$2"; then
        failed=$((failed + 1))
        echo "-- $1: failed"
    fi
}

run "layout" check_format
run "licence lines" check_licence
run "public headers alone, as C11 and C++11" check_headers_alone
run "the header script itself" check_header_script
run "comments of public functions" check_header_comments
run "sizes" check_size
run "one allocator" check_allocator
run "names of one module only" check_names
run "every test is registered" check_tests_registered
run "versions in manifests" check_versions
run "cppcheck" check_cppcheck

if [ $failed -gt 0 ]; then
    echo "lint: $failed of $checks checks failed"
    exit 1
fi
echo "lint: all $checks checks are well"
