#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh FOLDER_OF_PROGRAMS [WORKLOAD...]
# Runs the benchmarks (all, or some of: switch spawn queue timers parked dump children forks pipes lookup echo accept
# idle syscalls forward tls fetch), prints their medians as "workload subject metric value unit", and how frond
# stands to its marks (README.md).
# ROUNDS: how many samples of each (9; echo, the noisiest, has three times as many). BENCH_STRICT=1: exit with 1 when a mark is missed.
set -u
all="switch spawn queue timers parked dump children forks pipes lookup echo accept idle syscalls forward tls fetch"
here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ]; then
    echo "usage: run.sh FOLDER_OF_PROGRAMS [WORKLOAD]...
workloads: $all" >&2
    exit 2
fi
programs=$(cd "$1" && pwd) || exit 2
shift
workloads=${*:-$all}
rounds=${ROUNDS:-9}

tmp=$(mktemp -d "${TMPDIR:-/tmp}/frond-bench.XXXXXX")
samples=$tmp/samples
: >"$samples"
pids=
stop_servers() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    pids=
}
trap 'stop_servers; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

say() {
    echo "bench: $*" >&2
}

# What is measured runs on CPU 0, what drives or serves it on CPU 1; with one CPU nothing is pinned.
measured='' driver=''
if command -v taskset >/dev/null && taskset -c 0,1 true 2>/dev/null; then
    measured="taskset -c 0" driver="taskset -c 1"
else
    say "not two CPUs, or no taskset: nothing is pinned, expect noise"
fi
# shellcheck disable=SC3045 # dash, busybox and bash have -n and -H
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
# shellcheck disable=SC3045
descriptors=$(ulimit -n)

# have PROGRAM...: whether they are built
have() {
    for program in "$@"; do
        if [ ! -x "$programs/$program" ]; then
            say "left out: $program is not built"
            return 1
        fi
    done
}

# sample COMMAND...: runs it and keeps its samples
sample() {
    if ! "$@" >>"$samples"; then
        say "failed: $*"
        exit 1
    fi
}

# ---- workloads ----

bench_switch() {
    have switch || return
    # shellcheck disable=SC2086 # the prefix is words
    sample $measured "$programs/switch" 4000000 "$rounds"
}

# beside_state_threads PROGRAM COUNT: each round of the one is followed by one of the other
beside_state_threads() {
    have "$1" || return
    for _ in $(seq "$rounds"); do
        # shellcheck disable=SC2086
        sample $measured "$programs/$1" "$2" 1
        if [ -x "$programs/state_threads" ]; then
            # shellcheck disable=SC2086
            sample $measured "$programs/state_threads" "$1" "$2" 1
        fi
    done
}

bench_spawn() {
    beside_state_threads spawn 500000
}

bench_queue() {
    beside_state_threads queue 1000000
}

# A million of anything takes some GiB; with less, a hundred thousand have to do.
count_for() {
    kib=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
    if [ "${kib:-0}" -ge $(($1 * 1024 * 1024)) ]; then
        echo 1000000
    else
        say "not $1 GiB free: 100,000 instead of 1,000,000"
        echo 100000
    fi
}

bench_children() {
    have children || return
    # shellcheck disable=SC2086
    sample $measured "$programs/children" 200 "$rounds" 512
}

bench_forks() {
    have forks || return
    # shellcheck disable=SC2086
    sample $measured "$programs/forks" 100 "$rounds"
}

bench_pipes() {
    have pipes || return
    sample "$programs/pipes" 200 "$rounds"
}

bench_timers() {
    have timers || return
    # shellcheck disable=SC2086
    sample $measured "$programs/timers" "$(count_for 8)" "$rounds"
}

bench_parked() {
    have parked || return
    count=$(count_for 8)
    for _ in 1 2 3; do
        for subject in assembly by_hand frond; do
            # shellcheck disable=SC2086
            sample $measured "$programs/parked" $subject "$count"
        done
    done
}

