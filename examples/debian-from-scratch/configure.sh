#!/bin/sh
# Runs in the image: what cannot come from packages. cloud-init configures the network of each VM.
set -eu
uuid=$(blkid -s UUID -o value "$(findmnt --noheadings --output SOURCE /)")
echo "UUID=$uuid / ext4 errors=remount-ro 0 1" >/etc/fstab
echo debian >/etc/hostname
printf '127.0.0.1 localhost debian\n::1 localhost\n' >/etc/hosts
# Outscale has the metadata service of EC2. NoCloud is for the boot test, which has no network.
cat >/etc/cloud/cloud.cfg.d/90_outscale.cfg <<CONFIG
datasource_list: [Ec2, NoCloud, None]
datasource:
  Ec2:
    strict_id: false
ssh_genkeytypes: [ed25519, ecdsa]
CONFIG
echo 'PasswordAuthentication no' >/etc/ssh/sshd_config.d/10-outscale.conf
# mmdebstrap copies that of the VM. The DHCP client writes it.
: >/etc/resolv.conf
# Each VM makes its own.
rm -f /etc/ssh/ssh_host_*
: >/etc/machine-id
apt-get clean
