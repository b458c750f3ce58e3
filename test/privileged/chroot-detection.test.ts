import { expect, test } from '@jest/globals';
import { mountNamespaces } from '../../src/host/disk/mount-namespaces.js';
import { testDisk, testSandbox } from '../support/test-disk.js';

test('programs in an image find the root of PID 1 different from theirs, empty and read-only', async () => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  await on.enter();
  const { code, lines } = await on.run(`
    mount -t proc p /proc
    busybox stat -L -c %d:%i / /proc/1/root /proc/1/root/. /proc/self/root/.
    ls -A /proc/1/root/ /proc/1/cwd/
    for file in /proc/1/fd/*; do if test -d $file; then exit 8; fi; done
    if busybox mkdir /proc/1/root/x 2>/dev/null || busybox mount -o remount,rw /proc/1/root 2>/dev/null; then exit 9; fi`);
  expect(code).toBe(0);
  const [root, ofFirst, again, own, ...listed] = lines;
  expect([ofFirst === root, again, own, listed]).toEqual([
    false,
    ofFirst,
    root,
    ['/proc/1/cwd/:', '', '/proc/1/root/:'],
  ]);
});

test('the mounts in the namespaces of a build are visible although PID 1 sees none', async () => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  await on.enter();
  const found = mountNamespaces().find(({ pids }) => pids.includes(on.sandbox.holder.pid));
  expect(found?.mounts.map(({ target }) => target)).toContain('/');
});

test('a program of the image has the root and the working directory of the image after an end of all others', async () => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  const tree = await on.enter();
  await on.run('busybox kill -9 -1 || true');
  const { lines } = await on.run('echo made > /root/made; busybox pwd');
  expect(lines).toEqual(['/']);
  expect(tree.read('/root/made')?.toString()).toBe('made\n');
});
