import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { type Step, step } from '../support/action.js';
import { dist, isBare, startCloud, type TestCloud } from '../support/cloud.js';
import { type Inventory, inventory } from '../support/machine.js';
import { launch, type Ran, successful } from '../support/process.js';
import { asStoryUser, type StoryUser, uidOf, users } from '../support/users.js';

const neighbour = 'i-0e1e9b08';
let cloud: TestCloud;
let subregion: string;
let machine: Inventory;
let before: string[];
beforeAll(async () => {
  cloud = await startCloud('--neighbour', neighbour);
  const { Vms } = await cloud.api.call('ReadVms', {});
  expect(Vms?.map(({ VmId }) => VmId)).toContain(neighbour);
  subregion = Vms?.[0]?.Placement?.SubregionName ?? '';
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});
beforeEach(async () => {
  machine = inventory(cloud.folder);
  before = await cloud.resources();
});

/** Runs `sweep` from a shell. */
async function sweep(
  stateDir: string,
  flags: readonly string[],
  { at = cloud, user = 'root' }: { at?: TestCloud; user?: StoryUser } = {},
): Promise<Ran> {
  const work = mkdtempSync(join(at.folder, 'sweep-'));
  const argv = [process.execPath, join(dist, 'cli.js'), 'sweep', '--state-dir', stateDir, ...flags];
  const environment = {
    PATH: process.env.PATH,
    HOME: '/root',
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    OSC_ENDPOINT_API: at.endpoint,
  };
  return await launch(asStoryUser(user, work, [...argv, '--metadata-endpoint', at.metadata]), environment)
    .ended;
}

/** A build that is killed in its script; its volume is left. */
async function killed(inputs: Record<string, string> = {}, user: StoryUser = 'root'): Promise<Step> {
  const job = step(cloud, {
    user,
    inputs: { 'omi-name': 'killed', run: 'echo started\nsleep 1000\n', ...inputs },
  });
  const main = job.start();
  await main.seen(/^started$/);
  main.child.kill('SIGKILL');
  await main.ended;
  return job;
}

const madeSince = async (): Promise<string[]> =>
  (await cloud.resources()).filter((id) => !before.includes(id));

/** The line of a thing in the table, by its columns. */
const rowOf = ({ lines }: Ran, id: string): string[] =>
  lines.map(({ line }) => line.trim().split(/ {2,}/)).find((row) => row[1] === id) ?? [];

test.each(users)(
  'as %s: what a killed build left is listed, then removed; a build that lives on the same VM goes on',
  async (user) => {
    const dead = await killed({}, user);
    const state = { 'state-dir': dead.stateDir };
    const [volume = ''] = await madeSince();
    const live = step(cloud, {
      user,
      inputs: { ...state, 'omi-name': `live ${user}`, run: 'echo started\nsleep 12\n' },
    });
    const running = live.start();
    await running.seen(/^started$/);
    // The next build has put the dead one away already.
    expect(await madeSince()).not.toContain(volume);
    const again = await killed(state, user);
    const ids = await madeSince();
    const listed = successful(await sweep(dead.stateDir, ['--older-than', '1s'], { user }));
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
    expect(listed.text).toContain('With --yes this is removed');
    const swept = successful(await sweep(dead.stateDir, ['--yes', '--older-than', '1s'], { user }));
    expect(swept.text).toContain(`Delete volume ${found[0]}`);
    expect(await madeSince()).toEqual(ids.filter((id) => id !== found[0]));
    successful(await running.ended);
    const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = live.outputs();
    expect(await madeSince()).toEqual([image, snapshot]);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(dead.stateDir, String(uidOf(user))))).toEqual([]);
    expect(successful(await sweep(dead.stateDir, ['--yes'], { user })).text).toContain(
      'There is nothing to remove.',
    );
  },
);

test.each(users.filter((user) => user === 'root'))(
  'as %s: a build between mount and commit is left alone as long as its owner lives',
  async (user) => {
    const mount = step(cloud, { user, bundle: 'mount', inputs: { 'omi-name': `halves ${user}` } });
    successful(await mount.main());
    const [volume = ''] = await madeSince();
    const swept = successful(await sweep(mount.stateDir, ['--yes', '--older-than', '1s'], { user }));
    expect(swept.text).toContain('There is nothing to remove.');
    expect(rowOf(swept, volume)).toEqual([]);
    const inputs = { 'build-id': mount.outputs()['build-id'] ?? '', 'state-dir': mount.stateDir };
    const commit = step(cloud, { user, bundle: 'commit', inputs });
    successful(await commit.main());
    const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = commit.outputs();
    expect(await madeSince()).toEqual([image, snapshot]);
    expect(inventory(cloud.folder)).toEqual(machine);
  },
);

