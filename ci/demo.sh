#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh PROGRAM: the main job on loopback.  A site with HTTP, HTTPS under a CA of its own, and a name
# server of its own; two worker processes fetch its pages by name, over both.  Its last line is
# "demo: N urls, N ok, 0 failed".
set -eu
program=$1
pages=1200
work=$(mktemp -d "${TMPDIR:-/tmp}/frond-demo.XXXXXX")
server=
finish() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

"$program" serve --http 0 --https 0 --dns 0 --pages $pages --ca-dir "$work" >"$work/site" &
server=$!
for _ in $(seq 600); do
    [ -s "$work/site" ] && break
    sleep 0.1
done
value() {
    sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/" "$work/site"
}
http=$(value http) https=$(value https) dns=$(value dns) ca=$(value ca)
echo "The site: http://www.frond.test:$http/ and https://secure.frond.test:$https/,"
echo "names from 127.0.0.1:$dns, certificates by $(basename "$ca")"

i=1
while [ $i -le $pages ]; do
    echo "http://www.frond.test:$http/page/$i"
    echo "https://secure.frond.test:$https/page/$i"
    i=$((i + 1))
done >"$work/urls"

echo "frond fetch -j 2 -c 64 --nameserver 127.0.0.1:$dns --cacert CA --progress --json -i URLS"
status=0
"$program" fetch -j 2 -c 64 --nameserver "127.0.0.1:$dns" --cacert "$ca" --progress --json \
    -i "$work/urls" >"$work/results" || status=$?

awk '
    function number(name,    text) {
        text = $0
        if (!sub(".*\"" name "\":", "", text)) return 0
        return text + 0
    }
    {
        scheme = index($0, "\"url\":\"https") ? "https" : "http"
        n[scheme]++
        ok[scheme] += number("status") == 200
        bytes[scheme] += number("bytes")
        total[scheme] += number("total_ms")
        reused[scheme] += index($0, "\"reused\":true") > 0
        workers[number("pid")] = 1
    }
    END {
        printf "\n%-8s %7s %7s %12s %10s %9s\n", "", "urls", "ok", "bytes", "mean ms", "kept"
        for (s in n) {
            printf "%-8s %7d %7d %12d %10.2f %8.0f%%\n", s, n[s], ok[s], bytes[s],
                total[s] / n[s], 100 * reused[s] / n[s]
            urls += n[s]; well += ok[s]
        }
        for (w in workers) count++
        printf "%d worker processes\n", count
        printf "demo: %d urls, %d ok, %d failed\n", urls, well, urls - well
    }' "$work/results"
exit $status
