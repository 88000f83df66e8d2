#!/bin/sh
# SPDX-License-Identifier: MIT
# A real name server: dnsmasq on loopback.  dnsmasq.sh LOOKUP_PROGRAM
. "$(dirname "$0")/../e2e/lib.sh"
dnsmasq=$(command -v dnsmasq || echo /usr/sbin/dnsmasq)
[ -x "$dnsmasq" ] || skip "no dnsmasq here"

{
    for i in 1 2 3 4 5 6 7 8 9; do
        for k in 0 1 2 3 4 5 6 7 8 9; do
            echo "10.0.$i.$k n$i$k.frond.test"
        done
    done
    echo "10.1.0.1 two.frond.test"
    echo "10.1.0.2 two.frond.test"
    echo "fd00::1 six.frond.test"
} >"$tmp/hosts"
for i in 1 2 3 4 5 6 7 8 9 10; do
    port=$(random_port)
    "$dnsmasq" --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
        --addn-hosts="$tmp/hosts" --local=/frond.test/ --port="$port" \
        --listen-address=127.0.0.1 --bind-interfaces --user="$(id -un)" --pid-file= \
        --cname=alias.frond.test,n11.frond.test --log-facility="$tmp/log" \
        >"$tmp/err" 2>&1 &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        "$1" "127.0.0.1:$port" n11.frond.test. 2>/dev/null | grep -q 10.0.1.1 && break 2
        kill -0 $server 2>/dev/null || break
        sleep 0.1
    done
    kill $server 2>/dev/null
    [ "$i" -lt 10 ] || fail "dnsmasq does not start: $(cat "$tmp/err")"
done
pids="$pids $server"

# expect LINE NAME
expect() {
    got=$("$1" "127.0.0.1:$port" "$3") || fail "lookup of $3"
    [ "$got" = "$2" ] || fail "\"$got\", not \"$2\""
}
expect "$1" "n42.frond.test. 10.0.4.2" n42.frond.test.
expect "$1" "alias.frond.test. 10.0.1.1" alias.frond.test.
expect "$1" "6:six.frond.test. fd00::1" 6:six.frond.test.
expect "$1" "4:six.frond.test. FROND_EDNS_NODATA" 4:six.frond.test.
expect "$1" "none.frond.test. FROND_EDNS_NOTFOUND" none.frond.test.
expect "$1" "elsewhere.example. FROND_EDNS_REFUSED" elsewhere.example.
"$1" "127.0.0.1:$port" two.frond.test. | tr ' ' '\n' | sort | tr '\n' ' ' |
    grep -q "^10.1.0.1 10.1.0.2 two" || fail "two addresses"

names=$(sed -n 's/.* \(n[0-9]*\.frond\.test\)$/\1./p' "$tmp/hosts")
# shellcheck disable=SC2086 # one word a name
"$1" "127.0.0.1:$port" $names >"$tmp/all" || fail "all names"
sed -n 's/^\([0-9.]*\) \(n[0-9]*\.frond\.test\)$/\2. \1/p' "$tmp/hosts" | diff - "$tmp/all" ||
    fail "all at once: answers differ"
echo "$(wc -l <"$tmp/all" | tr -d ' ') names at once, each as it must be"
