import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import { type BootResult, bootDisk } from '../../src/host/qemu/boot-disk.js';
import { ConsoleWatch, usualExpectation } from '../../src/host/qemu/console-watch.js';
import { openOverlay } from '../../src/host/qemu/overlay.js';
import { runGuest } from '../../src/host/qemu/run-guest.js';
import { type Step, step } from '../support/action.js';
import { bootCode, bootSector, writesBootCode } from '../support/boot-sector.js';
import { useCloud } from '../support/cloud.js';
import { without } from '../support/failing-programs.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const diskSize = 64 * 2 ** 20;
const { signal } = new AbortController();

/** Numbers of the writes of a disk, and of the sectors written: /sys/block/DEV/stat, fields 5 and 7. */
const writesOf = (device: string): string[] =>
  readFileSync(`/sys/block/${device.replace('/dev/', '')}/stat`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter((_, index) => index === 4 || index === 6);

interface Booted {
  readonly result: BootResult;
  readonly lines: readonly string[];
}

/** A disk of 64 MiB with this boot sector, and requires that the work writes nothing to it. */
async function onDisk<T>(code: Buffer, work: (descriptor: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-boot-'));
  const path = join(folder, 'disk');
  writeFileSync(path, bootSector(code));
  truncateSync(path, diskSize);
  const device = execFileSync('losetup', ['--find', '--show', path], { encoding: 'utf8' }).trim();
  try {
    const sum = async (): Promise<string> => (await exec(['sha256sum', device])).stdout;
    const before = [await sum(), ...writesOf(device)];
    const descriptor = openSync(device, constants.O_RDONLY | constants.O_EXCL);
    const result = await work(descriptor).finally(() => closeSync(descriptor));
    await exec(['blockdev', '--flushbufs', device]);
    expect([await sum(), ...writesOf(device)]).toEqual(before);
    return result;
  } finally {
    execFileSync('losetup', ['--detach', device]);
    rmSync(folder, { recursive: true });
  }
}

/** Boots a disk with this boot sector. */
const bootCodeOf = async (
  code: Buffer,
  timeout = 60_000,
  firmware: 'bios' | 'uefi' = 'bios',
): Promise<Booted> =>
  await onDisk(code, async (descriptor) => {
    const lines: string[] = [];
    const result = await bootDisk(
      { descriptor, size: diskSize, firmware },
      {
        expected: usualExpectation,
        timeout,
        signal,
        onLine: (line) => lines.push(line),
        onFallback: () => {
          lines.length = 0;
        },
        onProgress: () => {},
      },
    );
    return { result, lines };
  });

test('a guest that prints nothing is taken to hang only before its kernel starts', async () => {
  const end = async (text: string): Promise<string> =>
    await onDisk(bootCode(text), async (disk) => {
      const overlay = await openOverlay(diskSize, signal);
      const watch = new ConsoleWatch('never', () => {});
      const limits = { timeout: 14_000, stall: 8000, signal, onProgress: () => {} };
      const guest = { disk, overlay, accelerator: 'tcg' as const, ovmf: undefined };
      const boot = await runGuest(guest, watch, limits).finally(() => closeSync(overlay));
      return boot.end;
    });
  expect(await end('GRUB')).toBe('stuck');
  expect(await end('[    0.000000] Linux version 6.1\r\n')).toBe('timeout');
});

test('a guest that writes to its disk boots, and nothing of it is written to the disk', async () => {
  const { result, lines } = await bootCodeOf(bootCode('it wrote\r\nbox login: ', { writes: true }));
  expect([result.end, result.found, lines]).toEqual(['booted', 'box login:', ['it wrote', 'box login:']]);
});

test('a guest that prints without end is stopped at the time limit', async () => {
  const text = `\x1b[31m${'flood '.repeat(40)}`;
  const { result, lines } = await bootCodeOf(bootCode(text, { isEndless: true }), 5000);
  expect(result.end).toBe('timeout');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.join('')).not.toContain('\x1b');
});

test('UEFI firmware finds nothing to boot, which ends the test before the time limit', async () => {
  const { result } = await bootCodeOf(bootCode('box login: '), 240_000, 'uefi');
  expect(result.end).toBe('failed');
  expect(result.failure).toMatch(/No bootable option|UEFI Interactive Shell/);
}, 300_000);

let count = 0;
function build(code: Buffer, inputs: Readonly<Record<string, string>> = {}): Step {
  count += 1;
  return step(cloud, {
    user: count % 2 === 0 ? 'root' : 'a user with sudo',
    inputs: {
      'omi-name': `booted ${count}`,
      'pre-mount-commands': JSON.stringify([writesBootCode(code)]),
      'boot-test': 'bios',
      ...inputs,
    },
  });
}

test('a build boots its image before the snapshot', async () => {
  const machine = inventory(cloud.folder);
  const job = build(bootCode('one\r\nweb login: '));
  const { text } = successful(await job.main());
  expect(text).toMatch(/^Booted \(bios, (KVM|software emulation)\) in \d+\.\d s: web login:$/m);
  expect(text.indexOf('::debug::Boot test')).toBeGreaterThan(text.indexOf('::debug::Unmount'));
  expect(text.indexOf('::debug::Boot test')).toBeLessThan(text.indexOf('::debug::Snapshot'));
  const path = job.outputs()['console-log'] ?? '';
  expect(readFileSync(path, 'utf8')).toMatch(
    /^==> bios\n(==> bios, software emulation\n)?one\nweb login:\n$/,
  );
  expect(statSync(path).uid).toBe(statSync(job.workspace).uid);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test.each([
  {
    what: 'another line than the expected one',
    code: bootCode(`${Array.from({ length: 50 }, (_, line) => line).join('\r\n')}\r\nweb login: `),
    inputs: { 'boot-test-expect': '^web ready$', 'boot-test-timeout': '8s' },
    error:
      /::error title=Boot test::boot_test: the image does not boot \(bios\): the expected line did not appear within 8 s%0A {2}11%0A.*%0AThe whole console is in /,
  },
  {
    what: 'no output',
    code: bootCode(''),
    inputs: { 'boot-test-timeout': '3s' },
    error:
      /::error title=Boot test::boot_test: the image printed nothing on the serial console within 3 s \(bios\)%0AAdd console=ttyS0 /,
  },
  {
    what: 'a panic, before the time limit',
    code: bootCode('[    1.000000] Kernel panic - not syncing: no init\r\n'),
    inputs: {},
    error:
      /boot_test: the image does not boot \(bios\): \[ {4}1\.000000\] Kernel panic - not syncing: no init%0A/,
  },
])('a build whose image shows $what fails without a snapshot', async ({ code, inputs, error }) => {
  const [machine, before] = [inventory(cloud.folder), await cloud.resources()];
  const job = build(code, inputs);
  const ran = await job.main();
  expect([ran.code, ran.text]).toEqual([1, expect.stringMatching(error)]);
  expect(readFileSync(job.outputs()['console-log'] ?? '', 'utf8')).toMatch(/^==> bios\n/);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

/** The processes that have a disk of this test open, and are QEMU. */
function guests(): string[] {
  const disks = inventory(cloud.folder).loops.map((loop) => statSync(loop).rdev);
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('qemu') &&
        readdirSync(`/proc/${pid}/fd`).some((fd) => disks.includes(statSync(`/proc/${pid}/fd/${fd}`).rdev))
      );
    } catch {
      return false; // It has ended.
    }
  });
}

test.each(['main alone', 'with its tree'])(
  'a build that is killed during the test, %s: its guest ends',
  async (how) => {
    const job = build(bootCode('on and on\r\n', { isEndless: true }), { 'boot-test-timeout': '10m' });
    const main = job.start();
    await main.waitForLine(/^::debug::Boot test: started/);
    const until = performance.now() + 60_000;
    let started = guests();
    while (started.length === 0 && performance.now() < until) {
      await sleep(50);
      // The first one ends soon if KVM does not work.
      started = guests();
    }
    const { pid = 0 } = main.child;
    process.kill(how === 'main alone' ? pid : -pid, 'SIGKILL');
    await main.ended;
    expect(started).not.toEqual([]);
    const end = performance.now() + 5000;
    while (guests().length > 0 && performance.now() < end) await sleep(50);
    expect(guests()).toEqual([]);
    successful(await job.post());
    expect(inventory(cloud.folder).loops).toEqual([]);
  },
);

test('missing programs are named before anything is created', async () => {
  cloud.requests();
  const job = step(cloud, {
    inputs: { 'omi-name': 'never made', 'boot-test': 'bios' },
    wrap: (argv) => without(['qemu-system-x86_64', 'qemu-img'], argv),
  });
  const { code, text } = await job.main();
  expect([code, text]).toEqual([
    1,
    expect.stringMatching(
      /::error.*missing programs on this VM: qemu-system-x86_64 \(package qemu-system-x86\), qemu-img \(package qemu-utils\)%0A.*apt-get install qemu-system-x86 qemu-utils/,
    ),
  ]);
  expect(cloud.requests().filter(({ operation }) => !operation.startsWith('Read'))).toEqual([]);
});