/** Runs a command from a process that ends with it, and so cannot own what it leaves. */
const byMayfly = (argv: readonly string[]): string[] => [
  'perl',
  '-e',
  'system(@ARGV); exit($? >> 8)',
  ...argv,
];

test.each(users.filter((user) => user === 'root'))(
  'as %s: a build between mount and commit whose owner is gone goes with its mounts and whoever uses them',
  async (user) => {
    const inputs = { 'omi-name': `half ${user}` };
    const mount = step(cloud, { user, bundle: 'mount', inputs, wrap: byMayfly });
    successful(await mount.main());
    const { 'mount-path': path = '', 'build-id': build = '' } = mount.outputs();
    const [volume = ''] = await madeSince();
    const guest = launch(['chroot', path, 'sleep', '1000'], { PATH: process.env.PATH });
    const listed = successful(await sweep(mount.stateDir, [], { user }));
    for (const id of [path, volume])
      expect(rowOf(listed, id).slice(2)).toEqual([build, '0 min', 'the process of its build has ended']);
    expect(inventory(cloud.folder)).not.toEqual(machine);
    const swept = successful(await sweep(mount.stateDir, ['--yes'], { user }));
    expect(swept.text).toMatch(new RegExp(`ended, for it still used ${path}: sleep`));
    expect((await guest.ended).code).not.toBe(0);
    expect(await cloud.resources()).toEqual(before);
    expect(inventory(cloud.folder)).toEqual(machine);
    expect(readdirSync(join(mount.stateDir, String(uidOf(user))))).toEqual([]);
  },
);

