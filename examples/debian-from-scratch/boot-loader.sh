#!/bin/sh
# Runs in the image: GRUB for BIOS and for UEFI, both with the configuration in /boot/grub, and a serial console.
set -eu
cat >/etc/default/grub <<CONFIG
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=quiet
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --speed=115200"
CONFIG
root=$(findmnt --noheadings --output SOURCE /)
grub-install --target=i386-pc "/dev/$(lsblk --noheadings --output PKNAME "$root")"
update-grub

# The EFI system partition has one program, at the path of removable disks. It is written as a whole, so that the
# kernel of the VM needs no driver for FAT.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/early.cfg" <<CONFIG
search --no-floppy --fs-uuid --set=root $(blkid -s UUID -o value "$root")
set prefix=(\$root)/boot/grub
configfile \$prefix/grub.cfg
CONFIG
mkdir -p /boot/grub/x86_64-efi
cp /usr/lib/grub/x86_64-efi/*.mod /usr/lib/grub/x86_64-efi/*.lst /boot/grub/x86_64-efi
grub-mkimage --format=x86_64-efi --prefix=/boot/grub --config="$work/early.cfg" --output="$work/BOOTX64.EFI" \
  part_gpt part_msdos ext2 fat search search_fs_uuid configfile normal linux echo test serial terminal gzio ls
mkfs.vfat -C "$work/efi" 65536 >/dev/null
mmd -i "$work/efi" ::EFI ::EFI/BOOT
mcopy -i "$work/efi" "$work/BOOTX64.EFI" ::EFI/BOOT
dd if="$work/efi" of="${root%3}2" bs=1M status=none
