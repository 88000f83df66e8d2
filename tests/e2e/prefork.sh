#!/bin/sh
# SPDX-License-Identifier: MIT
# Several processes that serve one site: all requests are answered, a worker that is killed is replaced, requests in
# flight are finished at the end, and workers do not outlive their parent.
. "$(dirname "$0")/lib.sh"

# start_site ARG...: sets $server, $port, $ca and $workers
start_site() {
    : >"$tmp/site"
    "$program" serve --http 0 --https 0 --pages 500 --ca-dir "$tmp" "$@" >"$tmp/site" 2>"$tmp/site.err" &
    server=$!
    pids="$pids $server"
    await [ -s "$tmp/site" ] || fail "no server: $(cat "$tmp/site.err")"
    port=$(sed 's/.*"http":\([0-9]*\).*/\1/' "$tmp/site")
    secure=$(sed 's/.*"https":\([0-9]*\).*/\1/' "$tmp/site")
    ca=$(sed 's/.*"ca":"\([^"]*\)".*/\1/' "$tmp/site")
    workers=$(sed 's/.*"workers":\[\([0-9,]*\)\].*/\1/; s/,/ /g' "$tmp/site")
}

# asks N SCHEME PORT ARG...: fetches that many pages
asks() {
    count=$1 scheme=$2 at=$3
    shift 3
    for i in $(seq "$count"); do
        echo "$scheme://localhost:$at/page/$i"
    done >"$tmp/urls"
    "$program" fetch "$@" -i "$tmp/urls" >"$tmp/fetched" 2>&1
}

# answers N SCHEME PORT ARG...: and all of them are well
answers() {
    asks "$@" || fail "$(tail -n 3 "$tmp/fetched")"
}

start_site -j 4
[ "$(echo "$workers" | wc -w)" -eq 4 ] || fail "not four workers: $workers"
answers 400 http "$port"
answers 100 https "$secure" --cacert "$ca"

for worker in $workers; do
    kill_process "$worker"
    asks 50 http "$port" # some of these may meet the killed
done
await grep -q "a worker $killed" "$tmp/site.err" || fail "nothing is said of the killed: $(cat "$tmp/site.err")"
replaced() {
    [ "$(grep -c "another is started" "$tmp/site.err")" -eq 4 ]
}
await replaced || fail "not each is replaced: $(cat "$tmp/site.err")"
answers 400 http "$port"

if [ -n "${FROND_KILL:-}" ]; then # there are no signals to send
    exit 0
fi

# Requests that are being answered are answered, and all ends.
kill "$server" && wait "$server" || fail "it ends with $?"
[ ! -e "$ca" ] || fail "its CA is left"
start_site --jobs=3 --delay 4000
curl -sv --noproxy '*' -o "$tmp/page" "http://127.0.0.1:$port/page/1" 2>"$tmp/slow" &
slow=$!
await grep -q '^> GET' "$tmp/slow" || fail "no request: $(cat "$tmp/slow")"
sleep 1 # until a worker has taken it
kill "$server" && wait "$server" || fail "it ends with $?"
wait "$slow" || fail "cut off: $(cat "$tmp/slow")"
[ -s "$tmp/page" ] || fail "no page: $(cat "$tmp/slow")"
for worker in $workers; do
    ! kill -0 "$worker" 2>/dev/null || fail "worker $worker is left"
done

# The end of the parent is the end of its workers.
start_site -j 2
kill -KILL "$server"
wait "$server" 2>/dev/null
gone() {
    for worker in $workers; do
        ! kill -0 "$worker" 2>/dev/null || return 1
    done
}
await gone || fail "workers outlive their parent"
