import { chmodSync, symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { LintRule } from '../../../src/config/types/lint-rules.js';
import type { Partition } from '../../../src/host/disk/partitions.js';
import type { TestImage } from './image.js';

type Files = Readonly<Record<string, string>>;

/** An image that breaks a rule, one that does not, and what the findings say. */
export interface LintCase {
  readonly bad: Files;
  readonly good: Files;
  readonly finds: readonly string[];
  /** Changes to an image that files do not express. */
  readonly badToo?: (image: TestImage) => void;
  readonly goodToo?: (image: TestImage) => void;
}

export const root: Partition = {
  number: 1,
  name: 'vdb1',
  start: 2 ** 20,
  size: 2 ** 30,
  filesystem: 'ext4',
  uuid: 'aaaa-1',
  label: 'root',
  type: '0x83',
  partUuid: 'bbbb-1',
  partLabel: undefined,
};

const home = '/home/alice';
const passwd = `alice:x:1000:1000::${home}:/bin/sh\n`;
const key = 'ssh-ed25519 AAAA alice\n';
const secretKey = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
const grub = (lines: string): string => `menuentry 'Debian' {\n  insmod gzio\n${lines}\n}\n`;
const kernel = { '/boot/vmlinuz-6.1': 'kernel' };
const normal = '  linux /boot/vmlinuz-6.1 root=UUID=aaaa-1 ro\n  initrd /boot/initrd.img-6.1';
const cpio = (...names: string[]): string => `070701 ${names.map((name) => `/lib/${name}.ko`).join(' ')}`;

export const cases: Readonly<Partial<Record<LintRule, LintCase>>> = {
  'ssh-password-login': {
    bad: {
      '/usr/sbin/sshd': '',
      '/etc/ssh/sshd_config':
        'Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication no\nMatch User git\n  passwordauthentication yes\n',
      '/etc/ssh/sshd_config.d/50-cloud-init.conf': 'PasswordAuthentication yes # for now\n',
    },
    finds: [
      '/etc/ssh/sshd_config.d/50-cloud-init.conf PasswordAuthentication is enabled',
      '/etc/ssh/sshd_config a Match block enables PasswordAuthentication',
    ],
    good: {
      '/usr/sbin/sshd': '',
      '/etc/ssh/sshd_config':
        'Include sshd_config.d/*.conf\nPasswordAuthentication yes\nUsePAM yes\nKbdInteractiveAuthentication no\n',
      '/etc/ssh/sshd_config.d/a.conf': 'PasswordAuthentication=no\n',
      '/etc/ssh/sshd_config.d/b.config': 'PasswordAuthentication yes\n',
    },
  },
  'account-password': {
    bad: { '/etc/shadow': 'root:$y$j9T$abc:19000:0:99999:7:::\nguest::19000::::::\n' },
    finds: ['/etc/shadow root has a password', '/etc/shadow guest needs no password'],
    good: { '/etc/shadow': 'root:*:19000:0:99999:7:::\nalice:!$y$j9T$abc:19000::::::\n' },
  },
  'ssh-host-keys': {
    bad: { '/etc/ssh/ssh_host_ed25519_key': secretKey, '/etc/ssh/ssh_host_ed25519_key.pub': key },
    finds: ['/etc/ssh/ssh_host_ed25519_key is a host key that all VMs of the OMI share'],
    good: { '/etc/ssh/moduli': '', '/etc/ssh/ssh_config': '' },
  },
  'machine-id': {
    bad: { '/etc/machine-id': `${'0123456789abcdef'.repeat(2)}\n` },
    finds: ['/etc/machine-id contains an ID that all VMs of the OMI share'],
    good: { '/etc/machine-id': 'uninitialized\n', '/var/lib/dbus/machine-id': '' },
  },
  'cloud-init-state': {
    bad: { '/var/lib/cloud/instances/i-1/user-data.txt': '' },
    finds: ['/var/lib/cloud/instances contains the state and user data of an earlier instance'],
    good: { '/var/lib/cloud/seed/nocloud': '' },
  },
  'authorized-keys': {
    bad: { '/etc/passwd': passwd, [`${home}/.ssh/authorized_keys`]: `# mine\n${key}` },
    finds: [`${home}/.ssh/authorized_keys contains public keys that can log in`],
    good: { '/etc/passwd': passwd, [`${home}/.ssh/authorized_keys`]: '# none\n' },
  },
  'private-keys': {
    bad: { '/root/.ssh/deploy': secretKey, '/root/.ssh/deploy.pub': key },
    finds: ['/root/.ssh/deploy is a private key'],
    good: { '/root/.ssh/known_hosts': 'host ssh-ed25519 AAAA\n', '/root/.ssh/config': 'Host *\n' },
  },
  'shell-history': {
    bad: { '/etc/passwd': passwd, '/root/.bash_history': 'ls\n', [`${home}/.mysql_history`]: 'x\n' },
    finds: [
      '/root/.bash_history contains the history of a session',
      `${home}/.mysql_history contains the history of a session`,
    ],
    good: { '/root/.bash_history': '', '/root/.bashrc': 'ls\n' },
  },
  credentials: {
    bad: {
      '/root/.osc/config.json': '{}',
      '/root/.docker/config.json': '{"auths": {"r": {"auth": "eA=="}}}',
      '/etc/apt/auth.conf.d/ours': 'machine example.com login a password b\n',
    },
    finds: [
      '/root/.osc/config.json contains credentials',
      '/root/.docker/config.json contains credentials',
      '/etc/apt/auth.conf.d/ours contains credentials',
    ],
    good: { '/root/.docker/config.json': '{"auths": {}}', '/root/.netrc': '' },
  },
  'policy-rc-d': {
    bad: { '/usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n' },
    finds: ['/usr/sbin/policy-rc.d prevents packages from starting services'],
    good: { '/usr/sbin/invoke-rc.d': '' },
  },
  'resolv-conf': {
    bad: { '/etc/resolv.conf': 'nameserver 192.0.2.1\n' },
    finds: ['/etc/resolv.conf has the name servers of the VM that builds the image'],
    good: { '/etc/resolv.conf': 'nameserver 192.0.2.53\n' },
  },
  'boot-loader': {
    bad: { '/boot/vmlinuz-6.1': '' },
    finds: ['/boot contains no configuration of a boot loader'],
    good: { '/boot/loader/entries/a.conf': 'linux /vmlinuz\n' },
  },
  'boot-kernel': {
    bad: { '/boot/grub/grub.cfg': grub('  linux /vmlinuz-6.1 root=UUID=aaaa-1') },
    finds: ['/boot/grub/grub.cfg boots /vmlinuz-6.1, which does not exist'],
    good: { ...kernel, '/boot/grub/grub.cfg': grub('  linux ($root)/vmlinuz-6.1 root=UUID=aaaa-1') },
  },
  'boot-initramfs': {
    bad: { ...kernel, '/boot/grub/grub.cfg': grub(normal) },
    finds: ['/boot/grub/grub.cfg loads /boot/initrd.img-6.1, which does not exist'],
    good: { ...kernel, '/boot/grub/grub.cfg': grub(normal), '/boot/initrd.img-6.1': 'x' },
  },
  'initramfs-drivers': {
    bad: { ...kernel, '/boot/grub/grub.cfg': grub(normal), '/boot/initrd.img-6.1': '' },
    finds: ['/boot/initrd.img-6.1 lacks the drivers virtio_pci, virtio_blk'],
    badToo: (image) => {
      image.write('/boot/initrd.img-6.1', gzipSync(cpio('ahci', 'sd_mod')));
      image.write('/lib/modules/6.1/modules.builtin', 'kernel/drivers/scsi/virtio_scsi.ko\n');
      image.write(
        '/lib/modules/6.1/modules.dep',
        'a/virtio_pci.ko.xz: a/virtio_ring.ko.xz\na/virtio_blk.ko.xz:\na/sd_mod.ko.xz: a/scsi_mod.ko.xz\n',
      );
    },
    good: { ...kernel, '/boot/grub/grub.cfg': grub(normal) },
    goodToo: (image) => {
      const archive = cpio('virtio_pci', 'virtio_blk', 'virtio_scsi', 'sd_mod');
      image.write('/boot/initrd.img-6.1', gzipSync(archive));
    },
  },
  'boot-uuid': {
    bad: {
      '/boot/grub/grub.cfg': grub(
        `  search --no-floppy --fs-uuid --set=root cccc-3\n${normal.replace('aaaa', 'dddd')}`,
      ),
      '/etc/fstab': 'LABEL=data /data ext4 defaults 0 0\nUUID=gone /gone ext4 nofail 0 0\n',
    },
    finds: [
      '/boot/grub/grub.cfg names UUID=dddd-1, which no partition of the disk has',
      '/etc/fstab names LABEL=data, which no partition of the disk has',
      '/boot/grub/grub.cfg names UUID=cccc-3, which no partition of the disk has',
    ],
    good: {
      '/boot/grub/grub.cfg': grub(`  search --no-floppy --fs-uuid --set=root aaaa-1\n${normal}`),
      '/etc/fstab': 'PARTUUID=BBBB-1 / ext4 defaults 0 1\n# UUID=gone / ext4\ntmpfs /tmp tmpfs\n',
    },
  },
  'boot-device-name': {
    bad: {
      '/boot/grub/grub.cfg': grub('  linux /vmlinuz root=/dev/loop0p1 ro'),
      '/etc/fstab': '/dev/sdb1 / ext4 defaults 0 1\n',
    },
    finds: ['/boot/grub/grub.cfg names the device /dev/loop0p1', '/etc/fstab names the device /dev/sdb1'],
    good: { '/boot/grub/grub.cfg': grub(normal), '/etc/fstab': '/dev/vda1 / ext4 defaults 0 1\n' },
  },
  'first-login': {
    bad: {},
    finds: ['/usr/bin/cloud-init is missing, and nothing else gets the SSH key of a new VM'],
    good: {},
    goodToo: (image) => {
      image.write('/usr/lib/cloud-init', '#!/bin/sh\n');
      chmodSync(image.at('/usr/lib/cloud-init'), 0o755);
      symlinkSync('/usr/lib/cloud-init', image.at('/usr/bin/cloud-init'));
    },
  },
};
