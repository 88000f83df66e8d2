#!/bin/sh
# SPDX-License-Identifier: MIT
# What bad input gets: a sentence that names it, the right exit status, and everything else done.
. "$(dirname "$0")/lib.sh"

"$program" serve --http 0 --dns 0 --pages 20 >"$tmp/serve" 2>"$tmp/serve.err" &
pids="$pids $!"
await [ -s "$tmp/serve" ] || fail "no server"
port=$(sed 's/.*"http":\([0-9]*\).*/\1/' "$tmp/serve")
dns=$(sed 's/.*"dns":\([0-9]*\).*/\1/' "$tmp/serve")
site=http://127.0.0.1:$port

# expect STATUS WORDS COMMAND...: stdout to $tmp/out, stderr to $tmp/err
expect() {
    want=$1 words=$2
    shift 2
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    got=$?
    [ $got -eq "$want" ] || fail "$*: exit status $got, not $want: $(cat "$tmp/err")"
    [ -z "$words" ] || grep -qF -e "$words" "$tmp/err" || fail "$*: no \"$words\" in: $(cat "$tmp/err")"
}

expect 2 "no command" "$program"
expect 2 "there is no command \"fetsh\"" "$program" fetsh
expect 2 "there is no option --wrong" "$program" fetch --wrong x
expect 2 "-c" "$program" fetch -c
expect 2 "there is no option -x" "$program" config -x
expect 0 "" "$program" help config
expect 0 "" env FROND_DNS_TRIES=5 "$program" config
grep -q "^FROND_DNS_TRIES=5 (environment)" "$tmp/out" || fail "no setting in: $(cat "$tmp/out")"
expect 1 "FROND_DNS_TRIES=x: must be a number from 1 to 100" env FROND_DNS_TRIES=x "$program" config
grep -q "^FROND_DNS_TRIES=x (environment) IS NOT ALLOWED" "$tmp/out" || fail "not marked: $(cat "$tmp/out")"
expect 1 "FROND_DNS_TRIES=x: must be a number from 1 to 100" env FROND_DNS_TRIES=x "$program" fetch "$site/"
[ "$(wc -l <"$tmp/err")" -eq 1 ] || fail "said more than once: $(cat "$tmp/err")"
expect 0 "" env FROND_DNS_TRIES=x "$program" version
expect 2 "\"none\" is not a number" "$program" fetch -c none "$site/"
expect 2 "--timeout: \"0\"" "$program" fetch -t 0 "$site/"
expect 2 "no URL given" "$program" fetch
expect 2 "--header" "$program" fetch --header nonsense "$site/"
expect 2 "--nameserver" "$program" fetch --nameserver nowhere "$site/"
expect 2 "there is no option --port" "$program" serve --port 1
expect 2 "--http" "$program" serve --http 70000
expect 2 "--jobs" "$program" serve -j 0
expect 2 "-j" "$program" serve -j 1000
expect 2 "is set by frond" "$program" fetch --header "content-length: 5" "$site/"
expect 2 "--header" "$program" fetch --header "bad name: x" "$site/"
expect 2 "--timeout" "$program" fetch -t 0x10 "$site/"
expect 2 "more than one --input" "$program" fetch -i a -i b
expect 0 "1 ok" sh -c "printf '\\357\\273\\277$site/page/1\\n' | '$program' fetch -o '$tmp/a/b/c' -i -"
expect 2 "--nameserver" "$program" fetch --nameserver 127.0.0.1:0 "$site/"
expect 2 "there is no option --bogus" "$program" serve --bogus
expect 2 "--cert without --https" "$program" serve --cert x
expect 2 "--zone" "$program" serve --zone 'a"b'
expect 2 "--zone" "$program" serve --zone 'a b'
expect 1 "$tmp/odd.pem: it holds nothing" sh -c "echo x >'$tmp/odd.pem'; '$program' serve --https 0 --cert '$tmp/odd.pem'"
expect 1 "no-such-dir" "$program" serve --https 0 --ca-dir "$tmp/no-such-dir"
expect 0 "" "$program" fetch -c 3 --help
expect 1 "no-such-file" "$program" fetch -i "$tmp/no-such-file"
tail -n 1 "$tmp/err" | grep -q "^0 urls, 0 ok, 0 failed, " || fail "no summary: $(cat "$tmp/err")"
expect 1 "1 urls, 1 ok, 0 failed" "$program" fetch "$site/page/1" -i "$tmp/no-such-file"
expect 1 "is a directory" "$program" fetch -i "$tmp"
expect 1 "no-such-ca" "$program" fetch --cacert "$tmp/no-such-ca" "$site/page/1"
expect 1 "no-such-ca" "$program" fetch -j 2 --cacert "$tmp/no-such-ca" "$site/page/1"
[ "$(wc -l <"$tmp/err")" -eq 2 ] || fail "more than it needs: $(cat "$tmp/err")"
expect 1 "not a folder" "$program" fetch -o "$tmp/serve" "$site/page/1"
expect 1 "2 urls, 1 ok, 1 failed" "$program" fetch "$site/page/1" "$site/page/99999"
expect 0 "1 urls, 1 ok, 0 failed" "$program" fetch -c1 "--retries=0" "$site/page/1"
expect 1 "line 3: url:" sh -c "printf '# c\n\nhttp://[bad/\n$site/page/2\n' | '$program' fetch -i -"
grep -q "http://\[bad/" "$tmp/err" || fail "the bad line is not quoted"
# a line that is too long, one with a NUL, one with control bytes: told, and the others fetched
{
    echo "$site/page/1"
    head -c 70000 /dev/zero | tr '\0' a
    echo
    printf 'http://h/\033[31m\n%s\0junk\n' "$site/page/1"
    echo "$site/page/2"
} >"$tmp/odd"
expect 1 "5 urls, 2 ok, 3 failed" "$program" fetch -i "$tmp/odd"
grep -q "line 2: longer than" "$tmp/err" || fail "the long line: $(cat "$tmp/err")"
grep -q "line 4: a NUL" "$tmp/err" || fail "the NUL: $(cat "$tmp/err")"
! grep -q "$(printf '\033')" "$tmp/err" || fail "a control byte went out"
expect 1 "1 ok, 1 failed" sh -c "printf '# c\n\nhttp://[bad/\n$site/page/2\n' | '$program' fetch -i -"
expect 1 "resolve no.such.zone.invalid: " "$program" fetch --nameserver "127.0.0.1:$dns" \
    -r 0 "http://no.such.zone.invalid/"