bench_dump() {
    have dump || return
    # shellcheck disable=SC2086
    sample $measured "$programs/dump" 10000 "$rounds"
}

bench_lookup() {
    have lookup_server lookup_ares lookup_frond || return
    rm -f "$tmp/port"
    # shellcheck disable=SC2086
    $driver "$programs/lookup_server" >"$tmp/port" &
    pids="$pids $!"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if [ -s "$tmp/port" ]; then
            break
        fi
        sleep 0.1
    done
    for _ in $(seq "$rounds"); do
        for client in ares frond; do
            # shellcheck disable=SC2086
            sample $measured "$programs/lookup_$client" "$(cat "$tmp/port")" 50000 100
        done
    done
    stop_servers
}

# start_server FAMILY NAME [ARG...]: adds NAME:PORT:PID to $servers.  Under $tracer, if there is one.
tracer=
start_server() {
    program=$programs/$1_$2 name=$2
    shift 2
    rm -f "$tmp/port"
    # shellcheck disable=SC2086
    $tracer $measured "$program" "$@" >"$tmp/port" &
    server_pid=$!
    pids="$pids $server_pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if [ -s "$tmp/port" ]; then
            break
        fi
        sleep 0.1
    done
    if [ ! -s "$tmp/port" ]; then
        say "$program does not start"
        exit 1
    fi
    servers="$servers $name:$(cat "$tmp/port"):$server_pid"
}

# enough_descriptors WORKLOAD COUNT
enough_descriptors() {
    if [ "$descriptors" != unlimited ] && [ "$descriptors" -lt "$2" ]; then
        say "left out: $1 needs $2 descriptors, there may be $descriptors"
        return 1
    fi
}

# echo_with CONNECTIONS BYTES [ARGUMENT OF FROND'S SERVER]
echo_with() {
    enough_descriptors "echo_$1" $(($1 * 3 + 100)) || return
    servers=
    start_server echo epoll
    start_server echo libuv
    start_server echo frond ${3:+"$3"}
    # shellcheck disable=SC2086
    sample $driver "$programs/echo_load" "$1" $((rounds * 3)) "$2" $servers
    stop_servers
}

bench_echo() {
    have echo_epoll echo_libuv echo_frond echo_load || return
    for connections in 64 1000; do
        echo_with $connections 64
        echo_with $connections 16384 big
    done
}

bench_accept() {
    have echo_epoll echo_libuv echo_frond accept_load || return
    servers=
    for name in epoll libuv frond; do
        start_server echo $name
    done
    # shellcheck disable=SC2086
    sample $driver "$programs/accept_load" $((rounds * 3)) $servers
    stop_servers
}

bench_idle() {
    have echo_libuv echo_frond idle_load || return
    enough_descriptors idle 10100 || return
    for _ in 1 2 3; do
        servers=
        start_server echo libuv
        start_server echo frond
        # shellcheck disable=SC2086
        sample $driver "$programs/idle_load" 10000 $servers
        stop_servers
    done
}

# traced TURNS: "requests calls-by-name..." of an echo server that 64 connections drive so long
traced() {
    servers=
    rm -f "$tmp/calls"
    tracer="strace -D -f -c -U name,calls -o $tmp/calls"
    start_server echo frond
    tracer=
    # shellcheck disable=SC2086
    $driver "$programs/echo_load" 64 "$1" 64 $servers | awk '$3 == "requests" { print $3, $4 }'
    sleep 0.3 # it sees the ends of all connections
    stop_servers
    for _ in 1 2 3 4 5 6 7 8 9 10; do # the tracer ends a little after what it traces
        if [ -s "$tmp/calls" ]; then
            break
        fi
        sleep 0.1
    done
    awk 'NF == 2 && $2 + 0 > 0 && $1 != "total" { print }' "$tmp/calls"
}

