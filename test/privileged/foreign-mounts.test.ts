import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { mountNamespaces, ownedHere } from '../../src/host/disk/mount-namespaces.js';
import { mountsOfDisk } from '../../src/host/disk/mounts-of-disk.js';
import { deviceNumbers, partitionsOf } from '../../src/host/disk/partitions.js';
import { exec } from '../../src/host/exec/exec.js';
import { signalProcesses } from '../../src/host/mount/signal-processes.js';
import { unmountInside } from '../../src/host/mount/unmount-inside.js';
import { identify } from '../../src/host/proc/identity.js';
import { type Mount, mountsIn } from '../../src/host/proc/mountinfo.js';
import { makeDisk, smallest } from '../support/disk-images.js';

const signal = AbortSignal.timeout(60_000);
const started: ChildProcess[] = [];
let work: string;
let disk: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  await makeDisk(join(work, 'disk'), 'dos', [{ size: smallest.ext4, filesystem: 'ext4', linux: true }]);
  const { stdout } = await exec(['losetup', '--find', '--show', '--partscan', join(work, 'disk')]);
  disk = stdout.trim().replace('/dev/', '');
  await partitionsOf(disk, signal);
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
afterAll(async () => {
  await exec(['partx', '--delete', `/dev/${disk}`], { answers: [1] });
  await exec(['losetup', '--detach', `/dev/${disk}`]);
  rmSync(work, { recursive: true });
});

/** Starts a script of the shell and waits until it says that it is ready; then it sleeps. */
async function sleeper(
  enter: readonly string[],
  script: string,
  ...args: string[]
): Promise<ChildProcess & { pid: number }> {
  const argv = [...enter, 'sh', '-ec', `${script}\necho ready\nexec sleep 1000`, ...args];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  if (child.stdout === null) throw new Error('no pipe');
  await once(child.stdout, 'data');
  return Object.assign(child, { pid: child.pid ?? 0 });
}

const mount = (more: Partial<Mount>): Mount => ({
  id: '1',
  device: '0:99',
  root: '/',
  target: '/somewhere',
  type: 'tmpfs',
  source: 'none',
  options: [],
  isReadOnly: false,
  ...more,
});

test('a mount belongs to a disk by its device number, not by the text of its source', () => {
  const number = deviceNumbers(disk).get(`${disk}p1`) ?? '';
  const real = mount({ device: number, type: 'ext4', source: 'any text' });
  const btrfs = mount({ type: 'btrfs', source: `/dev/${disk}p1` });
  const pretended = [
    mount({ source: `/dev/${disk}p1` }),
    mount({ source: `/dev/${disk}`, type: 'fuse.btrfs' }),
    mount({ source: `/dev/${disk}0p1`, type: 'btrfs' }),
  ];
  expect(mountsOfDisk([real, btrfs, ...pretended], disk)).toEqual([real, btrfs]);
  // A disk that was detached while mounted.
  const gone = mount({ device: '259:7', type: 'ext4', source: '/dev/no-such-diskp1' });
  expect(mountsOfDisk([gone, mount({ source: gone.source })], 'no-such-disk')).toEqual([]);
  const torn = mount({ device: '259:7', type: 'ext4', source: '/dev/nvme99n1p1' });
  expect(mountsOfDisk([torn, mount({ source: torn.source })], 'nvme99n1')).toEqual([torn]);
});

const namespaceOf = (pid: number) => mountNamespaces().find(({ pids }) => pids.includes(pid));

test('the mount namespace of a user namespace has another owner, and nothing in it is unmounted', async () => {
  const own = await sleeper(['unshare', '--mount'], ':');
  const script = 'mount -t tmpfs none "$0"';
  const at = join(work, 'foreign');
  mkdirSync(at);
  const foreign = await sleeper(['unshare', '--user', '--map-root-user', '--mount'], script, at);
  const [ours, theirs] = [namespaceOf(own.pid), namespaceOf(foreign.pid)];
  if (ours === undefined || theirs === undefined) throw new Error('a namespace is not seen');
  expect((await ownedHere([ours, theirs], signal)).map(({ id }) => id)).toEqual([ours.id]);
  const there = (): Mount[] => mountsIn(foreign.pid).filter(({ target }) => target === at);
  expect(there()).toHaveLength(1);
  await unmountInside(theirs, there(), signal);
  expect(there()).toHaveLength(1);
});

test('in another mount namespace a path is unmounted only if it is the expected mount', async () => {
  const at = join(work, 'inside');
  mkdirSync(at);
  const { pid } = await sleeper(['unshare', '--mount'], 'mount -t tmpfs none "$0"', at);
  const namespace = namespaceOf(pid);
  const there = (): Mount[] => mountsIn(pid).filter(({ target }) => target === at);
  const [found] = there();
  if (namespace === undefined || found === undefined) throw new Error('the mount is not seen');
  await unmountInside(namespace, [{ ...found, id: '1' }], signal);
  await unmountInside({ ...namespace, id: 'mnt:[1]' }, [found], signal);
  expect(there()).toHaveLength(1);
  await unmountInside(namespace, [found], signal);
  expect(there()).toEqual([]);
});

test('a signal reaches the expected process, and no other that has its PID', async () => {
  const child = await sleeper([], ':');
  const start = identify(child.pid)?.start ?? '';
  await signalProcesses([{ pid: child.pid, start: '1' }], 'SIGKILL', signal);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  const ended = once(child, 'exit');
  await signalProcesses([{ pid: child.pid, start }], 'SIGTERM', signal);
  expect(await ended).toEqual([null, 'SIGTERM']);
});
