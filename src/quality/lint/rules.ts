import type { LintRule } from '../../config/types/lint-rules.js';
import { accountPasswords, authorizedKeys, privateKeys, shellHistories } from './accounts.js';
import { bootDeviceName, bootInitramfs, bootKernel, bootLoader, bootUuid } from './boot.js';
import { credentials } from './credentials.js';
import { cloudInit, firstLogin, hostKeys, machineId } from './identity.js';
import { initramfsDrivers } from './initramfs.js';
import { freeInodes, freeSpace, policy, resolver } from './leftovers.js';
import { passwordLogins } from './sshd.js';
import type { Rule } from './types.js';

/** All rules. docs/reference/lint.md describes each under its ID. */
export const rules: Readonly<Record<LintRule, Rule>> = {
  'ssh-password-login': {
    find: passwordLogins,
    fix: 'set PasswordAuthentication no and KbdInteractiveAuthentication no',
  },
  'account-password': { find: accountPasswords, fix: 'lock it with passwd --lock' },
  'ssh-host-keys': { find: hostKeys, fix: 'set seal, or delete it: a new VM creates its own' },
  'machine-id': { find: machineId, fix: 'set seal, or truncate it to 0 bytes' },
  'cloud-init-state': { find: cloudInit, fix: 'set seal, or run cloud-init clean' },
  'authorized-keys': { find: authorizedKeys, fix: 'delete it: cloud-init installs the key of each VM' },
  'private-keys': { find: privateKeys, fix: 'delete it, and replace the key pair: snapshots may contain it' },
  'shell-history': { find: shellHistories, fix: 'set seal, or delete it' },
  credentials: { find: credentials, fix: 'delete it, and replace the credentials' },
  'policy-rc-d': { find: policy, fix: 'delete it' },
  'resolv-conf': { find: resolver, fix: 'restore the link or file of the distribution' },
  'boot-loader': { find: bootLoader, fix: 'install GRUB, and run update-grub or grub2-mkconfig' },
  'boot-kernel': { find: bootKernel, fix: 'install a kernel, and run update-grub or grub2-mkconfig' },
  'boot-initramfs': { find: bootInitramfs, fix: 'run update-initramfs or dracut, then update-grub' },
  'initramfs-drivers': {
    find: initramfsDrivers,
    fix: 'set MODULES=most (initramfs-tools) or hostonly=no (dracut), and create the initramfs again',
  },
  'boot-uuid': { find: bootUuid, fix: 'write the UUID that blkid shows, or run update-grub' },
  'boot-device-name': { find: bootDeviceName, fix: 'use UUID= instead' },
  'first-login': { find: firstLogin, fix: 'install cloud-init' },
  'free-space': { find: freeSpace, fix: 'set a larger root_volume_size, or delete files' },
  'free-inodes': { find: freeInodes, fix: 'set a larger root_volume_size, or delete files' },
};