# What two runs of different length have in common, connections and beginnings, goes away between them.
bench_syscalls() {
    have echo_frond echo_load || return
    if ! command -v strace >/dev/null || ! strace -D -c -o /dev/null true 2>/dev/null; then
        say "left out: syscalls needs strace, and that it may trace"
        return
    fi
    traced 1 >"$tmp/short" && traced 9 >"$tmp/long"
    awk 'FNR == NR { n[$1] -= $2; next }
        { n[$1] += $2 }
        END {
            for (name in n)
                if (name ~ /^(read|recv|recvfrom|recvmsg|readv|write|writev|send|sendto|sendmsg)$/)
                    moving += n[name]
                else if (name ~ /^epoll_p?wait2?$/)
                    waiting += n[name]
                else if (name != "requests")
                    other += n[name]
            per = n["requests"]
            if (per <= 0) exit 1
            print "syscalls frond read_write", moving / per, "/request"
            print "syscalls frond epoll_wait", waiting / per, "/request"
            print "syscalls frond epoll_ctl", n["epoll_ctl"] / per, "/request"
            print "syscalls frond other", other / per, "/request"
        }' "$tmp/short" "$tmp/long" >>"$samples"
}

bench_forward() {
    have forward_epoll forward_frond forward_load || return
    servers=
    start_server forward epoll
    start_server forward frond
    # shellcheck disable=SC2086
    sample $driver "$programs/forward_load" "$rounds" $servers
    stop_servers
}

# A CA, and a server's certificate of it, as most servers have.
make_certificates() {
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
            -subj "/CN=CA" -keyout "$tmp/ca.key" -out "$tmp/ca.pem" &&
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
                -subj "/CN=localhost" -keyout "$tmp/server.key" -out "$tmp/server.csr" &&
            echo "subjectAltName=DNS:localhost,IP:127.0.0.1" >"$tmp/server.ext" &&
            openssl x509 -req -in "$tmp/server.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" \
                -CAcreateserial -days 2 -extfile "$tmp/server.ext" -out "$tmp/server.pem"
    } >"$tmp/openssl.log" 2>&1
}

# tls_with KIND CONNECTIONS ROUNDS SIZE [ARGUMENT OF FROND'S SERVER]
tls_with() {
    servers=
    start_server tls_echo epoll "$tmp/both.pem"
    start_server tls_echo frond "$tmp/both.pem" ${5:+"$5"}
    # shellcheck disable=SC2086
    sample $driver "$programs/tls_echo_load" "$1" "$2" "$3" "$4" $servers
    stop_servers
}