test("a ledger that came with a copy of another VM's disk says nothing here: its build is not touched", async () => {
  const elsewhere = step(cloud, {
    inputs: { 'omi-name': 'copied', 'vm-id': neighbour, subregion, run: 'echo started\nsleep 8\n' },
  });
  const running = elsewhere.start();
  await running.seen(/^started$/);
  const [volume = ''] = await madeSince();
  const here = mkdtempSync(join(cloud.folder, 'state-'));
  mkdirSync(join(here, '0'));
  const ledger = `${elsewhere.outputs()['build-id']}.jsonl`;
  const text = readFileSync(join(elsewhere.stateDir, '0', ledger), 'utf8');
  writeFileSync(join(here, '0', ledger), text.replaceAll(/"boot":"[^"]*"/g, '"boot":"another"'));
  const swept = successful(await sweep(here, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toBe(`its VM ${neighbour} is there: sweep on that one`);
  const next = step(cloud, { inputs: { 'omi-name': 'next to a copy', 'state-dir': here } });
  successful(await next.main());
  expect(await cloud.resources()).toContain(volume);
  successful(await running.ended);
  expect(readdirSync(join(here, '0'))).toEqual([ledger]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('a ledger that belongs to somebody else is ignored with a warning, and what it names is left', async () => {
  const dead = await killed();
  const made = await madeSince();
  const ledger = join(dead.stateDir, '0', `${dead.outputs()['build-id']}.jsonl`);
  chownSync(ledger, 12_345, 12_345);
  const swept = successful(await sweep(dead.stateDir, ['--yes', '--older-than', '1s']));
  expect(swept.text).toContain(`${ledger} is ignored: it belongs to user 12345, not to 0`);
  expect(swept.text).toContain('There is nothing to remove.');
  expect(await madeSince()).toEqual(made);
  chownSync(ledger, 0, 0);
  successful(await sweep(dead.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('what is attached to this VM and has no ledger any more is known by its tags, and waits for its age', async () => {
  const dead = await killed();
  rmSync(dead.stateDir, { recursive: true });
  const [volume = ''] = await madeSince();
  const young = successful(await sweep(dead.stateDir, ['--yes']));
  expect(rowOf(young, volume)).toEqual([
    'volume',
    volume,
    dead.outputs()['build-id'],
    '0 min',
    'it is too young',
  ]);
  expect(await madeSince()).toEqual([volume]);
  await sleep(1100);
  const swept = successful(await sweep(dead.stateDir, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toBe('no ledger on this VM knows its build');
  expect(await cloud.resources()).toEqual(before);
  expect({ ...inventory(cloud.folder), folders: [] }).toEqual(machine);
  rmSync(`/mnt/build-omi/${dead.outputs()['build-id']}`, { recursive: true, force: true });
});

test('a build that lives on another VM is not touched, nor is what it made', async () => {
  const elsewhere = step(cloud, {
    inputs: { 'omi-name': 'elsewhere', 'vm-id': neighbour, subregion, run: 'echo started\nsleep 4\n' },
  });
  const running = elsewhere.start();
  await running.seen(/^started$/);
  const [volume = ''] = await madeSince();
  const here = mkdtempSync(join(cloud.folder, 'state-'));
  const during = successful(await sweep(here, ['--yes', '--older-than', '1s']));
  expect(rowOf(during, volume)).toEqual(
    expect.arrayContaining([volume, `its VM ${neighbour} is there: sweep on that one`]),
  );
  for (let round = 0; running.child.exitCode === null; round += 1) {
    successful(await sweep(here, ['--yes', '--older-than', '1s']));
    expect(round).toBeLessThan(100);
  }
  successful(await running.ended);
  await sleep(1100);
  successful(await sweep(here, ['--yes', '--older-than', '1s']));
  const { 'omi-id': image = '', 'snapshot-id': snapshot = '' } = elsewhere.outputs();
  expect(await madeSince()).toEqual([image, snapshot]);
  await cloud.api.call('DeleteImage', { ImageId: image });
  const again = successful(await sweep(here, ['--yes', '--older-than', '1s']));
  expect(again.text).toContain('There is nothing to remove.');
  expect(await madeSince()).toEqual([snapshot]);
  expect(inventory(cloud.folder)).toEqual(machine);
});

/** Makes a volume, as a build does whose ID is given. */
async function volumeOf(tags: Record<string, string>, token?: string): Promise<string> {
  const { Volume } = await cloud.api.call('CreateVolume', {
    SubregionName: subregion,
    Size: 1,
    ...(token === undefined ? {} : { ClientToken: token }),
  });
  const id = Volume?.VolumeId ?? '';
  await mark(id, tags);
  return id;
}

async function snapshotOf(
  tags: Record<string, string>,
  name: string,
  more: { ClientToken?: string } = {},
): Promise<string> {
  const SourceSnapshotId = await sourceSnapshot();
  const { Snapshot } = await cloud.api.call('CreateSnapshot', {
    SourceSnapshotId,
    SourceRegionName: 'eu-west-2',
    Description: name,
    ...more,
  });
  const id = Snapshot?.SnapshotId ?? '';
  await mark(id, tags);
  await sleep(200);
  return id;
}

async function sourceSnapshot(): Promise<string> {
  const { Images } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [cloud.source] } });
  return Images?.[0]?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? '';
}

async function imageOf(snapshot: string, name: string): Promise<string> {
  const { Image } = await cloud.api.call('CreateImage', {
    ImageName: name,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot } }],
  });
  return Image?.ImageId ?? '';
}

async function mark(id: string, tags: Record<string, string>): Promise<void> {
  const Tags = Object.entries(tags).map(([key, Value]) => ({ Key: `build-omi:${key}`, Value }));
  if (Tags.length > 0) await cloud.api.call('CreateTags', { ResourceIds: [id], Tags });
}

const gone = 'i-0deadbeef';
let number = 0;
/** The tags of a build on a VM that is gone. */
const tagsOf = (more: Record<string, string> = {}): Record<string, string> => {
  number += 1;
  const id = `${number}`.padStart(12, '0');
  return { 'build-id': id, vm: gone, since: new Date().toISOString(), ...more };
};

test('of builds on VMs that are gone, what is no product goes, also what died before its tags', async () => {
  const left = [
    await volumeOf(tagsOf({ 'keep-until': '2999-01-01T00:00:00.000Z' })),
    await volumeOf(tagsOf({ vm: neighbour })),
    await volumeOf({}, 'another-program-000000000001-volume'),
    await snapshotOf(tagsOf({ state: 'kept' }), 'a product without its OMI'),
    await snapshotOf(tagsOf(), 'of an earlier release'),
  ];
  const product = await snapshotOf(tagsOf({ state: 'kept' }), 'a product');
  const adopted = await snapshotOf(tagsOf({ state: 'building' }), 'adopted');
  left.push(
    product,
    await imageOf(product, 'a product'),
    adopted,
    await imageOf(adopted, 'by somebody else'),
  );
  const untagged = [
    await volumeOf({}, `build-omi-00000000aaaa-${gone}-volume`),
    await volumeOf({}, 'build-omi-00000000bbbb-volume'),
    await snapshotOf({}, 'untagged', { ClientToken: `build-omi-00000000cccc-${gone}-snapshot` }),
  ];
  const unfinished = await snapshotOf(tagsOf({ state: 'building' }), 'unfinished');
  const going = [
    await volumeOf(tagsOf()),
    await volumeOf(tagsOf({ 'keep-until': '2020-01-01T00:00:00.000Z' })),
    unfinished,
    await imageOf(unfinished, 'unfinished'),
  ];
  // Bare answers do not tell a ClientToken, so there is nothing to know them by.
  (isBare ? left : going).push(...untagged);
  await sleep(1100);
  const state = mkdtempSync(join(cloud.folder, 'state-'));
  expect((await madeSince()).sort()).toEqual([...left, ...going].sort());
  const listed = successful(await sweep(state, ['--older-than', '1s']));
  for (const id of going) expect(rowOf(listed, id)).toHaveLength(5);
  expect(rowOf(listed, adopted)[4]).toMatch(/^ami-\w+ maps it, which no dead build made$/);
  expect(rowOf(listed, left[0] ?? '')[4]).toBe('kept until 2999-01-01T00:00:00.000Z');
  expect((await madeSince()).sort()).toEqual([...left, ...going].sort());
  successful(await sweep(state, ['--yes', '--older-than', '1s']));
  expect((await madeSince()).sort()).toEqual(left.sort());
});

test('a copy of a foreign source goes when it was not used for the time that is given', async () => {
  const day = 86_400_000;
  const copy = async (source: string, age: number): Promise<string[]> => {
    const { Image } = await cloud.api.call('CreateImage', {
      ImageName: `build-omi source ${source}`,
      SourceImageId: cloud.source,
      SourceRegionName: 'eu-west-2',
    });
    const id = Image?.ImageId ?? '';
    await mark(id, { source, 'last-used': new Date(Date.now() - age).toISOString() });
    await sleep(500);
    return [id, Image?.BlockDeviceMappings?.[0]?.Bsu?.SnapshotId ?? ''];
  };
  const old = await copy('ami-00000001', 31 * day);
  const used = await copy('ami-00000002', 29 * day);
  const state = mkdtempSync(join(cloud.folder, 'state-'));
  successful(await sweep(state, ['--yes']));
  expect((await madeSince()).sort()).toEqual([...old, ...used].sort());
  const swept = successful(await sweep(state, ['--yes', '--source-copies', '30d']));
  expect(rowOf(swept, old[0] ?? '')).toEqual([
    'copy',
    old[0],
    '-',
    '31 d',
    'of ami-00000001: no build has used it since',
  ]);
  expect((await madeSince()).sort()).toEqual(used.sort());
});

test('what is in another account or at another endpoint is listed, and only what is on the VM is put away', async () => {
  await using other = await startCloud();
  const dead = await killed();
  const [volume = ''] = await madeSince();
  const swept = successful(await sweep(dead.stateDir, ['--yes'], { at: other }));
  expect(rowOf(swept, volume)[4]).toBe(
    `not to be reached: it is in account ${defaultAccount.id} at ${cloud.endpoint}`,
  );
  expect(await madeSince()).toEqual([volume]);
  expect(inventory(cloud.folder).folders).toEqual([]);
  successful(await sweep(dead.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('what cannot be removed is named with the command that does it, and the exit code is 1', async () => {
  const dead = await killed();
  const [volume = ''] = await madeSince();
  cloud.fail([{ operation: 'DeleteVolume', fault: 'refuse', times: 1 }]);
  const swept = await sweep(dead.stateDir, ['--yes']);
  cloud.fail([]);
  expect(swept.code).toBe(1);
  expect(swept.text).toMatch(
    new RegExp(
      `not removed:\\n.*volume ${volume}: DeleteVolume .*\\n.*osc-cli api DeleteVolume --VolumeId ${volume}`,
    ),
  );
  successful(await sweep(dead.stateDir, ['--yes']));
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test('what a failed build keeps is left until its time, or until that build is named', async () => {
  const job = step(cloud, { inputs: { 'omi-name': 'kept', run: 'exit 3\n', 'on-failure': 'keep' } });
  const main = await job.main();
  const [volume = ''] = await madeSince();
  const swept = successful(await sweep(job.stateDir, ['--yes', '--older-than', '1s']));
  expect(rowOf(swept, volume)[4]).toMatch(/^kept until /);
  expect(await madeSince()).toEqual([volume]);
  const flags = /cli\.js sweep (--yes --build-id [0-9a-f]{12})/.exec(main.text)?.[1]?.split(' ') ?? [];
  expect(successful(await sweep(job.stateDir, flags)).text).toContain(`Delete volume ${volume}`);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
});

test.each([
  [['--older-than', 'yesterday'], 'older-than: "yesterday" is not an age; write one such as 24h or 30d'],
  [['--build-id', 'x'], 'build-id: "x" is not the ID of a build; write its twelve hexadecimal digits'],
])('%s is refused', async (flags, message) => {
  const ran = await sweep(join(cloud.folder, 'none'), flags);
  expect(ran.code).toBe(1);
  expect(ran.text).toContain(message);
});
