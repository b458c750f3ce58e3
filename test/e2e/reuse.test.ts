import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { otherAccount } from '../../src/emulator/emulator.js';
import { createCloud } from '../../src/outscale/client/client.js';
import { createTransport } from '../../src/outscale/client/transport.js';
import { type Step, step } from '../support/action.js';
import { type Recorded, useCloud } from '../support/cloud.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

const changes = (requests: readonly Recorded[]): string[] =>
  requests.map(({ operation }) => operation).filter((operation) => !operation.startsWith('Read'));

let count = 0;
/** Steps of builds of one OMI, on one VM. */
function steps(): (inputs?: Readonly<Record<string, string>>, script?: string) => Step {
  count += 1;
  const name = `reused ${count}`;
  const stateDir = mkdtempSync(join(cloud.folder, 'state-'));
  return (inputs = {}, script = `echo ${name} > /root/which\n`) => {
    const job = step(cloud, {
      inputs: {
        'omi-name': name,
        reuse: 'unchanged',
        scripts: 'script.sh',
        files: 'file:/root/file',
        'state-dir': stateDir,
        ...inputs,
      },
    });
    writeFileSync(join(job.workspace, 'script.sh'), script);
    writeFileSync(join(job.workspace, 'file'), 'content\n');
    return job;
  };
}

const omiOf = (job: Step): string | undefined => job.outputs()['omi-id'];

test('an unchanged build returns the OMI with its outputs, and changes nothing', async () => {
  const of = steps();
  const first = of({ tags: 'team: web\nbuilt: "{{timestamp}}"' });
  successful(await first.main());
  expect(first.outputs()).toMatchObject({ reused: 'false' });
  const before = await cloud.resources();
  cloud.requests();
  const again = of({ tags: 'team: web\nbuilt: "{{timestamp}}"' });
  const { text } = successful(await again.main());
  const requests = cloud.requests();
  expect(changes(requests)).toEqual([]);
  expect(requests.length).toBeLessThanOrEqual(6);
  expect(await cloud.resources()).toEqual(before);
  const { manifest: _manifest, 'build-id': _build, ...outputs } = again.outputs();
  expect(first.outputs()).toMatchObject({ ...outputs, reused: 'false' });
  expect(outputs).toMatchObject({ reused: 'true' });
  expect(again.summary()).toMatch(/^### ✅ reused \d+ is `ami-\w+`, unchanged$/m);
  expect(text).toContain(`Reused ${omiOf(first)} reused ${count}`);
  expect(successful(await again.post()).text).not.toContain('::warning');
  const plan = successful(await of({ 'dry-run': 'true' }).main());
  expect(plan.text).toContain(`1. Reuse unchanged OMI\n   ${omiOf(first)}`);
}, 120_000);

test('a tag that is missing is added, a changed script, file, permission or age builds', async () => {
  const of = steps();
  const first = of();
  successful(await first.main());
  cloud.requests();
  const tagged = of({ tags: 'team: web' });
  successful(await tagged.main());
  expect(omiOf(tagged)).toBe(omiOf(first));
  expect(cloud.requests().filter(({ operation }) => operation === 'CreateTags')).toMatchObject([
    { request: { ResourceIds: [omiOf(first), first.outputs()['snapshot-id']] } },
  ]);
  const refused = await of({}, 'true\n').main();
  expect(refused.text).toContain('this account already has an OMI named');
  const replacing = { 'force-deregister': 'true' };
  await sleep(1100); // The age of the OMI.
  for (const inputs of [{ 'omi-account-ids': '222222222222' }, { 'reuse-max-age': '1s' }]) {
    const { text } = await of({ ...inputs, 'omi-description': '' }).main();
    // A minimal response has no date.
    expect(text).toMatch(new RegExp(`${omiOf(first)} is unchanged, but not reused: its? (age )?is `));
  }
  const changed = of(replacing, 'true\n');
  successful(await changed.main());
  expect(changed.outputs()).toMatchObject({ reused: 'false' });
  const file = of(replacing, 'true\n');
  writeFileSync(join(file.workspace, 'file'), 'changed\n');
  successful(await file.main());
  expect(file.outputs()).toMatchObject({ reused: 'false' });
}, 120_000);

test('two builds of the same at once give one OMI', async () => {
  const of = steps();
  const script = 'sleep 2\n';
  const jobs = [of({}, script), of({}, script)];
  const before = await cloud.resources();
  const runs = await Promise.all(jobs.map(async (job) => await job.main()));
  for (const run of runs) successful(run);
  expect(jobs.map((job) => job.outputs().reused ?? '').sort()).toEqual(['false', 'true']);
  expect(new Set(jobs.map(omiOf)).size).toBe(1);
  expect(await cloud.resources()).toHaveLength(before.length + 2);
  expect(runs.map(({ text }) => text).join('')).toContain(
    'Another build on this VM is building the same OMI',
  );
}, 120_000);

test('an OMI of another account is not reused, whatever its tags', async () => {
  const of = steps();
  const first = of();
  successful(await first.main());
  const id = omiOf(first) ?? '';
  const { Images: [image] = [] } = await cloud.api.call('ReadImages', { Filters: { ImageIds: [id] } });
  const digest = image?.Tags?.find(({ Key }) => Key === 'build-omi:digest');
  expect(digest?.Value).toMatch(/^[0-9a-f]{64}$/);
  await cloud.api.call('DeleteImage', { ImageId: id });
  const forger = createCloud({
    endpoint: cloud.endpoint,
    region: 'eu-west-2',
    keys: async () => await Promise.resolve(otherAccount),
    transport: createTransport(),
  });
  const { Snapshot } = await forger.call('CreateSnapshot', {
    FileLocation: `file://${join(cloud.folder, 'source.img')}`,
    SnapshotSize: 2 * 2 ** 30,
  });
  const SnapshotId = Snapshot?.SnapshotId ?? '';
  const isCompleted = async (): Promise<boolean> =>
    (await forger.call('ReadSnapshots', { Filters: { SnapshotIds: [SnapshotId] } })).Snapshots?.[0]?.State ===
    'completed';
  while (!(await isCompleted())) await new Promise((resolve) => setTimeout(resolve, 50));
  const forged = await forger.call('CreateImage', {
    ImageName: image?.ImageName,
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Bsu: { SnapshotId } }],
  });
  const ImageId = forged.Image?.ImageId ?? '';
  await forger.call('CreateTags', { ResourceIds: [ImageId], Tags: digest === undefined ? [] : [digest] });
  await forger.call('UpdateImage', {
    ImageId,
    PermissionsToLaunch: { Additions: { GlobalPermission: true } },
  });
  const again = of();
  successful(await again.main());
  expect(again.outputs()).toMatchObject({ reused: 'false' });
  expect(omiOf(again)).not.toBe(ImageId);
}, 120_000);
