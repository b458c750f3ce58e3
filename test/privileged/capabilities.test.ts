import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { withheld } from '../../src/host/sandbox/capabilities.js';
import { testDisk, testSandbox } from '../support/test-disk.js';

/** The capability sets of a /proc/PID/status (proc(5)), by name. */
const setsIn = (text: string): Record<string, bigint> =>
  Object.fromEntries(
    [...text.matchAll(/^(Cap\w+):\s*([0-9a-f]+)$/gm)].map(([, name, hex]) => [name, BigInt(`0x${hex}`)]),
  );
const mask = Object.values(withheld).reduce((sum, number) => sum | (1n << BigInt(number)), 0n);

test('processes in an image, and the one beside them that they may trace, lack the withheld capabilities', async () => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  const own = setsIn(readFileSync('/proc/self/status', 'utf8'));
  expect(own.CapEff).not.toBe(0n);
  const before = await on.run(`cat /proc/self/status`);
  expect(setsIn(before.lines.join('\n'))).toMatchObject({ CapPrm: own.CapBnd, CapBnd: own.CapBnd });
  await on.enter();
  await on.sandbox.killAll(on.signal);
  for (const pid of ['self', '1']) {
    const { lines } = await on.run(`mount -t proc p /proc; cat /proc/${pid}/status`);
    const { CapPrm = 0n, CapEff = 0n, CapBnd = 0n, CapInh = 0n, CapAmb = 0n } = setsIn(lines.join('\n'));
    expect([CapPrm & mask, CapEff & mask, CapBnd & mask, CapInh, CapAmb]).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(CapPrm).toBe((own.CapBnd ?? 0n) & ~mask);
  }
});

test.each([
  ['the clock', 'busybox date -s "$(busybox date "+%Y-%m-%d %H:%M:%S")"'],
  ['the log of the kernel', 'busybox dmesg -c'],
  ['a restart', 'busybox reboot -f'],
])('root in an image cannot access %s of the VM', async (_what, command) => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  await on.enter();
  const { lines } = await on.run(command);
  expect(lines.join('\n')).toMatch(/not permitted/);
});

test('installations work without the withheld capabilities', async () => {
  using disk = await testDisk();
  await using on = await testSandbox(disk);
  await on.enter();
  const { code, lines } = await on.run(`
    busybox mknod /root/node b 7 200
    mkdir -p /mnt /root/under; mount -t tmpfs x /mnt; mount -t proc p /root/under
    busybox chroot / /bin/busybox true
    busybox chown 12:34 /root/node; busybox chmod 4755 /root/node
    busybox hostname changed; busybox renice -n -5 $$; busybox ping -c 1 127.0.0.1
    busybox su root -c true`);
  expect(lines.join('\n')).not.toMatch(/not permitted/);
  expect(code).toBe(0);
});
