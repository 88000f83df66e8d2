#!/bin/sh
# SPDX-License-Identifier: MIT
# probes.sh PROGRAM: it has frond's probes, and they tell what they promise, as gdb reads them.
set -u
debuggee=$1
tmp=${FROND_TEST_TMP:?}
rm -rf "${tmp:?}"/*

fail() {
    echo "FAIL: $*" >&2
    cat "$tmp/said" >&2
    exit 1
}

readelf -n "$debuggee" >"$tmp/said" 2>&1 || fail "readelf"
for probe in spawn switch wait wake exit; do
    grep -A1 'Provider: frond' "$tmp/said" | grep -q "Name: $probe\$" || fail "no probe named $probe"
done

if ! command -v gdb >/dev/null; then
    echo "not checked: there is no gdb to read their arguments"
    exit 0
fi
# seen PROBE TEXT COMMAND...: the first time that gdb stops there its commands say that
seen() {
    probe=$1 text=$2
    shift 2
    timeout 60 gdb -nx -q -batch -iex 'set debuginfod enabled off' -ex 'break main' -ex run \
        -ex "break -probe-stap frond:$probe" -ex continue "$@" "$debuggee" >"$tmp/said" 2>&1 </dev/null
    if grep -q 'No probe matching\|Could not enable\|ptrace: ' "$tmp/said"; then
        echo "not checked: gdb cannot read probes here"
        exit 0
    fi
    grep -q -- "$text" "$tmp/said" || fail "frond:$probe: no \"$text\""
}

seen spawn '^1 3 waits' -ex 'printf "%d %d ", (int)$_probe_arg0, (int)$_probe_arg1' \
    -ex 'info symbol $_probe_arg2'
seen wait '^3 event <never>' -ex 'printf "%d %s ", (int)$_probe_arg0, (char *)$_probe_arg1' \
    -ex 'printf "<%s>\n", (void *)$_probe_arg2 == &never ? "never" : "another"'
seen switch '^1 to 2$' -ex 'printf "%d to %d\n", (int)$_probe_arg0, (int)$_probe_arg1'
