/** @long It runs a build for each call that a build makes. */
import { beforeAll, expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { isMinimal, useCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { successful } from '../support/process.js';

const cloud = useCloud();
const inputs = { 'omi-name': 'failing image', tags: 'a=b', run: 'echo working\n' };

beforeAll(async () => {
  successful(await step(cloud, { inputs: { ...inputs, 'omi-name': 'going well' } }).main());
});

const calls = [
  'ReadAccounts',
  'ReadVms',
  'ReadImages',
  'CreateVolume',
  'CreateTags',
  'ReadVolumes',
  'LinkVolume',
  'UnlinkVolume',
  'CreateSnapshot',
  'ReadSnapshots',
  'CreateImage',
  'DeleteVolume',
] as const;

test('this file refuses each API call that a build makes', () => {
  expect(
    new Set(
      cloud
        .requests()
        .map(({ operation }) => operation)
        .filter((one) => one !== 'ReadTags'),
    ),
  ).toEqual(new Set(calls));
});

test.each(calls)(
  'a refusal of %s, once for each time it is called, gives one error, and post removes the rest',
  async (operation) => {
    const before = await cloud.resources();
    const machine = inventory(cloud.folder);
    const kept: string[] = [];
    for (let skip = 0; ; skip += 1) {
      const job = step(cloud, { inputs: { ...inputs, 'omi-name': `${operation} ${skip}` } });
      cloud.requests();
      cloud.fail([{ operation, fault: 'refuse', skip, times: 1 }]);
      const main = await job.main();
      const struck = cloud.requests().some(({ status }) => status === 400);
      cloud.fail([]);
      const errors = main.lines.filter(({ line }) => line.startsWith('::error'));
      if (main.code === 0) kept.push(job.outputs()['omi-id'] ?? '', job.outputs()['snapshot-id'] ?? '');
      else
        expect(errors.map(({ line }) => line).join()).toMatch(
          new RegExp(`${operation} .*request ID ${isMinimal ? 'not given' : '[0-9a-f]'}`),
        );
      expect(errors).toHaveLength(main.code === 0 ? 0 : 1);
      expect(job.outputs()['omi-id'] ?? '').toMatch(main.code === 0 ? /^ami-/ : /^$/);
      successful(await job.post());
      expect(await cloud.resources()).toEqual([...before, ...kept].sort());
      expect(inventory(cloud.folder)).toEqual(machine);
      if (struck) continue;
      expect(main.code).toBe(0);
      expect(skip).toBeGreaterThan(0);
      break;
    }
  },
  120_000,
);