bench_tls() {
    have tls_echo_epoll tls_echo_frond tls_echo_load tls_shake_epoll tls_shake_frond || return
    if ! command -v openssl >/dev/null || ! make_certificates; then
        say "left out: tls needs openssl"
        return
    fi
    cat "$tmp/server.pem" "$tmp/server.key" >"$tmp/both.pem"
    tls_with echo 64 $((rounds * 3)) 64
    tls_with echo 64 $((rounds * 3)) 16384 big
    tls_with bulk 1 "$rounds" 1024 big
    enough_descriptors tls_idle 2100 && tls_with idle 2000 1 64
    for _ in $(seq "$rounds"); do
        for client in epoll frond; do
            servers=
            measured_by=$measured measured=$driver
            start_server tls_echo epoll "$tmp/both.pem"
            measured=$measured_by
            port=${servers#*:}
            for kind in full resumed; do
                # shellcheck disable=SC2086
                sample $measured "$programs/tls_shake_$client" $kind "${port%%:*}" 1000 \
                    "$tmp/ca.pem"
            done
            stop_servers
        done
    done
}

# Tries ports until some are free; sets http and https.
start_nginx() {
    mkdir -p "$tmp/www" "$tmp/tmp"
    head -c 1024 /dev/zero | tr '\0' x >"$tmp/www/body"
    for _ in 1 2 3 4 5; do
        http=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
        https=$((http + 10000))
        sed "s#@DIR@#$tmp#g; s#@HTTP@#$http#g; s#@HTTPS@#$https#g" \
            "$here/nginx.conf.in" >"$tmp/nginx.conf"
        # shellcheck disable=SC2086
        $driver "$nginx" -p "$tmp" -c "$tmp/nginx.conf" >"$tmp/nginx.log" 2>&1 &
        nginx_pid=$!
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            sleep 0.1
            if [ -s "$tmp/nginx.pid" ]; then
                pids="$pids $nginx_pid"
                return 0
            fi
            kill -0 $nginx_pid 2>/dev/null || break
        done
        kill $nginx_pid 2>/dev/null
        wait $nginx_pid 2>/dev/null
    done
    cat "$tmp/nginx.log" >&2
    return 1
}

bench_fetch() {
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    if [ ! -x "$nginx" ] || ! command -v openssl >/dev/null; then
        say "left out: fetch needs nginx and openssl"
        return
    fi
    have fetch_frond || return
    clients=frond
    if have fetch_curl; then
        clients="curl frond"
    fi
    if ! make_certificates || ! start_nginx; then
        say "left out: fetch (nginx does not start)"
        return
    fi
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
    for _ in $(seq "$rounds"); do
        for client in $clients; do
            # shellcheck disable=SC2086
            sample $measured "$programs/fetch_$client" fetch_http \
                "http://127.0.0.1:$http" 20000 100
        done
        for client in $clients; do
            # shellcheck disable=SC2086
            sample $measured "$programs/fetch_$client" fetch_https \
                "https://127.0.0.1:$https" 20000 100 "$tmp/ca.pem"
        done
    done
    stop_servers
}

# ---- results ----

# Lines "key... value" in, grouped by all but the last word: the median of each group out.
medians() {
    awk '{ value = $NF; $NF = ""; print $0 "\t" value }' | sort -t "$(printf '\t')" -k1,1 -k2,2g |
        awk -F '\t' '
            function out() { if (n) print key v[int((n + 1) / 2)] }
            $1 != key { out(); key = $1; n = 0 }
            { v[++n] = $2 }
            END { out() }'
}

table() {
    awk '{ print $1, $2, $3, $5, $4 }' "$samples" | medians | awk '{ print $1, $2, $3, $5, $4 }'
}

# ratio WORKLOAD METRIC SUBJECT TO: the median of the ratios of samples taken side by side
ratio() {
    awk -v w="$1" -v m="$2" -v a="$3" -v b="$4" '
        $1 == w && $3 == m && $2 == a { x[++i] = $4 }
        $1 == w && $3 == m && $2 == b { y[++j] = $4 }
        END { for (k = 1; k <= i && k <= j; k++) print "ratio", x[k] / y[k] }' "$samples" |
        medians | awk '{ print $2 }'
}

value() {
    table | awk -v w="$1" -v s="$2" -v m="$3" '$1 == w && $2 == s && $3 == m { print $4 }'
}

missed=0
# mark NAME VALUE LIMIT [least]: at most, or at least
mark() {
    if [ -z "$2" ]; then
        return
    fi
    if awk -v v="$2" -v l="$3" -v least="${4:-}" 'BEGIN { exit !(least ? v >= l : v <= l) }'; then
        verdict=ok
    else
        verdict=MISSED missed=1
    fi
    awk -v n="$1" -v v="$2" -v l="$3" -v r=$verdict 'BEGIN { printf "mark %s %.3g %s %s\n", n, v, l, r }'
}

# echo_mark CONNECTIONS SIZE
echo_mark() {
    case $1$2 in
    64) most=1.03 ;;
    1000) most=1.08 ;;
    64_16384) most=1.01 ;;
    1000_16384) most=1.00 ;;
    esac
    mark "echo_$1$2_to_epoll" "$(ratio "echo_$1$2" cpu frond epoll)" "$most"
}

