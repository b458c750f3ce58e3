/** @once Without dates nothing is removed: the unit tests of retention have that. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { dist, useCloud } from '../support/cloud.js';
import { type Ran, successful } from '../support/process.js';
import { fromShell } from '../support/sweep.js';

const cloud = useCloud();

type Inputs = Readonly<Record<string, string>>;

const job = (name: string, inputs: Inputs = {}): Step =>
  step(cloud, { inputs: { 'omi-name': name, 'state-dir': join(cloud.folder, 'state'), ...inputs } });

/** An OMI and its snapshot. */
interface Product {
  readonly omi: string;
  readonly snapshot: string;
}

interface Built extends Product {
  readonly job: Step;
  readonly ran: Ran;
}

async function built(name: string, inputs: Inputs = {}): Promise<Built> {
  const one = job(name, inputs);
  const ran = successful(await one.main());
  const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = one.outputs();
  return { job: one, ran, omi, snapshot };
}

const idsOf = (...all: readonly Product[]): string[] => all.flatMap(({ omi, snapshot }) => [omi, snapshot]);

let volume: string;
beforeAll(async () => {
  const { Volume } = await cloud.api.call('CreateVolume', { Size: 1, SubregionName: 'eu-west-2a' });
  volume = Volume?.VolumeId ?? '';
  const isMade = async (): Promise<boolean> =>
    (await cloud.api.call('ReadVolumes', { Filters: { VolumeIds: [volume] } })).Volumes?.[0]?.State ===
    'available';
  while (!(await isMade())) await sleep(20);
});

/** Makes what an earlier build has made. */
async function made(name: string, family: string, tags: Inputs = {}): Promise<Product> {
  const { api } = cloud;
  const { Snapshot } = await api.call('CreateSnapshot', { VolumeId: volume });
  const snapshot = Snapshot?.SnapshotId ?? '';
  const isDone = async (): Promise<boolean> =>
    (await api.call('ReadSnapshots', { Filters: { SnapshotIds: [snapshot] } })).Snapshots?.[0]?.State ===
    'completed';
  while (!(await isDone())) await sleep(20);
  const { Image } = await api.call('CreateImage', {
    ImageName: name,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot } }],
  });
  const omi = Image?.ImageId ?? '';
  const asTags = (all: Inputs) => Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  await api.call('CreateTags', {
    ResourceIds: [snapshot],
    Tags: asTags({ 'build-omi:build-id': '0123456789ab', 'build-omi:state': 'kept' }),
  });
  await api.call('CreateTags', { ResourceIds: [omi], Tags: asTags({ 'build-omi:family': family, ...tags }) });
  return { omi, snapshot };
}

const cli = async (...argv: readonly string[]): Promise<Ran> =>
  await fromShell(cloud, [join(dist, 'cli.js'), ...argv]);

const prune = async (...flags: readonly string[]): Promise<Ran> =>
  await cli('prune', '--state-dir', join(cloud.folder, 'state'), ...flags);

test('a build removes older OMIs of its family, and says which ones go and stay', async () => {
  const before = await cloud.resources();
  const kept = await made('web 1', 'web', { 'build-omi:keep': 'yes' });
  const old = await made('web 2', 'web');
  const shared = await made('web 3', 'web');
  await cloud.api.call('UpdateImage', {
    ImageId: shared.omi,
    PermissionsToLaunch: { Additions: { AccountIds: ['222222222222'] } },
  });
  const other = await made('web 4', 'web-2');
  const last = await built('web 5', { family: 'web' });
  const limit = { family: 'web', 'retain-last': '2' };
  const plan = successful(await job('web 6', { ...limit, 'dry-run': 'true' }).main()).text;
  expect(plan).toContain(
    [
      '. Remove older OMIs',
      `   ${shared.omi} web 3 stays: it is shared with 222222222222`,
      `   ${old.omi} web 2: not one of the 2 newest`,
      `   ${kept.omi} web 1 stays: it has the tag build-omi:keep`,
    ].join('\n'),
  );
  const now = await built('web 6', limit);
  const products = idsOf(kept, shared, other, last, now);
  expect(await cloud.resources()).toEqual([...before, ...products].sort());
  const { text } = now.ran;
  expect(text).toContain(`Deregistered ${old.omi} web 2`);
  expect(text).toContain(`${kept.omi} web 1 stays: it has the tag build-omi:keep`);
  expect(now.job.summary()).toContain(`| Removed | \`${old.omi}\` web 2 · \`${old.snapshot}\` |`);
  const manifest: object = JSON.parse(readFileSync(now.job.outputs().manifest ?? '', 'utf8'));
  expect(manifest).toMatchObject({
    removed: [{ id: old.omi, name: 'web 2', snapshots: [old.snapshot] }],
    options: { family: 'web', retain_last: 2 },
  });
  const { Images: [image] = [] } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [now.omi] } });
  expect(image?.Tags).toEqual([{ Key: 'build-omi:family', Value: 'web' }]);
  const found = successful(await cli('find', '--family', 'web', '--outputs', join(cloud.folder, 'found')));
  expect(found.text).toContain(`Found ${now.omi} web 6`);
}, 120_000);

