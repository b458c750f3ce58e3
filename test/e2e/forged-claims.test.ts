/** @alone Mount namespaces of parallel tests would copy its mounts and keep its disks in use. */
import type { ChildProcess } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { exec } from '../../src/host/exec/exec.js';
import type { Volume } from '../../src/outscale/api.js';
import { step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { launch, successful } from '../support/process.js';
import { killed } from '../support/sweep.js';
import { uidOf } from '../support/users.js';

const user = 'a user with sudo';

/** Writes ledgers into the directory of a user, each with the header of an orphaned build of that user. */
async function forger(cloud: TestCloud): Promise<{
  readonly stateDir: string;
  readonly forge: (kind: string, data: object, ...more: readonly object[]) => string;
  readonly header: (build: string) => Record<string, unknown>;
  readonly write: (build: string, lines: readonly object[]) => string;
}> {
  const orphan = await killed(cloud, {}, user);
  const id = orphan.outputs()['build-id'] ?? '';
  const folder = join(orphan.stateDir, String(uidOf(user)));
  const [first = ''] = readFileSync(join(folder, `${id}.jsonl`), 'utf8').split('\n');
  const header = (build: string): Record<string, unknown> => ({ ...JSON.parse(first), build });
  const write = (build: string, lines: readonly object[]): string => {
    const path = join(folder, `${build}.jsonl`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    chownSync(path, uidOf(user), uidOf(user));
    return path;
  };
  let count = 0;
  const forge = (kind: string, data: object, ...more: readonly object[]): string => {
    count += 1;
    const build = `0000000000${String(count).padStart(2, '0')}`;
    return write(build, [header(build), { claim: { number: 1, kind, data } }, ...more]);
  };
  successful(await orphan.post());
  return { stateDir: orphan.stateDir, forge, header, write };
}

test('root undoes claims in a ledger of another user only if the API or the kernel confirms them, for each kind', async () => {
  await using cloud = await startCloud();
  const { api } = cloud;
  const { stateDir, forge, header, write } = await forger(cloud);
  const [vm] = (await api.call('ReadVms', {})).Vms ?? [];
  const create = async (): Promise<string> => {
    const asked = { SubregionName: 'eu-west-2a', Size: 1 };
    return (await api.call('CreateVolume', asked)).Volume?.VolumeId ?? '';
  };
  const volume = await create();
  const data = await create();
  const forgedVolume = async (): Promise<Volume | undefined> =>
    (await api.call('ReadVolumes', { Filters: { VolumeIds: [data] } })).Volumes?.[0];
  const isAttached = async (): Promise<boolean> =>
    (await forgedVolume())?.LinkedVolumes?.[0]?.State === 'attached';
  while ((await forgedVolume())?.State !== 'available') await sleep(20);
  await api.call('LinkVolume', { VolumeId: data, VmId: vm?.VmId ?? '', DeviceName: '/dev/xvdz' });
  while (!(await isAttached())) await sleep(20);
  const product = step(cloud, { inputs: { 'omi-name': 'product', 'state-dir': stateDir } });
  successful(await product.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'build-id': finished = '' } = product.outputs();
  const empty = join(cloud.folder, 'empty');
  mkdirSync(empty);
  const usual = '/mnt/build-omi/00000000cccc';
  await using dataDisk = await mountedDisk(`${usual}/root`);
  const { path: mounted, disk } = dataDisk;
  const mapping = [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot } }];
  const registration = { ImageName: 'public now', RootDeviceName: '/dev/sda1', BlockDeviceMappings: mapping };
  const before = await cloud.resources();
  const machine = inventory(cloud.folder);

  const forged = [
    forge('volume', { id: volume, token: 'of nobody' }),
    forge('attachment', { volume: data, device: '/dev/xvdz' }),
    forge('attachment', { volume: data, device: '/dev/xvdz', disk }),
    forge('snapshot', { id: snapshot, token: 'of nobody' }),
    forge('image', { id: omi, name: 'product', snapshot }),
    forge('image', { name: 'product', snapshot }),
    forge('copy', { id: omi, name: 'product', note: '', snapshots: [snapshot] }),
    forge('replaced', { id: 'ami-0', snapshot, registration, shared: { GlobalPermission: true }, tags: [] }),
    forge('discarded', { image: 'ami-0', snapshots: [snapshot] }, { kept: [] }),
    forge('mounts', { path: mounted, disk }),
    forge('mounts', { path: mounted, disk: 'vdnone' }),
    forge('directory', { path: empty, ours: true }),
    write('00000000cccc', [
      header('00000000cccc'),
      { claim: { number: 1, kind: 'mounts', data: { path: `${usual}/root`, disk } } },
    ]),
    write(finished, [
      header(finished),
      { claim: { number: 1, kind: 'snapshot', data: { id: snapshot, token: '' } } },
      { claim: { number: 2, kind: 'image', data: { id: omi, name: 'product', snapshot } } },
    ]),
  ];
  const living = { ...header('0000000000aa'), owner: identity() };
  const everywhere = {
    claim: { number: 1, kind: 'directory', data: { path: '/mnt/build-omi', ours: true } },
  };
  write('0000000000aa', [living, everywhere]);
  // The only directories that exist are the parents that the claim names.
  forge('directory', { path: join(cloud.folder, 'none'), ours: true, parents: [empty] });

  const next = step(cloud, { inputs: { 'omi-name': 'next', 'state-dir': stateDir } });
  const { text } = successful(await next.main());
  for (const said of [
    `volume ${volume} left alone: its tags and ClientToken do not name build`,
    `attached volume ${data} left alone: its tags and ClientToken do not name build`,
    `snapshot ${snapshot} left alone: its tags and ClientToken do not name build`,
    `OMI ${omi} left alone: it maps no snapshot of build`,
    `OMI ${omi} left alone: it is not a copy that build`,
    'OMI public now: nothing proves that build',
    `snapshots ${snapshot}: nothing proves that build`,
    `${mounted} stays mounted: nothing proves that /dev/vdnone is a disk of build`,
    `${mounted} stays mounted: /dev/${disk} is mounted at ${usual}/root too`,
    `${usual}/root stays mounted: /dev/${disk} is mounted at ${mounted} too`,
    `folder ${empty} left alone: user ${uidOf(user)} cannot remove it`,
  ])
    expect(text).toContain(said);
  const made = [next.outputs()['omi-id'] ?? '', next.outputs()['snapshot-id'] ?? ''];
  expect(await cloud.resources()).toEqual([...before, ...made].sort());
  expect(await isAttached()).toBe(true);
  expect(existsSync(empty)).toBe(true);
  expect(dataDisk.user.exitCode).toBeNull();
  for (const path of [mounted, `${usual}/root`])
    expect(readFileSync('/proc/mounts', 'utf8')).toContain(` ${path} `);
  expect(forged.filter((path) => !existsSync(path))).toEqual([]);
  expect(inventory(cloud.folder)).toEqual(machine);
  await api.call('UnlinkVolume', { VolumeId: data });
});

