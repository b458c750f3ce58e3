import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { successful } from '../support/process.js';

const cloud = useCloud();

test.each([
  ['three calls of ten', [{ operation: '*', fault: 'garbage', rate: 0.3, seed: 3 }] as const],
  [
    'each creation, the link and its end',
    ['CreateVolume', 'LinkVolume', 'CreateSnapshot', 'CreateImage', 'UnlinkVolume', 'DeleteVolume'].map(
      (operation) => ({ operation, fault: 'garbage' }) as const,
    ),
  ],
])('a build succeeds despite invalid responses: %s', async (what, faults) => {
  const before = await cloud.resources();
  cloud.fail(faults);
  const job = step(cloud, { inputs: { 'omi-name': `garbage ${what.replaceAll(',', '')}` } });
  const ran = await job.main();
  cloud.fail([]);
  const { text } = successful(ran);
  expect(text).not.toMatch(/^::(error|warning)/m);
  const made = (await cloud.resources()).filter((id) => !before.includes(id)).sort();
  expect(made).toEqual([job.outputs()['omi-id'], job.outputs()['snapshot-id']]);
});
