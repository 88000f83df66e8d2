#!/bin/sh
# SPDX-License-Identifier: MIT
# Real peers: openssl s_server and s_client, TLS 1.2 and 1.3, key updates included.
# openssl.sh PEER_PROGRAM
. "$(dirname "$0")/../e2e/lib.sh"
peer=$1
command -v openssl >/dev/null || skip "no openssl here"
make_ca "$tmp/ca"
make_leaf "$tmp/ca" good "DNS:localhost,IP:127.0.0.1" 30
cat "$tmp/ca/good.pem" "$tmp/ca/good.key" >"$tmp/good.pem"
perl -e 'for (1 .. 40000) { print "line $_\n" }' >"$tmp/data"

# start_server OPTIONS: openssl s_server that turns each line round, at $port
start_server() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$(random_port)
        : >"$tmp/server"
        openssl s_server -accept "127.0.0.1:$port" -cert "$tmp/ca/good.pem" \
            -key "$tmp/ca/good.key" -rev "$@" >"$tmp/server" 2>&1 </dev/null &
        server=$!
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            grep -q ACCEPT "$tmp/server" && break 2
            sleep 0.05
        done
        kill $server 2>/dev/null
    done
    pids="$pids $server"
}

for version in -tls1_2 -tls1_3; do
    start_server $version
    printf 'hello\nworld\n' | "$peer" client "$tmp/ca/ca.pem" "$port" >"$tmp/out" 2>"$tmp/err" ||
        grep -q "close_notify" "$tmp/err" || fail "client $version: $(cat "$tmp/err")"
    printf 'olleh\ndlrow\n' | diff - "$tmp/out" || fail "client $version: $(cat "$tmp/err")"
done

# start_peer: our server for one client, at $port
start_peer() {
    : >"$tmp/port"
    "$peer" server "$tmp/good.pem" 1 >"$tmp/port" 2>"$tmp/err" &
    server=$!
    await [ -s "$tmp/port" ]
    port=$(cat "$tmp/port")
}

mkfifo "$tmp/input"
for version in -tls1_2 -tls1_3; do
    start_peer
    openssl s_client -connect "127.0.0.1:$port" -CAfile "$tmp/ca/ca.pem" -servername localhost \
        -verify_return_error -quiet -no_ign_eof $version <"$tmp/input" >"$tmp/out" 2>"$tmp/log" &
    client=$!
    exec 8>"$tmp/input"
    cat "$tmp/data" >&8
    await cmp -s "$tmp/data" "$tmp/out"
    exec 8>&-
    wait $client
    wait $server || fail "server $version: $(cat "$tmp/err")"
    cmp "$tmp/data" "$tmp/out" || fail "server $version: bytes differ: $(cat "$tmp/log")"
done

# K asks the other side for a new key as well
start_peer
(sleep 0.2; echo one; sleep 0.2; echo K; sleep 0.2; echo two; sleep 0.2; echo k; sleep 0.2
    echo three; sleep 0.3; echo Q) |
    openssl s_client -connect "127.0.0.1:$port" -CAfile "$tmp/ca/ca.pem" \
        -tls1_3 >"$tmp/out" 2>"$tmp/log"
wait $server || fail "server, key update: $(cat "$tmp/err")"
for word in one two three; do
    grep -q "^$word" "$tmp/out" || fail "key update: no \"$word\" in: $(cat "$tmp/out" "$tmp/log")"
done
echo "openssl understands, and is understood"
