/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { expect, test } from '@jest/globals';
import { bootCode, writesBootCode } from '../support/boot-sector.js';
import { useCloud } from '../support/cloud.js';
import { mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

test('commit boots the image', async () => {
  const inputs = { 'pre-mount-commands': JSON.stringify([writesBootCode(bootCode('web login: '))]) };
  await using build = await mounted(cloud, 'booted by commit', { inputs });
  const commit = build.commit({
    'boot-test': 'bios',
    'boot-test-expect': '^never',
    'boot-test-timeout': '2s',
  });
  expect((await commit.main()).text).toMatch(/boot_test: the image does not boot/);
  const again = build.commit({ 'boot-test': 'bios' });
  expect(successful(await again.main()).text).toMatch(/^Booted \(bios/m);
});
