import { expect, test } from '@jest/globals';
import { createCloud } from '../../../../src/outscale/client/client.js';
import type { Tools } from '../../../../src/runtime/tools.js';
import { keepVolume } from '../../../../src/steps/products/keep-volume.js';
import { toolsOf } from '../../../support/tools.js';

const volume = { id: 'vol-1', size: 1, type: undefined, iops: undefined };

/** Tools whose API takes every tag, and the outputs that they set. */
async function toolsWith(): Promise<{ tools: Tools; outputs: string[][] }> {
  const cloud = createCloud({
    endpoint: 'https://api.example.com',
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey: 'key', secretKey: 'secret' }),
    transport: async () => ({ status: 200, headers: {}, body: '{}' }),
  });
  const made = await toolsOf('0123456789ab', cloud);
  const outputs: string[][] = [];
  const output = (...one: string[]): void => void outputs.push(one);
  return { tools: { ...made, report: { ...made.report, output } }, outputs };
}

test('a volume that became final keeps its output', async () => {
  const { tools, outputs } = await toolsWith();
  const claim = tools.ledger.claim('volume', { token: 'token', id: 'vol-1' });
  {
    using kept = await keepVolume(volume, tools);
    tools.ledger.finalize(kept.claims);
  }
  expect(tools.ledger.has(claim)).toBe(false);
  expect(outputs).toEqual([['volume-id', 'vol-1']]);
});

test.each([
  ['that did not become final', false, ''],
  ['that is retained for inspection', true, 'vol-1'],
])('the output of a volume %s', async (_, isRetained, expected) => {
  const { tools, outputs } = await toolsWith();
  const claim = tools.ledger.claim('volume', { token: 'token', id: 'vol-1' });
  {
    using _kept = await keepVolume(volume, tools);
    if (isRetained) tools.ledger.retain([claim], new Date(Date.now() + 1000));
  }
  expect(tools.ledger.has(claim)).toBe(true);
  expect(outputs.at(-1)).toEqual(['volume-id', expected]);
});
