#!/bin/sh
# SPDX-License-Identifier: MIT
# examples.sh CHAT ECHO FORWARD NAP NC PROXY UDP_ECHO: the examples that are servers, each tried by another.
. "$(dirname "$0")/lib.sh"
chat=$1 echo=$2 forward=$3 nap=$4 nc=$5 proxy=$6 udp_echo=$7

# start NAME COMMAND...: sets $pid, and $at to the address it says it listens at
start() {
    name=$1
    shift
    : >"$tmp/$name.out" # what one before has said
    "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" </dev/null &
    pid=$!
    pids="$pids $pid"
    await grep -q "listening at" "$tmp/$name.out" || fail "$name does not start: $(cat "$tmp/$name.err")"
    at=$(tr -d '\r' <"$tmp/$name.out" | sed -n 's/^listening at //p')
}

# ends NAME: the last one started, by Ctrl-C, which an emulator does not pass on
ends() {
    [ -z "${FROND_EMULATOR:-}" ] || return 0
    kill -INT "$pid"
    wait "$pid" || fail "$1: exit status $?: $(cat "$tmp/$1.err")"
}

# asks ADDRESS TEXT WANTED
asks() {
    said=$(printf '%s\n' "$2" | "$nc" "$1" | tr -d '\r')
    [ "$said" = "$3" ] || fail "$1 is asked \"$2\" and says \"$said\", not \"$3\""
}

# ---- echo, forwarded; nc as a server ----
start forwarded "$echo" 127.0.0.1:0
asks "$at" hello hello
start forward "$forward" 127.0.0.1:0 127.0.0.1 "${at##*:}"
asks "$at" "hello there" "hello there"
head -c 300000 /dev/urandom >"$tmp/bytes"
"$nc" "$at" <"$tmp/bytes" >"$tmp/back" || fail "nc"
cmp "$tmp/bytes" "$tmp/back" || fail "forwarded bytes differ"
ends forward
start echo "$echo" 127.0.0.1:0
asks "$at" hello hello
ends echo
[ -n "${FROND_EMULATOR:-}" ] || grep -q "stopped after 1 connections" "$tmp/echo.out" || fail "echo"

: >"$tmp/nc.err"
"$nc" -l 127.0.0.1:0 <"$tmp/bytes" >"$tmp/got" 2>"$tmp/nc.err" &
await grep -q "listening at" "$tmp/nc.err" || fail "nc -l"
at=$(tr -d '\r' <"$tmp/nc.err" | sed -n 's/^listening at //p')
asks_nc=$(printf 'hello\n' | "$nc" "$at" | cksum)
[ "$asks_nc" = "$(cksum <"$tmp/bytes")" ] || fail "nc -l sent other bytes"
wait $! || fail "nc -l: exit status $?"
[ "$(cat "$tmp/got")" = hello ] || fail "nc -l got $(cat "$tmp/got")"

# ---- datagrams ----
start udp_echo "$udp_echo" 127.0.0.1:0
said=$("$udp_echo" -c "$at" hello | tr -d '\r')
[ "$said" = hello ] || fail "udp_echo says \"$said\""
ends udp_echo

# ---- the handler that sleeps ----
start short "$nap" 127.0.0.1:0 1
asks "$at" nap "well slept"
ends short
for workers in "" 3; do
    [ -z "$workers" ] || [ -z "${FROND_EMULATOR:-}" ] || continue # there may be no fork
    start nap "$nap" 127.0.0.1:0 600000 $workers
    for i in 1 2 3 4 5 6; do
        printf 'nap\n' | "$nc" "$at" >"$tmp/sleeper$i" 2>&1 &
        pids="$pids $!"
    done
    for i in 1 2 3 4 5 6 7 8; do
        asks "$at" hello awake
    done
    cat "$tmp"/sleeper* >"$tmp/slept"
    [ ! -s "$tmp/slept" ] || fail "somebody woke up: $(cat "$tmp/slept")"
    ends nap
done

# ---- a proxy ----
"$program" serve --http 0 --pages 3 >"$tmp/serve" 2>"$tmp/serve.err" &
pids="$pids $!"
await [ -s "$tmp/serve" ] || fail "no site"
site=http://127.0.0.1:$(sed 's/.*"http":\([0-9]*\).*/\1/' "$tmp/serve")
start proxy "$proxy" 127.0.0.1:0
for page in 1 2 3; do
    curl -s --noproxy '' -x "http://$at" "$site/page/$page" >"$tmp/proxied" || fail "curl"
    curl -s --noproxy '*' "$site/page/$page" >"$tmp/direct" || fail "curl"
    cmp "$tmp/direct" "$tmp/proxied" || fail "page $page differs"
done
code=$(curl -s -o "$tmp/none" -w '%{http_code}' --noproxy '' -x "http://$at" http://127.0.0.1:1/)
[ "$code" = 502 ] || fail "a site that is not there: $code"
ends proxy

# ---- a chat ----
start chat "$chat" 127.0.0.1:0
mkfifo "$tmp/ann" "$tmp/bob"
"$nc" "$at" <"$tmp/ann" >"$tmp/ann.out" 2>&1 &
pids="$pids $!"
exec 3>"$tmp/ann"
printf 'ann\n' >&3
await grep -q welcome "$tmp/ann.out" || fail "ann is not welcome"
"$nc" "$at" <"$tmp/bob" >"$tmp/bob.out" 2>&1 3>&- &
pids="$pids $!"
exec 4>"$tmp/bob"
printf 'bob\n' >&4
await grep -q "bob: is here" "$tmp/ann.out" || fail "ann does not see bob"
await grep -q welcome "$tmp/bob.out" || fail "bob is not welcome"
printf 'hello, bob\n' >&3
await grep -q "ann: hello, bob" "$tmp/bob.out" || fail "bob does not hear ann"
exec 3>&-
await grep -q "ann: has left" "$tmp/bob.out" || fail "bob does not see ann leave"
! grep -q "ann: hello" "$tmp/ann.out" || fail "ann hears herself"
exec 4>&-
ends chat
echo "all examples did what they say"
