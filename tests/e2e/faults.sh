#!/bin/sh
# SPDX-License-Identifier: MIT
# 200 URLs, some of each fault: which words each gets, that each ends in time, and that all others
# succeed.  faults.sh FAULTS_PROGRAM
. "$(dirname "$0")/lib.sh"
work=$tmp/faults
make_ca "$work/ca"
make_ca "$work/other"
make_leaf "$work/ca" good "DNS:localhost,IP:127.0.0.1" 30
make_leaf "$work/ca" expired "DNS:localhost,IP:127.0.0.1" -1
make_leaf "$work/ca" wrong "DNS:elsewhere.example" 30
make_leaf "$work/other" untrusted "DNS:localhost,IP:127.0.0.1" 30

head -c 300000000 /dev/zero | gzip -1 >"$work/bomb.gz"
mkfifo "$work/stdin"
"$1" "$work/bomb.gz" <"$work/stdin" >"$work/ports" &
pids="$pids $!"
exec 9>"$work/stdin"

# start_tls NAME DIR: an openssl server with that certificate; its port in $port
start_tls() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$(random_port)
        openssl s_server -accept "127.0.0.1:$port" -cert "$2/$1.pem" -key "$2/$1.key" -www \
            >"$work/$1.log" 2>&1 </dev/null &
        server=$!
        for _ in $(seq 200); do
            grep -q ACCEPT "$work/$1.log" && break
            kill -0 $server 2>/dev/null || break
            sleep 0.05
        done
        if grep -q ACCEPT "$work/$1.log"; then
            pids="$pids $server"
            return
        fi
        kill $server 2>/dev/null
    done
    cat "$work/$1.log" >&2
    fail "openssl s_server does not start"
}
start_tls good "$work/ca" && good=$port
start_tls expired "$work/ca" && expired=$port
start_tls wrong "$work/ca" && wrong=$port
start_tls untrusted "$work/other" && untrusted=$port
await [ -s "$work/ports" ] || fail "no server"
read -r site nobody <"$work/ports"
base=http://127.0.0.1:$site

expiry=$(openssl x509 -in "$work/ca/expired.pem" -noout -enddate | sed 's/.*=//')
expiry=$(date -u -d "$expiry" +%Y-%m-%d)
reset="connection reset by peer"
tells reset || reset="body ended early"
# URL, then the words of its error ("-": it succeeds)
cat >"$work/table" <<TABLE
$base/hang timed out
$base/trickle timed out
http://127.0.0.1:$nobody/ connection refused
$base/reset $reset
$base/short body ended early: 991 of 1000 bytes are missing
$base/cut body ended early
$base/close the connection ended before a response came
$base/circle more than 10 redirects
$base/chain/3 -
$base/chain/11 more than 10 redirects
$base/moved -
$base/bomb content decoding:
$base/badgzip content decoding:
$base/both malformed response:
$base/chunk bad chunk:
$base/endless malformed head:
$base/nul malformed head:
$base/fold malformed head:
$base/barecr malformed head:
$base/garbage malformed head:
$base/scheme redirect:
https://localhost:$good/ -
https://localhost:$expired/ certificate expired $expiry
https://localhost:$wrong/ certificate is for another name, depth 0
https://localhost:$untrusted/ unable to get local issuer certificate
https://127.0.0.1:$site/ tls handshake
TABLE

# five of each, mixed with as many that are well, in an order that is the same every time
awk -v base="$base" '{ for (i = 0; i < 4; i++) print $1 "#" i }
    END { for (i = 0; i < 100; i++) print base "/ok/" i }' "$work/table" |
    awk '{ print (NR * 7919) % 10007, $0 }' | sort -n | cut -d' ' -f2 >"$work/urls"
n=$(wc -l <"$work/urls" | tr -d ' ')
[ "$n" -ge 200 ] || fail "$n URLs"

start=$(date +%s)
"$program" fetch --json -c 250 --per-host 250 -r 1 -t 8 --cacert "$work/ca/ca.pem" \
    -i "$work/urls" >"$work/out" 2>"$work/err"
status=$?
took=$(($(date +%s) - start))
[ $status -eq 1 ] || fail "exit status $status: $(tail -n 3 "$work/err")"
[ "$took" -le 60 ] || fail "it took $took s"
[ "$(wc -l <"$work/out" | tr -d ' ')" -eq "$n" ] || fail "not one line a URL"

