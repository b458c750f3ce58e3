import { mkdirSync, mkdtempSync, readFileSync, rmSync, type Stats, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultMounts } from '../../src/config/types/mounts.js';
import { makeSourceDisk } from '../../src/demo/source-disk.js';
import { mountChroot } from '../../src/host/chroot/chroot-mounts.js';
import { forbidDevices } from '../../src/host/chroot/devices.js';
import { whyNotQuiesced } from '../../src/host/disk/exclusive.js';
import { partitionsOf } from '../../src/host/disk/partitions.js';
import { exec } from '../../src/host/exec/exec.js';
import { ImageTree } from '../../src/host/image/image-fs.js';
import { inject } from '../../src/host/image/inject.js';
import { restore } from '../../src/host/image/restore.js';
import { endNamespace, startNamespace } from '../../src/host/sandbox/namespaces.js';
import { runInside } from '../../src/host/sandbox/run.js';

const signal = AbortSignal.timeout(60_000);
let work: string;
let disk: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  mkdirSync(join(work, 'mnt'));
  await makeSourceDisk(join(work, 'disk'), work);
  truncateSync(join(work, 'disk'), 2 ** 27);
  const { stdout } = await exec(['losetup', '--find', '--show', '--partscan', join(work, 'disk')]);
  disk = stdout.trim().replace('/dev/', '');
});

afterAll(async () => {
  await exec(['partx', '--delete', `/dev/${disk}`], { answers: [1] });
  await exec(['losetup', '--detach', `/dev/${disk}`]);
  rmSync(work, { recursive: true });
});

test('a script runs in the image as on a separate machine, and the image keeps only its changes', async () => {
  const partitions = await partitionsOf(disk, signal);
  expect(partitions.map(({ number, filesystem }) => [number, filesystem])).toEqual([[1, 'ext4']]);
  const sandbox = await startNamespace('test').open();
  const path = join(work, 'mnt');
  await exec(sandbox.inside(['mount', `/dev/${disk}p1`, path]));
  const tree = new ImageTree(`${sandbox.root}${path}`);
  const visible = { disk, alias: 'xvdzz', partitions };
  {
    await using mounter = sandbox.mounter(signal);
    const { made } = await mountChroot(
      { sandbox, tree, mountPath: path, disk: visible, signal },
      mounter,
      defaultMounts,
    );
    expect(made).toEqual([]);
  }
  const facts = ({ mode, uid, gid, rdev }: Stats): number[] => [mode, uid, gid, rdev];
  for (const name of ['null', 'tty', disk, `${disk}p1`])
    expect(facts(statSync(`${tree.root}/dev/${name}`))).toEqual(facts(statSync(`/dev/${name}`)));
  const injected = await inject(
    { sandbox, tree, mountPath: path, signal },
    { path: '/etc/resolv.conf', content: Buffer.from('nameserver 192.0.2.1\n'), mode: 0o644 },
  );
  await sandbox.pivot(path);
  const observed: string[] = [];
  const inside = new ImageTree(sandbox.root);
  inside.create(
    '/run/script',
    [
      'set -e',
      'cat /etc/resolv.conf',
      'ls /dev',
      'ls /proc/1/root',
      'echo "secret: $SECRET $HOME"',
      'hostname changed',
      'sleep 1000 &',
      'echo work > /root/work',
      'printf unfinished',
      'kill -9 -1 || true',
      // Last: a background command of ash opens /dev/null, and would end if it were gone by then.
      'rm /dev/null',
      'exit 7',
    ].join('\n'),
    { uid: 0, gid: 0, mode: 0o700 },
  );
  const ended = await runInside(sandbox, ['sh', '-e', '/run/script'], {
    env: { SECRET: 'x', PATH: '/bin' },
    onLine: (line) => observed.push(line),
    signal,
  });
  expect(observed).toContain('nameserver 192.0.2.1');
  expect(observed).toEqual(
    expect.arrayContaining(['null', disk, `${disk}p1`, 'xvdzz', 'xvdzz1', 'disk', 'secret: x ']),
  );
  expect(observed.at(-1)).toBe('unfinished');
  expect(ended).toMatchObject({ code: 7 });
  await sandbox.killAll(signal);
  await restore(inside, injected, () => {});
  await endNamespace(sandbox.holder, 'test', signal);
  for (const partition of partitions) while (whyNotQuiesced(partition)) await sleep(5);
  expect(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim()).not.toBe('changed');
  const after = await exec(['debugfs', '-R', 'ls -p /root', `/dev/${disk}p1`]);
  expect(after.stdout).toMatch(/\/work\/\d+\/$/m);
});

test('the mounts and device nodes of a chroot take no process of their own', async () => {
  const partitions = await partitionsOf(disk, signal);
  const sandbox = await startNamespace('test').open();
  const path = join(work, 'mnt');
  await exec(sandbox.inside(['mount', `/dev/${disk}p1`, path]));
  const tree = new ImageTree(`${sandbox.root}${path}`);
  // The PIDs of a namespace are consecutive.
  const nextPid = async (): Promise<number> =>
    Number((await exec(sandbox.inside(['sh', '-c', 'echo $$']))).stdout);
  const before = await nextPid();
  const visible = { disk, alias: 'xvdzz', partitions };
  {
    await using mounter = sandbox.mounter(signal);
    const image = { sandbox, tree, mountPath: path, signal };
    await forbidDevices(image, mounter);
    await mountChroot({ ...image, disk: visible }, mounter, defaultMounts);
  }
  expect((await nextPid()) - before - 1).toBe(0);
  await endNamespace(sandbox.holder, 'test', signal);
  for (const partition of partitions) while (whyNotQuiesced(partition)) await sleep(5);
});
