import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ConsoleReader } from '../../../../src/host/qemu/console.js';
import { ConsoleWatch, usualExpectation } from '../../../../src/host/qemu/console-watch.js';

function linesOf(...texts: string[]): string[] {
  const lines: string[] = [];
  const reader = new ConsoleReader((line) => lines.push(line));
  for (const text of texts) reader.read(text);
  reader.end();
  return lines;
}

test.each([
  ['lines', ['one\r\ntwo\n\n\nthr', 'ee'], ['one', 'two', 'three']],
  ['a progress with carriage returns', ['10 %\r20 %\r\n'], ['10 %', '20 %']],
  [
    'colours and positions',
    ['\x1b[2J\x1b[1;1H[\x1b[0;32m  OK  \x1b[0m] Started\tssh\n'],
    ['[  OK  ] Started ssh'],
  ],
  ['what UEFI firmware writes', ['\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: loading\n'], ['BdsDxe: loading']],
  ['an escape sequence in two texts', ['a\x1b[0;', '32mb\n'], ['ab']],
  ['a title, a bell and a reversed direction', ['\x1b]0;title\x07a\x07b\u202ec\u2028d\n'], ['abcd']],
  ['a line without an end', ['x'.repeat(10_000)], ['x'.repeat(4096), 'x'.repeat(4096), 'x'.repeat(1808)]],
])('console: %s', (_what, texts, expected) => {
  expect(linesOf(...texts)).toEqual(expected);
});

test('console: no line has a control character, and the texts can be split anywhere', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const lines = linesOf(...texts);
      expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line) || line === '')).toEqual([]);
      expect(linesOf(...texts.join('').split(''))).toEqual(lines);
    }),
  );
});

function watch(text: string, expected = usualExpectation): ConsoleWatch {
  const one = new ConsoleWatch(expected, () => {});
  one.read(text);
  return one;
}

test.each([
  ['Debian GNU/Linux 12 web ttyS0\r\n\r\nweb login: ', 'web login:'],
  ['\x1b[1mweb login:\x1b[0m \r\n', 'web login:'],
  [
    '[   12.5] cloud-init[500]: Cloud-init v. 22.4.2 finished at Thu, 26 Nov 2026 01:00:00 +0000. Up 12.5 seconds\n',
    expect.stringMatching(/Up 12.5 seconds$/),
  ],
  ['Last login: Thu Nov 26 from 10.0.0.1\n', undefined],
  ['login: a\n', undefined],
])('a boot is expected to end with a login prompt or the message of cloud-init: %j', (text, found) => {
  expect(watch(text).found).toEqual(found);
});

test.each([
  ['[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n', true],
  ['error: no such device: 2845d0cd.\r\nEntering rescue mode...\r\ngrub rescue> ', true],
  ['BusyBox v1.35.0\n\n(initramfs) ', true],
  ['BdsDxe: No bootable option or device was found.\n', true],
  // The firmware lost the end of the line before.
  ['BdsDxe: loading Boot0002 "EFI Internal ShUEFI Interactive Shell v2.2\n', true],
  ['BdsDxe: starting BootBdsDxe: No bootable option or device was found.\n', true],
  ['Booting `Debierror: you need to load the kernel first.\r\n', true],
  ['Press ESC in 1 seconds to skip startup.nsh\r\nShell> ', true],
  ['[ TIME ] Timed out waiting for device\n', false],
])('what shows that an image will not boot: %j', (text, isFatal) => {
  expect(watch(text).failure !== undefined).toBe(isFatal);
});

test('the firmware is not the image, and GRUB is not the kernel', () => {
  const state = (text: string): boolean[] => {
    const { hasOutput, hasKernel } = watch(text);
    return [hasOutput, hasKernel];
  };
  const shell =
    'BdsDxe: starting Boot0002\nUEFI Interactive Shell v2.2\nEDK II\nUEFI v2.70 (EDK II, 0x00010000)\n';
  expect(state(shell)).toEqual([false, false]);
  // The beginning of a line tells nothing of it.
  expect(state('BdsD')).toEqual([false, false]);
  expect(state("  Booting `Debian GNU/Linux'\nLoading Linux 6.1.0 ...\n")).toEqual([true, false]);
  expect(state('[    0.000000] Linux version 6.1.0\n')).toEqual([true, true]);
  expect(state('Welcome to Debian GNU/Linux 12 (bookworm)!\n')).toEqual([true, true]);
});

test('a console of 100 MB takes little memory and time, and its last 40 lines are kept', () => {
  const line = `\x1b[31m${'flood '.repeat(20)}\x1b[0m\r\n`;
  const part = line.repeat(500);
  const one = new ConsoleWatch('never', () => {});
  const begin = performance.now();
  const before = process.memoryUsage.rss();
  for (let size = 0; size < 100e6; size += part.length) one.read(part);
  one.read(`${'x'.repeat(50_000)}\nthe last line\n`);
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
  expect(one.last).toHaveLength(40);
  expect(one.last.at(-1)).toBe('the last line');
  expect(Math.max(...one.last.map(({ length }) => length))).toBe(300);
});
