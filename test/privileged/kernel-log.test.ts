import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { deviceErrorsSince, endOfLog, isLostWrite } from '../../src/host/disk/kernel-log.js';
import { exec } from '../../src/host/exec/exec.js';

/**
 * Fills a filesystem on a loop device whose backing file is full: writes fail long after write(2) returned.
 */
const loseWrites = `
  mount -t tmpfs -o size=16M none /mnt
  truncate -s 64M /mnt/disk; mke2fs -q -t ext4 /mnt/disk; mkdir /mnt/at
  loop=$(losetup -f --show /mnt/disk); mount $loop /mnt/at
  dd if=/dev/urandom of=/mnt/at/x bs=1M count=30 status=none; sync -f /mnt/at
  umount /mnt/at; losetup -d $loop; basename $loop`;

test('lost writes are found among the other lines of the kernel log', async () => {
  const mark = endOfLog();
  expect(mark).toBeDefined();
  const { stdout } = await exec(['unshare', '--mount', 'sh', '-c', loseWrites]);
  const found = deviceErrorsSince(mark, [stdout.trim()]);
  expect(found.isComplete).toBe(true);
  expect(found.errors.filter(isLostWrite).join('\n')).toMatch(/I\/O error \d+ writing to inode/);
  expect(deviceErrorsSince(endOfLog(), [stdout.trim()])).toMatchObject({ isComplete: true, errors: [] });
});

test('a line that a program writes to the log does not count as one of the kernel', () => {
  const mark = endOfLog();
  writeFileSync('/dev/kmsg', 'EXT4-fs error (device omitest1): not of the kernel\n');
  expect(deviceErrorsSince(mark, ['omitest1'])).toMatchObject({ isComplete: true, errors: [] });
});

test('a log without the marker, or of another boot, is incomplete', () => {
  expect(deviceErrorsSince(undefined, ['omitest1']).isComplete).toBe(false);
  expect(deviceErrorsSince({ sequence: 1, boot: 'another' }, ['omitest1']).isComplete).toBe(false);
});
