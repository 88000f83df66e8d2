# SPDX-License-Identifier: MIT
# Certificates with keys of every kind.
kinds="rsa p256 p384 ed25519 pss"

# make_key_leaf NAME REQ_OPTIONS: a certificate for a key of that kind, signed by the CA in $tmp/ca, there as NAME.pem and
# NAME.key, and both in $tmp/NAME.pem
make_key_leaf() {
    name=$1
    shift
    openssl req -newkey "$@" -nodes -subj "/CN=$name" -keyout "$tmp/ca/$name.key" \
        -out "$tmp/ca/$name.csr" 2>/dev/null || fail "openssl req $name"
    printf 'subjectAltName=DNS:localhost,DNS:%s.test\n' "$name" >"$tmp/ca/$name.ext"
    openssl x509 -req -in "$tmp/ca/$name.csr" -CA "$tmp/ca/ca.pem" -CAkey "$tmp/ca/ca.key" \
        -CAcreateserial -days 30 -extfile "$tmp/ca/$name.ext" -out "$tmp/ca/$name.pem" \
        2>/dev/null || fail "openssl x509 $name"
    cat "$tmp/ca/$name.pem" "$tmp/ca/$name.key" >"$tmp/$name.pem"
}

make_key_leaves() {
    make_key_leaf rsa rsa:2048
    make_key_leaf p256 ec -pkeyopt ec_paramgen_curve:prime256v1
    make_key_leaf p384 ec -pkeyopt ec_paramgen_curve:secp384r1
    make_key_leaf ed25519 ed25519
    make_key_leaf pss rsa-pss -pkeyopt rsa_keygen_bits:2048
}
