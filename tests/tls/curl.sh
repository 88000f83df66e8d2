#!/bin/sh
# SPDX-License-Identifier: MIT
# Real peers: curl, with each version of TLS, against our server of HTTPS.
# curl.sh
. "$(dirname "$0")/../e2e/lib.sh"
command -v curl >/dev/null || skip "no curl here"
command -v openssl >/dev/null || skip "no openssl here"
make_ca "$tmp/ca"
make_leaf "$tmp/ca" good "DNS:localhost,IP:127.0.0.1" 30
mkdir "$tmp/www"
perl -e 'for (1 .. 60000) { print "line $_\n" }' >"$tmp/www/data"
"$program" serve --https 0 --cert "$tmp/ca/good.pem" --key "$tmp/ca/good.key" "$tmp/www" \
    >"$tmp/served" 2>&1 &
pids="$pids $!"
await grep -q https "$tmp/served"
port=$(sed -n 's/.*"https":\([0-9]*\).*/\1/p' "$tmp/served")
[ -n "$port" ] || fail "no port in: $(cat "$tmp/served")"

for options in "--tlsv1.2 --tls-max 1.2" "--tlsv1.3" "--tlsv1.3 --curves P-384" \
    "--tlsv1.2 --tls-max 1.2 --ciphers ECDHE-ECDSA-CHACHA20-POLY1305"; do
    # shellcheck disable=SC2086 # words
    curl -sS --noproxy '*' --cacert "$tmp/ca/ca.pem" $options "https://localhost:$port/data" \
        -o "$tmp/got" 2>"$tmp/err" || fail "curl $options: $(cat "$tmp/err")"
    cmp "$tmp/www/data" "$tmp/got" || fail "curl $options: other bytes"
done
curl -sS --noproxy '*' "https://localhost:$port/data" -o /dev/null 2>/dev/null &&
    fail "curl believes a CA that it does not know"
curl -sS --noproxy '*' --cacert "$tmp/ca/ca.pem" --tls-max 1.1 --tlsv1.1 \
    "https://localhost:$port/data" -o /dev/null 2>/dev/null && fail "TLS 1.1 was accepted"
echo "curl understands"
