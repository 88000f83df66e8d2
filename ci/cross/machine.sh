#!/bin/sh
# SPDX-License-Identifier: MIT
# machine.sh KERNEL PROGRAM...: runs test programs in an emulated machine of their own, with the kernel of that folder
# (kernel.sh), in which OpenSSL is configured to have the kernel encrypt, and whose clock is theirs to set.  Nothing of
# this machine is changed.  The last line says how many passed.
set -eu
kernel=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/sbin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" "$root/tests"
cp -r "$kernel/lib" "$root/"
cp /bin/busybox "$root/bin/"
ln -s /bin/busybox "$root/sbin/modprobe" # where the kernel looks for it
for program; do
    cp "$program" "$root/tests/"
    for library in $(ldd "$program" | grep -o '/[^ ]*'); do
        mkdir -p "$root${library%/*}"
        cp -Ln "$library" "$root$library"
    done
done
cat >"$root/etc/openssl.cnf" <<'END'
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
Options = KTLS
END
cat >"$root/init" <<'END'
#!/bin/busybox sh
export PATH=/bin FROND_TEST_MACHINE=ktls FROND_TEST_OWN_CLOCK=1 OPENSSL_CONF=/etc/openssl.cnf
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
ip link set lo up
modprobe tls
for program in /tests/*; do
    status=0
    timeout 400 "$program" >/tmp/log 2>&1 || status=$?
    [ "$status" -eq 0 ] || cat /tmp/log
    echo "machine: ${program##*/} exit status $status"
done
grep Tls.xSw /proc/net/tls_stat
poweroff -f
END
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1 >"$work/initrd")

# No more than fifteen minutes, whatever happens in there.
timeout 900 qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 1024 -cpu max -kernel "$kernel/vmlinuz" \
    -initrd "$work/initrd" -append "console=ttyS0 panic=-1 quiet random.trust_cpu=on" \
    -nographic -no-reboot </dev/null | tr -d '\r' | tee "$work/log"

passed=$(grep -c 'machine: .* exit status 0$' "$work/log") || true
failed=$(($# - passed))
# Both ways, or it was not the kernel that encrypted.
if [ "$(grep -Ec '^Tls[TR]xSw[[:space:]]+[1-9]' "$work/log")" -ne 2 ]; then
    echo "machine: the kernel has encrypted nothing"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
