import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { type Step, step } from '../support/action.js';
import { isMinimal, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';

const cloud = useCloud('--snapshot-time', '4000');

const job = (inputs: Readonly<Record<string, string>>): Step =>
  step(cloud, { inputs: { 'omi-name': 'never ready', ...inputs } });

/** Runs a build whose wait must fail, and requires one error and no remaining resources. */
async function inVain(build: Step, meanwhile: (running: ReturnType<Step['start']>) => Promise<void>) {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const main = build.start();
  await meanwhile(main);
  const { code, lines } = await main.ended;
  expect(code).toBe(1);
  expect(await cloud.resources()).toEqual(before);
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(build.outputs()).toMatchObject({ 'snapshot-id': '' });
  return lines.filter(({ line }) => line.startsWith('::error')).map(({ line }) => line);
}

test('a snapshot that takes too long gives an error with its ID and last state, and clean-up deletes it', async () => {
  const errors = await inVain(job({ 'snapshot-timeout': '2s' }), async () => {});
  expect(errors).toEqual([
    expect.stringMatching(
      isMinimal
        ? /title=Snapshot::snapshot snap-\w+ was not ready after 2 s; last state: pending$/
        : /title=Snapshot::snapshot snap-\w+ was not ready after 2 s; last state: pending, \d+ %25$/,
    ),
  ]);
});

test('a wait ends when a snapshot reaches the state error', async () => {
  const volumes = join(cloud.folder, 'cloud/volumes');
  const before = readdirSync(volumes);
  const errors = await inVain(job({}), async (main) => {
    await main.waitForLine(/^::debug::Snapshot: started/);
    // The emulator copies a snapshot at the end of its duration: by then there is no volume to copy.
    for (const name of readdirSync(volumes)) if (!before.includes(name)) rmSync(join(volumes, name));
  });
  expect(errors).toEqual([
    expect.stringMatching(/title=Snapshot::snapshot snap-\w+ failed: its state is error; last state: error/),
  ]);
});

test('a wait ends when a volume reaches the state error', async () => {
  const snapshots = join(cloud.folder, 'cloud/snapshots');
  const before = readdirSync(snapshots);
  const source = await publishDisk(cloud.api, join(cloud.folder, 'source.img'), 'spoiled');
  for (const name of readdirSync(snapshots)) if (!before.includes(name)) rmSync(join(snapshots, name));
  const build = job({ 'source-omi': source });
  const resources = await cloud.resources();
  const { code, text } = await build.main();
  expect(code).toBe(1);
  expect(text).toMatch(/::error title=Create volume::volume vol-\w+ failed: its state is error/);
  expect(await cloud.resources()).toEqual(resources);
});
