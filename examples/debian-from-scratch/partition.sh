#!/bin/sh
# Partitions the disk $1: 1 for GRUB on BIOS, 2 for UEFI, 3 for the root, which build-omi can grow because it is the last.
set -eu
sfdisk --quiet "$1" <<TABLE
label: gpt
size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
size=64MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=efi
type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
TABLE
