# SPDX-License-Identifier: MIT
# What the end-to-end scripts share.  Each starts servers of its own on loopback, and ends just those.
set -u
tmp=${FROND_TEST_TMP:?}
program=${FROND_PROGRAM:?}
rm -rf "${tmp:?}"/* 
pids=

end_servers() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
}
trap end_servers EXIT
trap 'exit 1' HUP INT TERM

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

skip() {
    echo "SKIP: $*"
    exit 77
}

# kill_process PID: ends one by the number that the program knows it by; $killed is what it says of that.
kill_process() {
    ${FROND_KILL:-kill -KILL} "$1" >/dev/null 2>&1
}
if [ -n "${FROND_KILL:-}" ]; then
    killed="exited with status"
else
    killed="ended by signal 9"
fi

# tells TEST: whether an emulator can tell about a part of this script; says why it cannot.
tells() {
    why=$(sed -n "s|^SKIP(\"${FROND_EMULATOR:-none}\", \"e2e/$(basename "$0" .sh)\", \"$1\", \"\(.*\)\")\$|\1|p" \
        "$FROND_SOURCE_DIR/tests/support/skips.def")
    [ -z "$why" ] || echo "skipped: $1: $why"
    [ -z "$why" ]
}

random_port() {
    echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
}

# make_ca DIR: a CA in DIR/ca.pem, DIR/ca.key
make_ca() {
    mkdir -p "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
        -subj "/CN=$(basename "$1") CA" -keyout "$1/ca.key" -out "$1/ca.pem" \
        -addext "basicConstraints=critical,CA:TRUE" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null || fail "openssl req"
}

# make_leaf DIR NAME ALTNAMES DAYS: DIR/NAME.pem and DIR/NAME.key, signed by DIR's CA
make_leaf() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
        -keyout "$1/$2.key" -out "$1/$2.csr" 2>/dev/null || fail "openssl req"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$3" >"$1/$2.ext"
    openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial \
        -days "$4" -extfile "$1/$2.ext" -out "$1/$2.pem" 2>/dev/null || fail "openssl x509"
}

# await COMMAND...: until it succeeds, for half a minute at most: emulated programs are slow to start
await() {
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

# start_nginx DIR [CONFIGURATION]: serves DIR/www over $http and $https, and what the configuration has for $other;
# tries ports until some are free
start_nginx() {
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ] || skip "no nginx here"
    mkdir -p "$1/tmp"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        http=$(random_port)
        https=$(random_port)
        other=$(random_port)
        sed "s#@DIR@#$1#g; s#@HTTP@#$http#g; s#@HTTPS@#$https#g; s#@OTHER@#$other#g" \
            "${2:-$FROND_SOURCE_DIR/tests/e2e/nginx.conf.in}" >"$1/nginx.conf"
        "$nginx" -p "$1" -c "$1/nginx.conf" >"$1/nginx.log" 2>&1 &
        nginx_pid=$!
        for _ in $(seq 200); do
            if curl -s -o /dev/null --noproxy '*' "http://127.0.0.1:$http/"; then
                pids="$pids $nginx_pid"
                return
            fi
            kill -0 $nginx_pid 2>/dev/null || break
            sleep 0.1
        done
        kill $nginx_pid 2>/dev/null
        wait $nginx_pid 2>/dev/null
    done
    cat "$1/nginx.log" >&2
    fail "nginx does not start"
}
