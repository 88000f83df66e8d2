#!/bin/sh
# SPDX-License-Identifier: MIT
# A real peer: nginx, with keys of every kind, TLS 1.2 and 1.3, sessions used again, clients that must have certificates,
# large answers on connections that are kept, and a reload in the middle.
# nginx.sh PEER_PROGRAM
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/keys.sh"
get=$1
command -v openssl >/dev/null || skip "no openssl here"
make_ca "$tmp/ca"
make_key_leaves
mkdir -p "$tmp/www"
perl -e 'for (1 .. 40000) { print "line $_\n" }' >"$tmp/www/data"
perl -e 'srand 3; for (1 .. 200) { print join "", map { chr int rand 256 } 1 .. 1000; print "-" x 99000 }' \
    >"$tmp/www/large"

# server PORT NAME CERTIFICATE OPTIONS: one of nginx's, for NAME.test
server() {
    echo "server { listen 127.0.0.1:$1 ssl; server_name $2.test; $4"
    echo "ssl_certificate \"$tmp/ca/$3.pem\"; ssl_certificate_key \"$tmp/ca/$3.key\"; }"
}
servers=$(
    for key in $kinds; do
        server @HTTPS@ "$key" "$key" ""
        server @OTHER@ "$key" "$key" "ssl_verify_client on; ssl_session_tickets off;"
    done
)
user=
[ "$(id -u)" -ne 0 ] || user="user root;"
while IFS= read -r line; do
    case $line in
    @USER@) echo "$user" ;;
    *@SERVERS@*) echo "$servers" ;;
    *) echo "$line" ;;
    esac
done <"$(dirname "$0")/nginx.conf.in" >"$tmp/nginx.in"
start_nginx "$tmp" "$tmp/nginx.in"

# gets PORT NAME VERSION CONNECTIONS RATE FILE [PEM]: as peer_get.c says; the file arrives whole
gets() {
    port=$1 name=$2 version=$3 times=$4 rate=$5 file=$6
    shift 6
    "$get" "$tmp/ca/ca.pem" "$port" "$name.test" "$version" "$times" "$rate" "/$file" "$@" \
        >"$tmp/got" 2>"$tmp/said" || return 1
    cmp "$tmp/www/$file" "$tmp/got" || fail "$name, TLS 1.$version: other bytes"
}

# agreed VERSION WORD: how many connections were of that version, and a session "anew" or "again"
agreed() {
    grep -c "^TLSv1.$1 [^ ]* http/1.1 $2" "$tmp/said"
}

for key in $kinds; do
    for version in 2 3; do
        what="$key, TLS 1.$version"
        gets "$https" "$key" $version 2 0 data || fail "$what: $(cat "$tmp/said")"
        [ "$(agreed $version anew) $(agreed $version again)" = "1 1" ] || fail "$what: $(cat "$tmp/said")"
        gets "$other" "$key" $version 2 0 data "$tmp/$key.pem" ||
            fail "$what, certificate: $(cat "$tmp/said")"
        [ "$(agreed $version anew) $(agreed $version again)" = "1 1" ] ||
            fail "$what, certificate: $(cat "$tmp/said")"
        gets "$other" "$key" $version 1 0 data && fail "$what: no certificate, and served"
        grep -q "answer: HTTP/1.1 400 " "$tmp/said" || fail "$what, no certificate: $(cat "$tmp/said")"
    done
done
for version in 2 3; do
    gets "$https" p256 $version 1 0 large || fail "large: $(cat "$tmp/said")"
done

# a reload in the middle of a download, which goes on; a name that is new is served then, and was not before
gets "$https" renewed 3 1 0 data && fail "a name that is not there is served"
grep -q "certificate is for another name" "$tmp/said" || fail "new name: $(cat "$tmp/said")"
"$get" "$tmp/ca/ca.pem" "$https" rsa.test 3 1 10000000 /large >"$tmp/slow" 2>"$tmp/slow.said" &
slow=$!
await grep -q begun "$tmp/slow.said" || fail "slow: $(cat "$tmp/slow.said")"
make_key_leaf renewed ec -pkeyopt ec_paramgen_curve:prime256v1
sed "s#^}\$##" "$tmp/nginx.conf" >"$tmp/nginx.more"
(cat "$tmp/nginx.more" && server "$https" renewed renewed "" && echo "}") >"$tmp/nginx.conf"
kill -HUP "$nginx_pid"
await gets "$https" renewed 3 1 0 data || fail "after the reload: $(cat "$tmp/said" "$tmp/nginx.log")"
kill -0 $slow 2>/dev/null || echo "the download was over before the reload was"
wait $slow || fail "the download was broken: $(cat "$tmp/slow.said")"
cmp "$tmp/www/large" "$tmp/slow" || fail "the download has other bytes"
echo "nginx is understood"