errors=0
while read -r url words; do
    grep -F "{\"url\":\"$url#" "$work/out" >"$work/lines"
    [ "$(wc -l <"$work/lines" | tr -d ' ')" -eq 4 ] || fail "lines of $url"
    if [ "$words" = - ]; then
        want="\"error\":null"
    else
        want=$words
        errors=$((errors + 4))
    fi
    [ "$(grep -cF -e "$want" "$work/lines")" -eq 4 ] ||
        fail "$url: not \"$want\" in: $(cat "$work/lines")"
done <"$work/table"
[ "$(grep -c "$base/ok/.*\"status\":200.*\"error\":null" "$work/out")" -eq 100 ] ||
    fail "a URL that is well did not succeed"
tail -n 1 "$work/err" | grep -q "^$n urls, $((n - errors)) ok, $errors failed, " ||
    fail "summary: $(tail -n 1 "$work/err")"
# no URL outlives its 8 seconds by much
sed 's/.*"total_ms":\([0-9]*\).*/\1/' "$work/out" | sort -n | tail -n 1 >"$work/longest"
[ "$(cat "$work/longest")" -le 24000 ] || fail "the longest took $(cat "$work/longest") ms"

# a busy server is asked again, as often as told
"$program" fetch --json -r 2 "$base/busy" >"$work/out" 2>/dev/null
grep -q '"status":503' "$work/out" || fail "busy: $(cat "$work/out")"
"$program" fetch --insecure "https://localhost:$wrong/" >/dev/null 2>&1 || fail "--insecure"
"$program" fetch -r 0 --max-body 3 "$base/ok" >/dev/null 2>"$work/err" && fail "--max-body"
grep -q "body over the limit of 3 bytes" "$work/err" || fail "--max-body: $(cat "$work/err")"

# and when it says so by a date, not before
"$program" fetch --json -r 1 -t 30 "$base/busyuntil" >"$work/out" 2>/dev/null
waited=$(sed 's/.*"total_ms":\([0-9]*\).*/\1/' "$work/out")
[ "$waited" -ge 1900 ] || fail "Retry-After by date: asked again after $waited ms"

# interrupted, without workers and with: 130, the summary, and nothing unfinished is left
seq 8 | sed "s|.*|$base/stuck?&|" >"$work/stuck.urls"
all_begun() {
    [ "$(find "$work/int" -name '%temp*' 2>/dev/null | wc -l)" -ge 8 ]
}
for jobs in 1 2; do
    rm -rf "$work/int"
    "$program" fetch -j $jobs -t 60 -o "$work/int" -i "$work/stuck.urls" 2>"$work/err" &
    fetch=$!
    await all_begun || fail "not all begun"
    kill -INT $fetch
    wait $fetch
    status=$?
    [ $status -eq 130 ] || fail "interrupted with -j $jobs: exit status $status"
    [ -z "$(find "$work/int" -name '%temp*')" ] || fail "interrupted with -j $jobs: unfinished files"
    tail -n 1 "$work/err" | grep -q "^0 urls, 0 ok, 0 failed, " || fail "$(cat "$work/err")"
done

# a URL whose workers die twice is reported, and nothing of it stays behind.  The other URL's file is
# small, and its worker is spared.
unfinished() {
    find "$work/stuck" -name '%temp*' "$@" 2>/dev/null | head -n 1
}
"$program" fetch -j 2 -r 0 -t 60 -o "$work/stuck" "$base/stuck" "$base/ok" >"$work/out" 2>"$work/err" &
fetch=$!
victims=
while kill -0 $fetch 2>/dev/null && [ "$(echo "$victims" | wc -w)" -lt 2 ]; do
    file=$(unfinished -size +64k)
    worker=$(echo "$file" | sed -n 's/.*%temp\([0-9]*\)-.*/\1/p')
    case " $victims " in
    *" $worker "*) sleep 0.02 ;;
    *)
        kill_process "$worker"
        victims="$victims $worker"
        ;;
    esac
done
wait $fetch && fail "a URL that kills its workers succeeded"
[ -z "$(unfinished)" ] || fail "killed workers left $(unfinished)"
grep -q "it took two workers with it; the last $killed" "$work/err" || fail "no word of the crashes: $(cat "$work/err")"
tail -n 1 "$work/err" | grep -q "^2 urls, 1 ok, 1 failed, 5 bytes, " || fail "$(cat "$work/err")"
echo "$n URLs, each as it must be"