test('an OMI that is reused counts as the new one', async () => {
  const reuse = { reuse: 'unchanged', run: 'echo reused > /root/reused' };
  const old = await made('old of reused', 'reused');
  const first = await built('to be reused', reuse);
  const before = await cloud.resources();
  const again = await built('to be reused', { ...reuse, family: 'reused', 'retain-last': '1' });
  expect(again.omi).toBe(first.omi);
  expect(await cloud.resources()).toEqual(before.filter((id) => !idsOf(old).includes(id)));
  const { Images: [image] = [] } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [first.omi] } });
  expect(image?.Tags).toContainEqual({ Key: 'build-omi:family', Value: 'reused' });
}, 120_000);

test('an OMI that is replaced does not count', async () => {
  const first = await made('replaced 1', 'replaced');
  await made('replaced 2', 'replaced');
  const force = { 'force-deregister': 'true', 'force-delete-snapshot': 'true' };
  const now = await built('replaced 2', { family: 'replaced', 'retain-last': '2', ...force });
  expect(await cloud.resources()).toEqual(expect.arrayContaining(idsOf(first, now)));
}, 120_000);

/** Kills a build in a call of its retention. */
async function killedIn(operation: string, one: Step): Promise<void> {
  cloud.requests();
  cloud.fail([{ operation, fault: 'hang', times: 1 }]);
  const main = one.start();
  while (!cloud.requests().some(({ status }) => status === 0) && main.child.exitCode === null)
    await sleep(10);
  main.child.kill('SIGKILL');
  expect((await main.ended).code).not.toBe(0);
  cloud.fail([]);
}

test.each([
  ['DeleteSnapshot', 'the next build'],
  ['DeleteSnapshot', 'prune'],
  ['DeleteImage', 'prune'],
])(
  'killed in %s, %s finishes',
  async (operation, next) => {
    const family = `killed in ${operation} before ${next.replace(' ', '-')}`;
    const inputs = { family, 'retain-last': '1' };
    const before = await cloud.resources();
    const old = [await made(`${family} 1`, family), await made(`${family} 2`, family)];
    const dying = job(`${family} 3`, inputs);
    await killedIn(operation, dying);
    const { 'omi-id': omi = '', 'snapshot-id': snapshot = '' } = dying.outputs();
    const left = await cloud.resources();
    expect(left).toEqual(expect.arrayContaining([omi, snapshot, ...idsOf(...old.slice(1))]));
    expect(left.includes(old[0]?.omi ?? '')).toBe(operation === 'DeleteImage');
    let products = [omi, snapshot];
    if (next === 'prune') {
      const flags = ['--family', family, '--retain-last', '1'];
      const listed = successful(await prune(...flags));
      expect(await cloud.resources()).toEqual(left);
      expect(listed.text).toMatch(
        new RegExp(`^ +${old[1]?.omi} +${family} 2 +0 min +not one of the 1 newest$`, 'm'),
      );
      expect(listed.text).toContain('Run prune with --yes to remove the OMIs of the first list.');
      const ran = successful(await prune(...flags, '--yes'));
      expect(ran.text).toContain(`Deregistered ${old[1]?.omi}`);
      expect(successful(await prune(...flags)).text).toContain('Nothing to remove.');
    } else products = idsOf(await built(`${family} 4`, inputs));
    expect(await cloud.resources()).toEqual([...before, ...products].sort());
    const ledgers = readdirSync(join(cloud.folder, 'state', '0'));
    expect(ledgers.filter((name) => name.endsWith('.jsonl'))).toEqual([]);
  },
  120_000,
);
