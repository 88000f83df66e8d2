#!/bin/sh
# SPDX-License-Identifier: MIT
# Real peers: openssl s_server and s_client, TLS 1.2 and 1.3, with keys of every kind, key updates included.
# openssl.sh PEER_PROGRAM
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/keys.sh"
peer=$1
command -v openssl >/dev/null || skip "no openssl here"
make_ca "$tmp/ca"
make_leaf "$tmp/ca" good "DNS:localhost,IP:127.0.0.1" 30
cat "$tmp/ca/good.pem" "$tmp/ca/good.key" >"$tmp/good.pem"
perl -e 'for (1 .. 40000) { print "line $_\n" }' >"$tmp/data"

make_key_leaves

# start_server OPTIONS: openssl s_server that turns each line round, at $port, with the key named $key
key=good
start_server() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$(random_port)
        : >"$tmp/server"
        openssl s_server -accept "127.0.0.1:$port" -cert "$tmp/ca/$key.pem" \
            -key "$tmp/ca/$key.key" -rev "$@" >"$tmp/server" 2>&1 </dev/null &
        server=$!
        for _ in $(seq 200); do
            if grep -q ACCEPT "$tmp/server"; then
                pids="$pids $server"
                return
            fi
            kill -0 $server 2>/dev/null || break
            sleep 0.05
        done
        kill $server 2>/dev/null
    done
    fail "openssl s_server $* does not start: $(cat "$tmp/server")"
}

for version in -tls1_2 -tls1_3; do
    start_server $version
    printf 'hello\nworld\n' | "$peer" client "$tmp/ca/ca.pem" "$port" >"$tmp/out" 2>"$tmp/err" ||
        grep -q "close_notify" "$tmp/err" || fail "client $version: $(cat "$tmp/err")"
    printf 'olleh\ndlrow\n' | diff - "$tmp/out" || fail "client $version: $(cat "$tmp/err")"
done

# every kind of key, version and cipher of a server's, as our client meets it
for key in $kinds; do
    for options in -tls1_2 -tls1_3 "-tls1_2 -cipher ECDHE+CHACHA20" "-tls1_2 -cipher ECDHE+AES128" \
        "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256" \
        "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256" "-tls1_3 -groups P-384" \
        "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384" "-tls1_2 -cipher ECDHE+AES256+SHA384" \
        "-tls1_2 -no_ticket" "-tls1_3 -no_ticket"; do
        # shellcheck disable=SC2086 # words
        start_server $options
        printf 'hello\n' | "$peer" client "$tmp/ca/ca.pem" "$port" >"$tmp/out" 2>"$tmp/err" ||
            grep -q "close_notify" "$tmp/err" || fail "client $key $options: $(cat "$tmp/err")"
        [ "$(cat "$tmp/out")" = olleh ] || fail "client $key $options: $(cat "$tmp/err")"
        kill "$server" 2>/dev/null
    done
done
key=good

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

# start_pem PEM COUNT: our server with that, at $port
start_pem() {
    : >"$tmp/port"
    "$peer" server "$1" "$2" >"$tmp/port" 2>"$tmp/err" &
    server=$!
    await [ -s "$tmp/port" ]
    port=$(cat "$tmp/port")
}

# hello OPTIONS: s_client says hello to it, until it hears that
hello() {
    : >"$tmp/out"
    openssl s_client -connect "127.0.0.1:$port" -CAfile "$tmp/ca/ca.pem" -servername localhost \
        -verify_return_error "$@" <"$tmp/input" >"$tmp/out" 2>"$tmp/log" &
    client=$!
    exec 8>"$tmp/input"
    echo hello >&8
    await grep -q '^hello' "$tmp/out"
    echo Q >&8
    exec 8>&-
    wait $client
}

for key in $kinds; do
    for version in -tls1_2 -tls1_3; do
        start_pem "$tmp/$key.pem" 1
        hello $version
        wait $server || fail "server $key $version: $(cat "$tmp/err")"
    done
done

# what is older is refused by either side, in these words
for version in -tls1 -tls1_1; do
    start_pem "$tmp/good.pem" 1
    openssl s_client -connect "127.0.0.1:$port" $version -cipher ALL@SECLEVEL=0 </dev/null \
        >"$tmp/out" 2>"$tmp/log" && fail "server: $version was accepted"
    wait $server && fail "server: $version was no error"
    grep -q "^tls handshake with 127.0.0.1:[0-9]*: unsupported protocol" "$tmp/err" ||
        fail "server $version: $(cat "$tmp/err")"
    start_server $version -cipher ALL@SECLEVEL=0
    "$peer" client "$tmp/ca/ca.pem" "$port" </dev/null >"$tmp/out" 2>"$tmp/err" &&
        fail "client: $version was accepted"
    grep -q "^tls handshake with localhost: tlsv1 alert protocol version" "$tmp/err" ||
        fail "client $version: $(cat "$tmp/err")"
done

# a session that s_client has kept is good for the next connection
start_pem "$tmp/good.pem" 2
hello -sess_out "$tmp/session"
hello -sess_in "$tmp/session"
wait $server || fail "server, session: $(cat "$tmp/err")"
grep -q '^Reused' "$tmp/out" || fail "session not reused: $(cat "$tmp/out" "$tmp/log")"

# K asks the other side for a new key as well
start_peer
openssl s_client -connect "127.0.0.1:$port" -CAfile "$tmp/ca/ca.pem" -tls1_3 <"$tmp/input" \
    >"$tmp/out" 2>"$tmp/log" &
client=$!
exec 8>"$tmp/input"
new_keys() {
    [ "$(grep -c KEYUPDATE "$tmp/log")" -ge "$1" ]
}
echo one >&8
await grep -q '^one' "$tmp/out"
echo K >&8
await new_keys 1 || fail "no key update: $(cat "$tmp/log")"
echo two >&8
await grep -q '^two' "$tmp/out"
echo k >&8
await new_keys 2 || fail "no second key update: $(cat "$tmp/log")"
echo three >&8
await grep -q '^three' "$tmp/out"
echo Q >&8
exec 8>&-
wait $client
wait $server || fail "server, key update: $(cat "$tmp/err")"
for word in one two three; do
    grep -q "^$word" "$tmp/out" || fail "key update: no \"$word\" in: $(cat "$tmp/out" "$tmp/log")"
done
echo "openssl understands, and is understood"
