/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { step } from '../support/action.js';
import { startCloud, useCloud } from '../support/cloud.js';
import { type Inventory, inventory } from '../support/inventory.js';
import { jobNamespace, mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';
import { fromShell, killed, rowOf, sweep } from '../support/sweep.js';
import { uidOf, users } from '../support/users.js';

const cloud = useCloud();
let machine: Inventory;
let before: string[];
beforeEach(async () => {
  machine = inventory(cloud.folder);
  before = await cloud.resources();
});

const madeSince = async (): Promise<string[]> =>
  (await cloud.resources()).filter((id) => !before.includes(id));

test.each(users)(
  'as %s: sweep lists, then removes resources of a killed build, while a build on the same VM continues',
  async (user) => {
    const orphaned = await killed(cloud, {}, user);
    const state = { 'state-dir': orphaned.stateDir };
    const [volume = ''] = await madeSince();
    const live = step(cloud, {
      user,
      inputs: { ...state, 'omi-name': `live ${user}`, run: 'echo started\nsleep 12\n' },
    });
    const running = live.start();
    await running.waitForLine(/^started$/);
    // The next build has already removed resources of the orphaned build.
    expect(await madeSince()).not.toContain(volume);
    const again = await killed(cloud, state, user);
    const ids = await madeSince();
    const listed = successful(await sweep(cloud, orphaned.stateDir, ['--older-than', '1s'], user));
    expect(await madeSince()).toEqual(ids);
    const build = again.outputs()['build-id'] ?? '';
    const found = ids.filter((id) => rowOf(listed, id).length > 0);
    expect(found).toHaveLength(1);
    expect(rowOf(listed, found[0] ?? '')).toEqual([
      'volume',
      found[0],
      build,
      '0 min',
      'the process of its build has ended',
    ]);
    expect(listed.text).toContain('Run sweep with --yes to remove the resources of the first list.');
    const swept = successful(await sweep(cloud, orphaned.stateDir, ['--yes', '--older-than', '1s'], user));
    expect(swept.text).toContain(`Delete volume ${found[0]}`);
    expect(await madeSince()).toEqual(ids.filter((id) => id !== found[0]));
    successful(await running.ended);
    const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = live.outputs();
    expect(await madeSince()).toEqual([image, snapshot]);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(orphaned.stateDir, String(uidOf(user))))).toEqual([]);
    expect(successful(await sweep(cloud, orphaned.stateDir, ['--yes'], user)).text).toContain(
      'Nothing to remove.',
    );
  },
);

test.each(users)(
  'as %s: sweep ignores a build between mount and commit while its owner is alive',
  async (user) => {
    await using job = await jobNamespace();
    await using halves = await mounted(cloud, `halves ${user}`, { user, job: job.pid });
    const [volume = ''] = await madeSince();
    const swept = successful(
      await sweep(cloud, halves.mount.stateDir, ['--yes', '--older-than', '1s'], user),
    );
    expect(swept.text).toContain('Nothing to remove.');
    expect(rowOf(swept, volume)).toEqual([]);
    const commit = halves.commit();
    successful(await commit.main());
    const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = commit.outputs();
    expect(await madeSince()).toEqual([image, snapshot]);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

/** Runs a command from a process that exits with it, and so cannot own its mounted build. */
const byMayfly = (argv: readonly string[]): string[] => [
  'perl',
  '-e',
  'system(@ARGV); exit($? >> 8)',
  ...argv,
];

test.each(users)(
  'as %s: sweep removes a build between mount and commit whose owner has exited, with mounts and mount users',
  async (user) => {
    await using job = await jobNamespace();
    const options = { user, job: job.pid, wrap: byMayfly };
    await using halves = await mounted(cloud, `half ${user}`, options);
    const { path, id: build, mount } = halves;
    const [volume = ''] = await madeSince();
    const guest = halves.inside('exec sleep 1000').catch(String);
    const listed = successful(await sweep(cloud, mount.stateDir, [], user));
    for (const id of [path, volume])
      expect(rowOf(listed, id).slice(2)).toEqual([build, '0 min', 'the process of its build has ended']);
    const swept = successful(await sweep(cloud, mount.stateDir, ['--yes'], user));
    expect(swept.text).toMatch(new RegExp(`Terminated process still using ${path}: sleep`));
    expect(await guest).toMatch(/sleep/);
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(mount.stateDir, String(uidOf(user))))).toEqual([]);
  },
);

test('sweep ignores a ledger of another user with a warning, and keeps the resources it names', async () => {
  const orphaned = await killed(cloud);
  const made = await madeSince();
  const ledger = join(orphaned.stateDir, '0', `${orphaned.outputs()['build-id']}.jsonl`);
  chownSync(ledger, 12_345, 12_345);
  const swept = successful(await sweep(cloud, orphaned.stateDir, ['--yes', '--older-than', '1s']));
  expect(swept.text).toContain(`${ledger} is ignored: it belongs to user 12345, not to 0`);
  expect(swept.text).toContain('Nothing to remove.');
  expect(await madeSince()).toEqual(made);
  chownSync(ledger, 0, 0);
  successful(await sweep(cloud, orphaned.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('sweep lists resources of another account or endpoint, and removes only those on the VM', async () => {
  await using other = await startCloud();
  const orphaned = await killed(cloud);
  const [volume = ''] = await madeSince();
  const swept = successful(await sweep(other, orphaned.stateDir, ['--yes']));
  expect(rowOf(swept, volume)[4]).toBe(
    `out of reach: it is in account ${defaultAccount.id} at ${cloud.endpoint}`,
  );
  expect(await madeSince()).toEqual([volume]);
  expect(inventory(cloud.folder).folders).toEqual([]);
  successful(await sweep(cloud, orphaned.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('sweep prints the command to remove each remaining resource, and exits with 1', async () => {
  const orphaned = await killed(cloud);
  const [volume = ''] = await madeSince();
  cloud.fail([{ operation: 'DeleteVolume', fault: 'refuse', times: 1 }]);
  const swept = await sweep(cloud, orphaned.stateDir, ['--yes']);
  cloud.fail([]);
  expect(swept.code).toBe(1);
  expect(swept.text).toMatch(
    new RegExp(
      `Could not remove:\\n.*volume ${volume}: DeleteVolume .*\\n.*osc-cli api DeleteVolume --VolumeId ${volume}`,
    ),
  );
  successful(await sweep(cloud, orphaned.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('sweep keeps retained resources of a failed build until they expire, or until that build is named', async () => {
  const job = step(cloud, { inputs: { 'omi-name': 'kept', run: 'exit 3\n', 'on-failure': 'keep' } });
  const main = await job.main();
  const [volume = ''] = await madeSince();
  const swept = successful(await sweep(cloud, job.stateDir, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toMatch(/^kept until /);
  expect(await madeSince()).toEqual([volume]);
  const printed = /node (\S+\/cli\.js sweep .*?)(?:%0A|$)/m.exec(main.text)?.[1]?.split(' ') ?? [];
  expect(successful(await fromShell(cloud, printed)).text).toContain(`Delete volume ${volume}`);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test.each([
  [['--older-than', 'yesterday'], 'older-than: "yesterday" is not an age; write one such as 24h or 30d'],
  [['--build-id', 'x'], 'build-id: "x" is not a build ID; write its 12 hexadecimal digits'],
])('%s is refused', async (flags, message) => {
  const ran = await sweep(cloud, join(cloud.folder, 'none'), flags);
  expect(ran.code).toBe(2);
  expect(ran.text).toContain(message);
});
