#!/bin/sh
# Runs in the image: installs nginx, and the kernel with the drivers of all hardware instead of that for virtual machines.
set -eu
# A volume that a build did not complete is deleted: dpkg need not wait for each file to be on the disk.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/build
apt-get -qq update
apt-get -qq -y --no-install-recommends install nginx-light linux-image-amd64
apt-get -qq -y purge 'linux-image.*cloud.*'
rm /etc/dpkg/dpkg.cfg.d/build
# No service starts in the chroot, where /proc shows the processes of the build.
if grep -qsx nginx /proc/[0-9]*/comm; then exit 1; fi

# A line on the serial console once nginx runs, which the boot test expects.
cat >/etc/systemd/system/report-nginx.service <<'UNIT'
[Unit]
Description=Report nginx on the console
After=nginx.service
Requires=nginx.service

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "Linux $(uname -r): nginx is $(systemctl is-active nginx)" >/dev/console'

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable report-nginx
apt-get clean

differs=$(dpkg --verify || true)
echo "Files that differ from their packages: ${differs:-none}"
