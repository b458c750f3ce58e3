#!/bin/sh
# Installs what the tests need: Debian packages that are missing, the packages of the lock files, and node 20 and 22.
set -eu
cd "$(dirname "$0")/.."

packages='ansible attr btrfs-progs busybox-static curl debootstrap dosfstools e2fsprogs fdisk fish gdisk git iproute2 mmdebstrap mount ovmf parted perl-base qemu-system-x86 qemu-utils sudo systemd util-linux xfsprogs zsh'
missing=
for package in $packages; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
    missing="$missing $package"
done
if [ -n "$missing" ]; then
  as_root=
  [ "$(id -u)" = 0 ] || as_root='sudo -n'
  echo "Debian packages that are missing:$missing"
  $as_root apt-get -o DPkg::Lock::Timeout=300 -qq update
  # shellcheck disable=SC2086 # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -qq --yes --no-install-recommends install $missing >/dev/null
fi

for folder in . test/nodes; do
  (cd "$folder" && npm ci --no-audit --no-fund)
done
