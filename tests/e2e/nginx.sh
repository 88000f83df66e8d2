#!/bin/sh
# SPDX-License-Identifier: MIT
# The main job against a real server: thousands of files over HTTP and HTTPS, keep-alive and gzip, and
# not one byte different.
. "$(dirname "$0")/lib.sh"
work=$tmp/nginx
make_ca "$work/ca"
make_leaf "$work/ca" localhost "DNS:localhost,IP:127.0.0.1" 30

# 2,100 files in folders, from nothing to several MiB, of bytes and of words
mkdir -p "$work/www"
upper=README
tells "upper case in names" || upper=readme
perl -e '
    my ($dir, $upper) = @ARGV;
    srand 7;
    my @words = qw(green leaf stem root spore fern moss rain);
    for my $i (1 .. 2100) {
        my $folder = sprintf "%s/d%02d/e%d", $dir, $i % 40, $i % 3;
        system "mkdir", "-p", $folder if !-d $folder;
        my $size = $i % 50 == 0 ? 0 : $i % 700 == 1 ? 3_000_000 + $i : int(rand(20_000));
        my $name = $i % 9 == 0 ? "$upper.$i." . ($upper eq "README" ? "TXT" : "txt") : $i % 3 ? "f$i.html" : "f$i.bin";
        open my $out, ">:raw", "$folder/$name" or die $!;
        if ($i % 3) { print $out join " ", map { $words[rand @words] } 1 .. $size / 5 + ($size > 0) }
        else { print $out join "", map { chr int rand 256 } 1 .. $size }
    }' "$work/www" $upper || fail "making files"
start_nginx "$work"
(cd "$work/www" && find . -type f | sed 's|^\./||' | sort) >"$work/files"
[ "$(wc -l <"$work/files")" -ge 2000 ] || fail "too few files"
sed "s|^|http://127.0.0.1:$http/|" "$work/files" >"$work/urls"
sed "s|^|https://localhost:$https/|" "$work/files" >>"$work/urls"

"$program" fetch -c 100 --no-progress --cacert "$work/ca/ca.pem" -i "$work/urls" -o "$work/out" \
    2>"$work/err" || { tail -n 5 "$work/err" >&2; fail "exit status $?"; }
diff -r "$work/www" "$work/out/127.0.0.1+$http" || fail "HTTP files differ"
diff -r "$work/www" "$work/out/https+localhost+$https" || fail "HTTPS files differ"
n=$(wc -l <"$work/urls" | tr -d ' ')
tail -n 1 "$work/err" | grep -q "^$n urls, $n ok, 0 failed, [0-9]* bytes, [0-9.]* s\$" ||
    fail "summary: $(tail -n 1 "$work/err")"

# through two workers, one of which is killed in the middle: the same files all the same
"$program" fetch -j 2 -c 20 --json --no-progress --cacert "$work/ca/ca.pem" -i "$work/urls" \
    -o "$work/out2" >"$work/json2" 2>"$work/err2" &
fetch=$!
victim=
in_the_middle() {
    victim=$(head -n 1 "$work/json2" | sed -n 's/.*"pid":\([0-9]*\)}$/\1/p')
    [ -n "$victim" ]
}
await in_the_middle
[ -n "$victim" ] || fail "no worker"
kill_process "$victim"
wait $fetch || { tail -n 5 "$work/err2" >&2; fail "-j 2: exit status"; }
grep -q "a worker $killed" "$work/err2" || fail "no word of the killed worker"
diff -r "$work/out" "$work/out2" || fail "files through workers differ"
tail -n 1 "$work/err2" | grep -q "^$n urls, $n ok, 0 failed, " || fail "$(tail -n 1 "$work/err2")"

# the same bytes are named by the same hash
"$program" fetch --json -c 20 "http://127.0.0.1:$http/$(sed -n 3p "$work/files")" >"$work/json" \
    2>/dev/null || fail "json"
hash=$(sha256sum "$work/www/$(sed -n 3p "$work/files")" | cut -d' ' -f1)
grep -q "\"sha256\":\"$hash\"" "$work/json" || fail "hash: $(cat "$work/json")"
rm -rf "$work/www" "$work/out"
echo "$n files, no difference"