/**
 * A disk of the VM's own that is mounted and in use, and mounted at another path too. Its files are outside
 * the test's folder, so that nothing takes it for one of the emulator's.
 */
async function mountedDisk(
  other: string,
): Promise<{ readonly path: string; readonly disk: string; readonly user: ChildProcess } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'build-omi-disk-'));
  const [image, path] = [join(folder, 'image'), join(folder, 'mounted')];
  writeFileSync(image, '');
  truncateSync(image, 16 * 2 ** 20);
  await exec(['mkfs.ext4', '-q', image]);
  for (const one of [path, other]) mkdirSync(one, { recursive: true });
  await exec(['mount', '-o', 'loop', image, path]);
  await exec(['mount', '--bind', path, other]);
  const { child, ended } = launch(['sleep', '1000'], { PATH: process.env.PATH }, path);
  const { stdout } = await exec(['findmnt', '--noheadings', '--output', 'SOURCE', path]);
  return {
    path,
    disk: stdout.trim().replace('/dev/', ''),
    user: child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      for (const target of [other, path]) await exec(['umount', target], { answers: [32] });
      for (const one of [folder, dirname(other)]) rmSync(one, { recursive: true });
    },
  };
}

function identity(): { pid: number; start: string | undefined; boot: string } {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return { pid: process.pid, start, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
}

test('the sweep ignores a ledger that another user wrote, and one over 1 MiB, with a warning', async () => {
  await using cloud = await startCloud();
  const { stateDir, header, write } = await forger(cloud);
  const ofRoot = await killed(cloud, { 'state-dir': stateDir });
  const build = ofRoot.outputs()['build-id'] ?? '';
  const [volume] =
    (await cloud.api.call('ReadVolumes', { Filters: { TagKeys: ['build-omi:build-id'] } })).Volumes ?? [];
  const twice = write(build, [
    header(build),
    { claim: { number: 1, kind: 'volume', data: { id: volume?.VolumeId, token: '' } } },
  ]);
  const large = write('0000000000bb', [{ ...header('0000000000bb'), padding: 'x'.repeat(1024 * 1024) }]);
  const next = step(cloud, { inputs: { 'omi-name': 'next', 'state-dir': stateDir } });
  const { text } = successful(await next.main());
  expect(text).toContain(`${twice} ignored: another user has a ledger of the same build`);
  expect(text).toContain(`${large} is ignored: it is larger than 1 MiB`);
  expect(text).toContain(`Delete volume ${volume?.VolumeId}`);
});
