#!/bin/sh
# SPDX-License-Identifier: MIT
# A running program, seen through its backdoor: by `frond ctl`, and by hand.
. "$(dirname "$0")/lib.sh"

# says TEXT COMMAND...: what `frond ctl` prints of it has that
says() {
    text=$1
    shift
    "$program" ctl "$door" "$@" >"$tmp/answer" 2>&1 || fail "ctl $*: $(cat "$tmp/answer")"
    grep -q -- "$text" "$tmp/answer" || fail "ctl $*: no \"$text\" in: $(cat "$tmp/answer")"
}

# fails TEXT ARG...: it ends with status 1 and says that
fails() {
    text=$1
    shift
    "$program" ctl "$@" >"$tmp/answer" 2>&1
    status=$?
    [ $status -eq 1 ] || fail "ctl $*: status $status: $(cat "$tmp/answer")"
    grep -q -- "$text" "$tmp/answer" || fail "ctl $*: no \"$text\" in: $(cat "$tmp/answer")"
}

"$program" serve --http 0 --pages 10 --delay 600000 --backdoor 127.0.0.1:0 >"$tmp/site" 2>"$tmp/site.err" &
server=$!
pids="$pids $server"
await [ -s "$tmp/site" ] || fail "no server: $(cat "$tmp/site.err")"
port=$(sed 's/.*"http":\([0-9]*\).*/\1/' "$tmp/site")
door=$(sed -n 's/^frond: backdoor at //p' "$tmp/site.err" | tr -d '\r')
[ -n "$door" ] || fail "no backdoor: $(cat "$tmp/site.err")"

"$program" fetch --retries 0 --timeout 600 "http://127.0.0.1:$port/page/1" >"$tmp/fetched" 2>&1 &
fetcher=$!
pids="$pids $fetcher"
sleeps() {
    "$program" ctl "$door" ps 2>&1 | grep -q ' sleep$'
}
await sleeps || fail "no greenlet that delays the answer: $("$program" ctl "$door" ps)"
says ' main  signal' ps
says 'waiting .*read from' top
says 'greenlets (' stat
says '^# EOF' stat --openmetrics
says 'state="waiting"} [1-9]' stat --openmetrics
says 'FROND_SHUFFLE' config
says 'spawned by greenlet' dump
id=$("$program" ctl "$door" ps | sed -n 's/^\([0-9.]*\) .* sleep$/\1/p' | head -n 1)
says 'waiting for sleep' bt "$id"
says 'is told to end' kill "$id"
wait "$fetcher" && fail "a request went well whose greenlet was killed"
fails 'there is no such greenlet' "$door" bt "$id"
fails 'there is no such command' "$door" nonsense
"$program" ctl "$door" '' >"$tmp/answer" 2>&1 || fail "an empty command: $(cat "$tmp/answer")"
"$program" ctl "$door" quit >"$tmp/answer" 2>&1 || fail "quit: $(cat "$tmp/answer")"
printf 'ps\nstat\n' | "$program" ctl "$door" >"$tmp/answer" 2>&1 || fail "a conversation: $(cat "$tmp/answer")"
grep -q 'greenlets (' "$tmp/answer" || fail "a conversation: $(cat "$tmp/answer")"

# While it records, it tells of what it does.
says 'recording has begun' trace "$tmp/trace.json"
says ' main' ps
says 'recording is over' trace off
grep -q '"cat":"run"' "$tmp/trace.json" || fail "nothing was recorded"

# On a terminal top goes on until q, which is not shown, and leaves the terminal as it was.
if [ -z "${FROND_EMULATOR:-}" ] && script --version 2>/dev/null | grep -q util-linux; then
    mkfifo "$tmp/keys"
    script -qec "'$program' ctl '$door' top; stty -a" /dev/null <"$tmp/keys" >"$tmp/top" 2>&1 &
    terminal=$!
    pids="$pids $terminal"
    exec 3>"$tmp/keys"
    looked_twice() {
        [ "$(grep -c 'HUB   COUNT' "$tmp/top")" -ge 2 ]
    }
    await looked_twice || fail "top on a terminal: $(cat "$tmp/top")"
    printf q >&3
    wait "$terminal" || fail "top did not end well: $(cat "$tmp/top")"
    exec 3>&-
    grep -q '[^-]icanon' "$tmp/top" && grep -q '[^-]echo ' "$tmp/top" || fail "the terminal stays: $(cat "$tmp/top")"
fi

fails 'refused\|no such file\|no backdoor' 127.0.0.1:1 ps
"$program" ctl >"$tmp/answer" 2>&1
[ $? -eq 2 ] || fail "ctl without a socket"

if [ -z "${FROND_EMULATOR:-}" ]; then # by people, and by a file that only its owner opens
    "$program" serve --http 0 --backdoor "$tmp/door" >"$tmp/second" 2>"$tmp/second.err" &
    second=$!
    pids="$pids $second"
    await [ -s "$tmp/second" ] || fail "no server: $(cat "$tmp/second.err")"
    ls -l "$tmp/door" | grep -q '^srw-------' || fail "who may open it: $(ls -l "$tmp/door")"
    door=$tmp/door
    says ' main' ps
    kill "$second"
    wait "$second"
    [ ! -e "$tmp/door" ] || fail "the file of the socket stays"
fi
exit 0
