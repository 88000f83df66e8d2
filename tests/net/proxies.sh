#!/bin/sh
# SPDX-License-Identifier: MIT
# Real proxies on loopback: microsocks (SOCKS5) and tinyproxy (HTTP).  proxies.sh THROUGH_PROGRAM
. "$(dirname "$0")/../e2e/lib.sh"
through=$1
microsocks=$(command -v microsocks || echo /usr/bin/microsocks)
tinyproxy=$(command -v tinyproxy || echo /usr/bin/tinyproxy)

# starts COMMAND: runs it with $port in its environment, which it is to listen at, until some port is free
starts() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$(random_port)
        "$through" listens "$port" && continue # it is somebody else's
        "$@" >"$tmp/log" 2>&1 &
        started=$!
        for _ in $(seq 200); do
            kill -0 $started 2>/dev/null || break
            if "$through" listens "$port"; then
                pids="$pids $started"
                return
            fi
            sleep 0.1
        done
        kill $started 2>/dev/null
        wait $started 2>/dev/null
    done
    cat "$tmp/log" >&2
    fail "$1 does not start"
}

socks() { exec "$microsocks" -i 127.0.0.1 -p "$port" "$@"; }

# http LINE...: with these in its configuration
http() {
    printf '%s\n' "Port $port" "Listen 127.0.0.1" "LogLevel Warning" "$@" >"$tmp/http.conf"
    exec "$tinyproxy" -d -c "$tmp/http.conf"
}

# expect ANSWER PROXY HOST [PORT]; the text of an error is in $tmp/text
expect() {
    wanted=$1
    shift
    got=$("$through" "$@" 2>"$tmp/text") || fail "$*: $(cat "$tmp/text")"
    [ "$got" = "$wanted" ] || fail "$*: $got, not $wanted: $(cat "$tmp/text")"
}

says() {
    grep -q "$1" "$tmp/text" || fail "\"$(cat "$tmp/text")\" does not say \"$1\""
}

both_sides() {
    expect 1000000 "$1" 127.0.0.1
    expect 1000000 "$1" localhost
    expect FROND_ECONNREFUSED "$1" 127.0.0.1 1
    says "proxy 127.0.0.1:$port: "
}

tried=
if [ -x "$microsocks" ]; then
    starts socks
    both_sides "socks5h://127.0.0.1:$port"
    both_sides "socks5://127.0.0.1:$port"
    expect 1000000 "socks5://user:not-asked-for@127.0.0.1:$port" 127.0.0.1
    starts socks -u user -P 'p@ss:word'
    both_sides "socks5h://user:p%40ss:word@127.0.0.1:$port"
    expect FROND_EACCES "socks5://user:wrong@127.0.0.1:$port" 127.0.0.1
    says 'refuses user "user"'
    expect FROND_EACCES "socks5://nobody:p%40ss:word@127.0.0.1:$port" 127.0.0.1
    expect FROND_EACCES "socks5://127.0.0.1:$port" 127.0.0.1
    tried="$tried microsocks"
else
    echo "skipped: no microsocks here"
fi

if [ -x "$tinyproxy" ]; then
    starts http
    both_sides "http://127.0.0.1:$port"
    starts http "BasicAuth user p-ss.word"
    both_sides "http://user:p-ss%2Eword@127.0.0.1:$port"
    expect FROND_EACCES "http://user:wrong@127.0.0.1:$port" 127.0.0.1
    expect FROND_EACCES "http://127.0.0.1:$port" 127.0.0.1
    says "HTTP/1"
    starts http "ConnectPort 443" # and no other
    expect FROND_EACCES "http://127.0.0.1:$port" 127.0.0.1
    says 403
    tried="$tried tinyproxy"
else
    echo "skipped: no tinyproxy here"
fi
[ -n "$tried" ] || skip "no proxy here"
echo "by way of:$tried"
