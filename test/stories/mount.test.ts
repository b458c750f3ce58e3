import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { startCloud, type TestCloud } from '../support/cloud.js';
import { inventory } from '../support/machine.js';
import { successful } from '../support/process.js';
import { openSnapshot } from '../support/snapshot.js';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

const commitOf = (mount: Step, inputs: Readonly<Record<string, string>> = {}): Step =>
  step(cloud, {
    bundle: 'commit',
    inputs: { 'build-id': mount.outputs()['build-id'] ?? '', 'state-dir': mount.stateDir, ...inputs },
  });

const inChroot = (path: string, script: string): string =>
  execFileSync('chroot', [path, '/bin/sh', '-ec', script], { encoding: 'utf8' });

test('a step between the two works in the chroot, and its work is in the snapshot', async () => {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const mount = step(cloud, { bundle: 'mount', inputs: { 'omi-name': 'halves {{.BuildId}}' } });
  successful(await mount.main());
  const {
    'mount-path': path = '',
    device = '',
    'volume-id': volume = '',
    'build-id': id = '',
  } = mount.outputs();
  expect(path).toBe(`/mnt/build-omi/${id}`);
  expect(existsSync(device)).toBe(true);
  expect(await cloud.resources()).toContain(volume);
  inChroot(
    path,
    'echo mine > /root/mine; test -r /proc/self/stat; test -c /dev/null; test -s /etc/resolv.conf',
  );
  const commit = commitOf(mount);
  successful(await commit.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '', 'omi-name': name } = commit.outputs();
  expect(name).toBe(`halves ${id}`);
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
  {
    await using disk = await openSnapshot(cloud, snapshot);
    expect(await disk.isClean()).toBe(true);
    expect(await disk.list('/root')).toContain('mine');
  }
  successful(await mount.post());
  expect(await cloud.resources()).toEqual([...before, omi, snapshot].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(readdirSync(join(mount.stateDir, '0'))).toEqual([]);
});
