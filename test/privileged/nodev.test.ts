import { expect, test } from '@jest/globals';
import { buildDisk } from '../support/build-disk.js';
import { useCloud } from '../support/cloud.js';
import { type Part, smallest } from '../support/disk-images.js';
import { runnable } from '../support/kernel-features.js';
import { users } from '../support/users.js';

const cloud = useCloud();

/**
 * Opens a device node in each place, which must fail; then shows how each mount of a device of the VM is
 * mounted.
 */
const script = (locations: readonly string[]): string => `
  echo fine > /dev/null
  for place in ${locations.join(' ')}; do
    for node in 'c 1 3' 'b 7 0'; do
      busybox mknod "$place/node" $node
      if (: < "$place/node") 2>/dev/null; then echo "$place: $node can be opened"; exit 9; fi
      rm "$place/node"
    done
  done
  grep ' - [a-z0-9]* /dev/' /proc/self/mountinfo | cut -d ' ' -f 5,6,7- | sed 's/^/MOUNT /'
`;

/** The options of each mount that a build showed, by its place: of the mount and of the filesystem. */
const shown = (text: string): Record<string, string[]> =>
  Object.fromEntries(
    [...text.matchAll(/^MOUNT (\S+) (\S+) .* (\S+)$/gm)].map(([, location = '', own = '', common = '']) => [
      location,
      [...own.split(','), ...common.split(',')],
    ]),
  );

test.each(users)(
  'as %s: device nodes of the image cannot be opened, and the mount options of the root stay',
  async (user) => {
    const boot: Part = { size: 32, filesystem: 'ext4', label: 'BOOT' };
    const fstab = ['LABEL=ROOT / ext4 defaults 0 1', 'LABEL=BOOT /boot ext4 ro,noexec 0 2'].join('\n');
    const root: Part = {
      size: 64,
      filesystem: 'ext4',
      label: 'ROOT',
      linux: true,
      files: { 'etc/fstab': `${fstab}\n` },
    };
    const { text } = await buildDisk(
      cloud,
      { table: 'dos', parts: [boot, root] },
      {
        'mount-options': 'noatime\ncommit=17',
        'post-mount-commands':
          'mkdir {{.MountPath}}/again\nmount --bind {{.MountPath}}/var {{.MountPath}}/again',
        run: script(['/', '/root', '/boot', '/again']),
      },
      user,
    );
    expect(shown(text)).toEqual({
      '/': expect.arrayContaining(['rw', 'nodev', 'noatime', 'commit=17']),
      '/again': expect.arrayContaining(['rw', 'nodev', 'noatime']),
      '/boot': expect.arrayContaining(['rw', 'nodev']),
    });
  },
);

test.each(runnable([['btrfs']] as const))(
  'device nodes cannot be opened in any subvolume of a %s',
  async (filesystem) => {
    const fstab = 'LABEL=R / btrfs subvol=@ 0 0\nLABEL=R /home btrfs subvol=/@home 0 0\n';
    const root: Part = {
      size: smallest[filesystem],
      filesystem,
      label: 'R',
      linux: true,
      subvolumes: { '@': '', '@home': 'home' },
      files: { 'etc/fstab': fstab, 'home/there': 'yes\n' },
    };
    const { text } = await buildDisk(
      cloud,
      { table: undefined, parts: [root] },
      { run: script(['/', '/home']) },
    );
    expect(shown(text)).toEqual({
      '/': expect.arrayContaining(['rw', 'nodev', 'subvol=/@']),
      '/home': expect.arrayContaining(['rw', 'nodev', 'subvol=/@home']),
    });
  },
);
