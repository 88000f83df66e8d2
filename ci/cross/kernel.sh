#!/bin/sh
# SPDX-License-Identifier: MIT
# kernel.sh DIR: unpacks Debian's kernel into DIR, with those of its modules that TLS in the kernel takes: the one that
# runs here may have been built without.
set -eu
dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
apt-get -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$package"
dpkg -x ./*.deb "$work/all"
version=$(ls all/lib/modules)
modules=$dir/lib/modules/$version
mkdir -p "$modules"
cp "all/boot/vmlinuz-$version" "$dir/vmlinuz"
for part in crypto net/tls arch/x86/crypto lib/crypto; do
    mkdir -p "$modules/kernel/$part"
    cp -r "all/lib/modules/$version/kernel/$part/." "$modules/kernel/$part/"
done
cp "all/lib/modules/$version"/modules.order "all/lib/modules/$version"/modules.builtin* "$modules/"
/sbin/depmod -b "$dir" "$version"