marks() {
    mark switch_to_boost "$(ratio switch time frond boost)" 1.10
    mark yield_to_assembly "$(ratio yield time frond assembly)" 3.45
    mark spawn_join_to_assembly "$(ratio spawn_join time frond assembly)" 4.33
    mark spawn_park_join_to_assembly "$(ratio spawn_park_join time frond assembly)" 5.0
    mark queue_128_to_state_threads "$(ratio queue_128 time frond state_threads)" 1.0
    mark rendezvous_to_state_threads "$(ratio rendezvous time frond state_threads)" 1.0
    mark timer_to_libuv "$(ratio timer time frond libuv)" 0.5
    mark parked_to_by_hand "$(ratio parked cpu frond by_hand)" 1.15
    mark parked_kib "$(value parked frond memory | awk -v t="$(value parked frond page_tables)" \
        '{ print $1 + t }')" 4.7
    mark dump_ms "$(value dump frond time)" 1000
    for workload in children_1 children_8 children_large; do
        mark ${workload}_to_posix_spawn "$(ratio $workload rate frond posix_spawn)" 0.97 least
    done
    mark fork_beside_to_alone "$(value fork beside time |
        awk -v alone="$(value fork alone time)" 'alone { print $1 / alone }')" 3
    mark start_to_posix_spawn "$(ratio start time frond posix_spawn)" 2.0
    mark pipe_round_trip_to_raw "$(ratio pipe_round_trip rate frond raw)" 0.9 least
    mark pipe_round_trip_to_epoll "$(ratio pipe_round_trip rate frond epoll)" 0.9 least
    mark pipe_stream_64_to_raw "$(ratio pipe_stream_64 rate frond raw)" 1.5 least
    mark pipe_stream_65536_to_raw "$(ratio pipe_stream_65536 rate frond raw)" 1.2 least
    mark lookup_to_c-ares "$(ratio lookup cpu frond c-ares)" 1.3
    mark lookup_cached_ns "$(value lookup_cached frond cpu)" 300
    mark echo_64_to_libuv "$(ratio echo_64 cpu frond libuv)" 1.05
    mark echo_1000_to_libuv "$(ratio echo_1000 cpu frond libuv)" 1.05
    for connections in 64 1000; do
        for size in "" _16384; do
            echo_mark $connections "$size"
        done
    done
    mark accept_rate_to_libuv "$(ratio accept rate frond libuv)" 0.95 least
    mark idle_kib "$(value idle frond memory)" 8
    mark syscalls_read_write "$(value syscalls frond read_write)" 2.01
    mark syscalls_epoll_ctl "$(value syscalls frond epoll_ctl)" 0.0001
    mark forward_to_epoll "$(ratio forward cpu frond epoll)" 1.05
    mark tls_echo_64_to_epoll "$(ratio tls_echo_64_64 cpu frond epoll)" 1.03
    mark tls_echo_16384_to_epoll "$(ratio tls_echo_64_16384 cpu frond epoll)" 1.03
    mark tls_bulk_to_epoll "$(ratio tls_bulk cpu frond epoll)" 1.03
    mark tls_handshake_to_epoll "$(ratio tls_handshake cpu frond epoll)" 1.03
    mark tls_resumed_to_full "$(value tls_resumed frond cpu |
        awk -v full="$(value tls_handshake frond cpu)" 'full { print $1 / full }')" 0.45
    mark tls_idle_kib "$(value tls_idle frond memory)" 40
    mark fetch_http_to_libcurl "$(ratio fetch_http cpu frond libcurl)" 1.0
    mark fetch_https_to_libcurl "$(ratio fetch_https cpu frond libcurl)" 1.0
}

for workload in $workloads; do
    case $workload in
    switch | spawn | queue | timers | parked | dump | children | forks | pipes | lookup | echo | accept | idle | syscalls | forward | tls | fetch) ;;
    *)
        say "there is no workload \"$workload\""
        exit 2
        ;;
    esac
    say "$workload"
    "bench_$workload"
done
table
marks
if [ $missed -ne 0 ] && [ "${BENCH_STRICT:-0}" = 1 ]; then
    exit 1
fi
