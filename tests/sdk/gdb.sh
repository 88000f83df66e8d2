#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb.sh PROGRAM: gdb with frond's commands tells of its greenlets, while it lives and by its core.
set -u
debuggee=$1
tmp=${FROND_TEST_TMP:?}
script=$FROND_SOURCE_DIR/sdk/gdb/frond-gdb.py
rm -rf "${tmp:?}"/*

fail() {
    echo "FAIL: $*" >&2
    cat "$tmp/said" >&2
    exit 1
}

skip() {
    echo "SKIP: $*"
    exit 77
}

# told ARG...: what gdb says of these commands, in $tmp/said
told() {
    timeout 60 gdb -nx -q -batch -iex 'set debuginfod enabled off' -x "$script" "$@" \
        >"$tmp/said" 2>&1 </dev/null
}

says() {
    grep -Eq -- "$1" "$tmp/said" || fail "no line with: $1"
}

says_not() {
    if grep -Eq -- "$1" "$tmp/said"; then
        fail "a line with: $1"
    fi
}

# in_order PATTERN...: lines in that order
in_order() {
    at=0
    for pattern; do
        next=$(grep -nE -- "$pattern" "$tmp/said" | cut -d: -f1 | awk -v at="$at" '$1 > at { print; exit }')
        [ -n "$next" ] || fail "not in order, or not there: $pattern"
        at=$next
    done
}

command -v gdb >/dev/null || skip "there is no gdb"
gdb -nx -q -batch -ex 'python print("yes")' 2>&1 | grep -q yes || skip "gdb has no Python"

readelf -S "$debuggee" | grep -q '\.debug_info' || skip "it was built without debugging information"

# the same for a process and for its core
tells_of_greenlets() {
    says '^hub 1 of thread [0-9]+: 6 greenlets$'
    says '^hub 2 of thread [0-9]+: 3 greenlets$'
    says '^  1\.1 +waiting +main +for hub join$'
    says '^  1\.3 +waiting +"deep"  waits\(0x3\)  for event 0x[0-9a-f]+$'
    says '^  1\.4 +waiting +naps\(0x0\)  for sleep$'
    says '^\* 1\.5 +running +crashes\(0x0\)$'
    says '^  1\.6 +ready +never_runs\(0x0\)$'
    says '^  2\.3 +waiting +"other"  naps\(0x0\)  for sleep$'
    in_order '^#[0-9]+ .* frond_event_wait ' '^#[0-9]+ .* goes_down ' '^#[0-9]+ .* goes_down ' \
        '^#[0-9]+ .* goes_down ' '^#[0-9]+ .* goes_down ' '^#[0-9]+ .* waits '
    in_order '^#[0-9]+ .* frond_sleep ' '^#[0-9]+ .* naps '
    says '^tenfold = 20$'
    says '^greenlet 6 has not run yet: never_runs\(0x0\)$'
    says '^several hubs have a greenlet 3: 1\.3, 2\.3$'
    says '^there is no greenlet 99$'
    says '^"x" is no greenlet'
    says '^"1\." is no greenlet'
}

set -- -ex 'info greenlets' -ex 'greenlet 1.3 bt' -ex 'greenlet 2.3 bt' -ex 'greenlet 1.3' \
    -ex 'frame function goes_down' -ex 'up 2' -ex 'info locals' -ex 'greenlet off' -ex 'echo itself\n' -ex 'bt' \
    -ex 'greenlet 6' -ex 'greenlet 3' -ex 'greenlet 99' -ex 'greenlet x' -ex 'greenlet 1.'

cd "$tmp" || exit 1
told -ex run "$@" "$debuggee"
grep -q 'SIGABRT' "$tmp/said" || skip "gdb cannot run a program here: $(tail -n 1 "$tmp/said")"
tells_of_greenlets
sed -n '/^itself/,$p' "$tmp/said" >"$tmp/after" # the thread's own stack is there again
grep -Eq '^#[0-9]+ .* crashes ' "$tmp/after" || fail "greenlet off did not lead back"

# A core of the kernel's: gdb's own leave out whole stacks whose guards cannot be read.
(ulimit -c unlimited && "$debuggee") >/dev/null 2>&1
core=$(find "$tmp" -name 'core*' -type f | head -n 1)
if [ -z "$core" ]; then
    echo "not checked: the system keeps cores elsewhere ($(cat /proc/sys/kernel/core_pattern))"
    exit 0
fi
told "$@" "$debuggee" "$core"
tells_of_greenlets
rm -f "$core"
