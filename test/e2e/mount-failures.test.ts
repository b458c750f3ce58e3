import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

test('the build skips a partition that cannot be mounted, and accepts duplicate lines in fstab', async () => {
  const fstab = ['/srv', '/srv', '/etc/../.', '/usr/up'].map(
    (location) => `LABEL=third ${location} ext4 defaults 0 0`,
  );
  const job = step(cloud, {
    inputs: {
      'omi-name': 'passed over',
      'copy-files': '[]',
      'pre-mount-commands': [
        "printf 'label: dos\\n2048,16M,83\\n,16M,83\\n,,83\\n' | sfdisk -q {{.Device}} && partx -u {{.Device}}",
        'for n in 1 2 3; do mke2fs -q -t ext4 {{.Device}}$n; done; e2label {{.Device}}3 third',
        "debugfs -w -R 'feature FEATURE_I31' {{.Device}}1",
        'mkdir new && mount {{.Device}}2 new && mkdir new/etc new/usr new/bin && cp /bin/busybox new/bin/sh',
        `printf '${fstab.join('\\n')}\\n' > new/etc/fstab; ln -s / new/usr/up; umount new && rmdir new`,
      ].join('\n'),
      run: 'while read -r line; do echo "$line"; done < /proc/self/mountinfo; echo done',
    },
  });
  const main = successful(await job.main());
  expect(main.text).toMatch(/::notice.*loop\d+p1 skipped, because it cannot be mounted: /);
  expect(main.text).toMatch(/loop\d+p2 \(ext4\) is the root/);
  expect(main.text).toMatch(/::notice.*\/usr\/up \(loop\d+p3\) resolves to the root directory/);
  expect(main.text.match(/Mounted loop\d+p3 at \/srv/g)).toHaveLength(1);
});

test.each([
  [
    'post-mount-commands that unmount the image',
    { 'post-mount-commands': 'umount {{.MountPath}}' },
    /post_mount_commands: the image is not mounted at \/mnt\/build-omi\/\w+\/root any more/,
  ],
  [
    'pre-mount-commands that hide the mount point',
    { 'pre-mount-commands': 'mount -t tmpfs none /mnt' },
    /mount_path: a mount of pre_mount_commands hides \/mnt\/build-omi\/\w+\/root/,
  ],
])('%s: the build reports one clear error and leaves no resources', async (_what, inputs, said) => {
  await expectNoLeftovers(cloud, async () => {
    const main = await step(cloud, { inputs: { 'omi-name': 'moved', ...inputs } }).main();
    expect(main.code).toBe(1);
    expect(main.text).toMatch(said);
  });
});

test('the build makes mounts private again that post-mount-commands share', async () => {
  const inputs = { 'omi-name': 'shared', 'post-mount-commands': 'mount --make-rshared /', run: 'true' };
  successful(await step(cloud, { inputs }).main());
});

test('the build refuses a mount_path in use before it creates a resource', async () => {
  const path = join(cloud.folder, 'used');
  mkdirSync(path);
  writeFileSync(join(path, 'file'), '');
  const main = await step(cloud, { inputs: { 'omi-name': 'used', 'mount-path': path } }).main();
  expect(main.code).toBe(1);
  expect(main.text).toMatch(/mount_path: .*used is not empty/);
  expect(main.text).not.toContain('Create volume');
});
