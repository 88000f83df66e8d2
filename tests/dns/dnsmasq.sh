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
    i=0
    while [ $i -lt 60 ]; do
        echo "10.2.0.$i many.frond.test"
        i=$((i + 1))
    done
    echo "10.1.0.1 two.frond.test"
    echo "10.1.0.2 two.frond.test"
    echo "fd00::1 six.frond.test"
} >"$tmp/hosts"
awk 'BEGIN { for (i = 0; i < 10000; i++)
    printf "10.%d.%d.%d z%d.zone.frond.test\n", 100 + i / 10000, i / 100 % 100, i % 100, i }' >"$tmp/zone"
for i in 1 2 3 4 5 6 7 8 9 10; do
    port=$(random_port)
    "$dnsmasq" --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
        --addn-hosts="$tmp/hosts" --addn-hosts="$tmp/zone" --local=/frond.test/ --port="$port" \
        --listen-address=127.0.0.1 --bind-interfaces --user="$(id -un)" --pid-file= \
        --cname=alias.frond.test,n11.frond.test \
        --mx-host=mail.frond.test,mx2.frond.test,20 --mx-host=mail.frond.test,mx1.frond.test,10 \
        --txt-record=text.frond.test,"v=one","two three" \
        --srv-host=_http._tcp.frond.test,web1.frond.test,8080,1,5 \
        --srv-host=_http._tcp.frond.test,web2.frond.test,8081,0,5 \
        --naptr-record=naptr.frond.test,10,20,s,SIP+D2U,,_sip._udp.frond.test \
        --caa-record=caa.frond.test,0,issue,ca.frond.test \
        --dns-rr=uri.frond.test,256,000A0001687474703A2F2F \
        --ptr-record=9.0.0.10.in-addr.arpa,nine.frond.test --log-facility="$tmp/log" \
        >"$tmp/err" 2>&1 &
    server=$!
    for _ in $(seq 200); do
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

# records, by a server that is not ours; those that do not fit into a datagram come by TCP
expect "$1" "t15:mail.frond.test 10 mx1.frond.test 20 mx2.frond.test" t15:mail.frond.test
expect "$1" 't16:text.frond.test "v=one" "two three"' t16:text.frond.test
expect "$1" "t33:_http._tcp.frond.test 0 5 8081 web2.frond.test 1 5 8080 web1.frond.test" \
    t33:_http._tcp.frond.test
expect "$1" "t35:naptr.frond.test 10 20 s SIP+D2U _sip._udp.frond.test" t35:naptr.frond.test
expect "$1" "t257:caa.frond.test 0 issue ca.frond.test" t257:caa.frond.test
expect "$1" "t256:uri.frond.test 10 1 http://" t256:uri.frond.test
expect "$1" "t12:9.0.0.10.in-addr.arpa nine.frond.test" t12:9.0.0.10.in-addr.arpa
expect "$1" "t15:n11.frond.test FROND_EDNS_NODATA" t15:n11.frond.test
[ "$("$1" "127.0.0.1:$port" many.frond.test. | wc -w)" -eq 61 ] || fail "60 addresses"

# a zone of 10,000 names, 200 at a time
[ "$("$1" "127.0.0.1:$port" "@$tmp/zone")" = 10000 ] || fail "the zone of 10,000 names"

names=$(sed -n 's/.* \(n[0-9]*\.frond\.test\)$/\1./p' "$tmp/hosts")
# shellcheck disable=SC2086 # one word a name
"$1" "127.0.0.1:$port" $names >"$tmp/all" || fail "all names"
sed -n 's/^\([0-9.]*\) \(n[0-9]*\.frond\.test\)$/\2. \1/p' "$tmp/hosts" | diff - "$tmp/all" ||
    fail "all at once: answers differ"
echo "$(wc -l <"$tmp/all" | tr -d ' ') names at once, and 10,000 of a zone, each as it must be"
