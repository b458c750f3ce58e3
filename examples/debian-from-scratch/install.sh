#!/bin/sh
# Installs Debian in the directory $1, where the root filesystem is mounted. Runs on the VM, not in the image.
set -eu
packages=systemd-sysv,udev,dbus,ifupdown,isc-dhcp-client,iproute2,openssh-server,cloud-init,cloud-guest-utils,ca-certificates
packages=$packages,linux-image-cloud-amd64,initramfs-tools,zstd,grub2-common,grub-pc-bin,grub-efi-amd64-bin,dosfstools,mtools
# Settings of apt, for example a proxy, where the VM needs some.
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" ${APT_SETTINGS:+--aptopt="$APT_SETTINGS"} \
  "$SUITE" "$1" "$MIRROR"
