/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../src/common/wait.js';
import { partitionsOf } from '../../src/host/disk/partitions.js';
import { usersOf } from '../../src/host/disk/users.js';
import { exec } from '../../src/host/exec/exec.js';
import { makeDisk, smallest } from '../support/disk-images.js';
import { runnable } from '../support/kernel-features.js';

/** A btrfs counts its files under a device number of its own. */
const filesystems = runnable([['ext4'], ['btrfs']] as const);

describe.each(filesystems)('%s', (filesystem) => {
  let work: string;
  let disk: string;
  let at: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
    at = join(work, 'mnt');
    mkdirSync(at);
    await makeDisk(join(work, 'disk'), 'dos', [{ size: smallest[filesystem], filesystem, linux: true }]);
    const { stdout } = await exec(['losetup', '--find', '--show', '--partscan', join(work, 'disk')]);
    disk = stdout.trim().replace('/dev/', '');
    await partitionsOf(disk, AbortSignal.timeout(10_000));
    await exec(['mount', `/dev/${disk}p1`, at]);
    const { stdout: libraries } = await exec(['ldd', '/bin/sleep']);
    copyFileSync(/=> (\/\S+)/.exec(libraries)?.[1] ?? '', join(at, 'library.so'));
  });

  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await found([]);
  });

  afterAll(async () => {
    await exec(['umount', at]);
    await exec(['partx', '--delete', `/dev/${disk}`], { answers: [1] });
    await exec(['losetup', '--detach', `/dev/${disk}`]);
    rmSync(work, { recursive: true });
  });

  const run = (argv: readonly [string, ...string[]], options: SpawnOptions = {}): number => {
    const [program, ...rest] = argv;
    const child = spawn(program, rest, { stdio: 'ignore', ...options });
    started.push(child);
    return child.pid ?? 0;
  };

  const holders = async (): Promise<string[]> => await usersOf(disk, AbortSignal.timeout(20_000));

  /** Waits until exactly this is found besides the mount of this test itself. */
  const found = async (expected: readonly string[]): Promise<unknown> =>
    await waitFor({
      what: `holders ${expected.join('; ')}`,
      read: async () => (await holders()).filter((line) => !line.startsWith(`mounted at ${at} in`)),
      done: (lines) => JSON.stringify(lines) === JSON.stringify(expected),
      describe: (lines) => ({ state: lines.join('; ') }),
      timeout: 20_000,
    });

  test('its mount, and nothing else', async () => {
    await found([]);
    expect((await holders())[0]).toMatch(`mounted at ${at} in the mount namespace of process `);
  });

  test('a process with its root directory on the disk', async () => {
    const pid = run(['perl', '-e', 'chroot shift or die; sleep 100', at]);
    await found([`process ${pid} (perl) uses it: root`]);
  });

  test('a process with its working directory on the disk', async () => {
    const pid = run(['sleep', '100'], { cwd: join(at, 'var') });
    await found([`process ${pid} (sleep) uses it: cwd`]);
  });

  test('a process that executes a program of the disk', async () => {
    const pid = run([join(at, 'bin/busybox'), 'sleep', '100']);
    await found([`process ${pid} (busybox) uses it: exe, mapped file`]);
  });

  test('a process that has a file of the disk mapped, and closed', async () => {
    const pid = run(['sleep', '100'], {
      env: { LD_PRELOAD: join(at, 'library.so'), PATH: process.env.PATH },
    });
    await found([`process ${pid} (sleep) uses it: mapped file`]);
  });

  test('a process that has a file of the disk open', async () => {
    const file = openSync(join(at, 'bin/busybox'), 'r');
    const pid = run(['sleep', '100'], { stdio: [file, 'ignore', 'ignore'] });
    closeSync(file);
    await found([`process ${pid} (sleep) uses it: open file 0`]);
  });

  test('a process that has the partition itself open', async () => {
    const pid = run(['sh', '-c', `exec sleep 100 7</dev/${disk}p1`]);
    await found([`process ${pid} (sleep) uses it: open file 7`]);
  });

  test('a mount in a namespace of another user without processes that use it', async () => {
    const other = join(work, 'other');
    mkdirSync(other, { recursive: true });
    const script = 'mount "$0" "$1" && umount "$2" && exec sleep 100';
    const pid = run(['unshare', '--mount', 'sh', '-c', script, `/dev/${disk}p1`, other, at]);
    await found([`mounted at ${other} in the mount namespace of process ${pid} (sleep)`]);
  });

  test('an open file in a namespace that lazily unmounted the disk', async () => {
    const file = openSync(join(at, 'bin/busybox'), 'r');
    const pid = run(['unshare', '--mount', 'sh', '-c', 'umount --lazy "$0"; exec sleep 100', at], {
      stdio: [file, 'ignore', 'ignore'],
    });
    closeSync(file);
    await found([`process ${pid} (sleep) uses it: open file 0`]);
  });
});