expect 0 "1 ok" "$program" fetch --nameserver "127.0.0.1:$dns" "http://x.y.frond.test:$port/page/3"
expect 1 "connection refused" "$program" fetch -r 0 "http://127.0.0.1:1/"
! tells "limit of descriptors" ||
    expect 2 "descriptors" sh -c "ulimit -n 200; exec '$program' fetch -c 1000 $site/page/1"

# a full disk, a folder that cannot be written, a closed standard output
if [ -w /dev/full ]; then
    expect 1 "standard output" sh -c "'$program' fetch $site/page/1 >/dev/full"
fi
expect 1 "standard output" sh -c "'$program' fetch $site/page/1 >&-"
# whatever is closed: no descriptor of frond's takes the place, and libuv does not abort
! tells "both outputs closed" ||
    expect 1 "" sh -c "'$program' fetch $site/page/1 <&- >&- 2>&-"
! tells "both outputs closed" ||
    expect 1 "" sh -c "'$program' fetch -j 2 $site/page/1 >&- 2>&-"
expect 0 "1 ok" sh -c "'$program' fetch -o '$tmp/closed' $site/page/1 <&- >&-"
[ -s "$tmp/closed/127.0.0.1+$port/page/1" ] || fail "no file"
mkdir "$tmp/dir"
expect 0 "2 ok" "$program" fetch -o "$tmp/dir" "$site/page/1" "$site/page/2"
[ -z "$(find "$tmp/dir" -name '%temp*')" ] || fail "unfinished files are left"
[ -s "$tmp/dir/127.0.0.1+$port/page/1" ] || fail "no file"

# names that are not ASCII: on the command line, on the disk, in what is printed
expect 0 "1 ok" "$program" fetch -o "$tmp/grün/葉" "$site/page/1"
[ -s "$tmp/grün/葉/127.0.0.1+$port/page/1" ] || fail "no file below grün/葉"
expect 1 "$tmp/laub/blättchen" "$program" fetch -i "$tmp/laub/blättchen"
"$program" fetch "$site/page/1" >"$tmp/out" 2>/dev/null || fail "fetch"
! grep -q "$(printf '\r')" "$tmp/out" || fail "a carriage return at the end of a line"

# JSON has every member
"$program" fetch --json "$site/page/1" >"$tmp/out" 2>/dev/null || fail "json"
for member in url final_url status bytes sha256 error dns_ms connect_ms tls_ms first_byte_ms \
    total_ms reused remote pid; do
    grep -q "\"$member\":" "$tmp/out" || fail "no $member in: $(cat "$tmp/out")"
done

expect 0 "" "$program" version
version=$(cat "$tmp/out")
expect 0 "" "$program" --version
[ "$(cat "$tmp/out")" = "$version" ] || fail "--version: $(cat "$tmp/out")"
expect 0 "" "$program" version --verbose
[ "$(head -n 1 "$tmp/out")" = "$version" ] || fail "version: $(cat "$tmp/out")"
for fact in system cpu context guard symbols libuv polling probes c-ares openssl zlib children; do
    grep -q "^$fact  *[^ ]" "$tmp/out" || fail "no $fact in: $(cat "$tmp/out")"
done
expect 0 "" "$program" version --json
grep -q '^{"frond":"[0-9.]*","system":".*"}$' "$tmp/out" || fail "no JSON: $(cat "$tmp/out")"
expect 2 "there is no option --loud" "$program" version --loud
expect 0 "" "$program" version --help
grep -q -- --verbose "$tmp/out" || fail "help of version"
if [ -w /dev/full ]; then
    expect 1 "standard output" sh -c "'$program' version --verbose >/dev/full"
fi
expect 0 "" "$program" help fetch
grep -q -- --concurrency "$tmp/out" || fail "help"
echo "all said what was wrong"
