#!/bin/sh
# SPDX-License-Identifier: MIT
# sources.sh c             every C and C++ source and header of the tree, tracked or new
# sources.sh all           every file that must carry a licence line
# sources.sh clang-format  the clang-format to use: version 14 where it is installed
set -eu
cd "$(dirname "$0")/.."

list() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -- "$@"
    else
        for pattern in "$@"; do
            find . -path ./build -prune -o -name "$pattern" -type f -print | sed 's|^\./||'
        done
    fi | sort -u | while read -r file; do
        # A tracked file may be gone from the work tree.
        if [ -f "$file" ]; then
            printf '%s\n' "$file"
        fi
    done
}

case $1 in
c) list '*.c' '*.h' '*.cpp' ;;
all) list '*.c' '*.h' '*.cpp' '*.S' '*.in' '*.cmake' '*CMakeLists.txt' '*.sh' '*.pl' '*.py' '*.ps1' '*.rb' '*.yml' \
    dev .ci/run ;;
clang-format)
    if command -v clang-format-14 >/dev/null; then
        echo clang-format-14
    else
        echo clang-format
    fi
    ;;
esac
