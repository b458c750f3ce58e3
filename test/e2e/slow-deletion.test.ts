import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { expectNoLeftovers } from '../support/leftovers.js';
import { successful } from '../support/process.js';

const cloud = useCloud('--delete-time', '10m');

/** The ledgers of builds with open claims. */
const ledgersOf = ({ stateDir }: Step): string[] => {
  const folder = join(stateDir, '0');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
};

const deletions = (): string[] =>
  cloud.requests().flatMap(({ operation }) => (operation.startsWith('Delete') ? [operation] : []));

test('a volume that stays in deleting delays neither the build nor post', async () => {
  await expectNoLeftovers(cloud, async () => {
    const job = step(cloud, { inputs: { 'omi-name': 'deleted slowly', 'volume-timeout': '20s' } });
    cloud.requests();
    successful(await job.main());
    const asked = cloud.requests().map(({ operation }) => operation);
    expect(asked.filter((one) => one.startsWith('Delete'))).toEqual(['DeleteVolume']);
    // Its state is read only after a refusal.
    expect(asked.slice(-2)).toEqual(['CreateTags', 'DeleteVolume']);
    const { Volumes = [] } = await cloud.api.call('ReadVolumes', { Filters: { VolumeStates: ['deleting'] } });
    expect(Volumes).toHaveLength(1);
    expect(ledgersOf(job)).toEqual([]);
    expect(successful(await job.post()).text).not.toMatch(/::(error|warning)|Clean up/);
  });
});

test('a failed build requests the deletion of its snapshot and its volume once', async () => {
  const before = await cloud.resources();
  cloud.fail([{ operation: 'CreateImage', fault: 'refuse', skip: 1, times: 1 }]);
  const job = step(cloud, {
    inputs: {
      'omi-name': 'refused',
      'volume-timeout': '20s',
      'snapshot-timeout': '20s',
      'omi-product-codes': '0001',
    },
  });
  cloud.requests();
  const main = await job.main();
  cloud.fail([]);
  expect(main.code).toBe(1);
  expect(main.text).not.toMatch(/was not ready|could not/);
  expect(deletions().sort()).toEqual(['DeleteSnapshot', 'DeleteVolume']);
  expect(ledgersOf(job)).toEqual([]);
  expect(await cloud.resources()).toEqual(before);
});
