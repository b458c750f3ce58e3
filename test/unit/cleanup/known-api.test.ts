import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanUp, type Prove } from '../../../src/cleanup/clean-up.js';
import { describe } from '../../../src/common/errors.js';
import { Ledger } from '../../../src/ledger/ledger.js';
import { type Regions, startRegions } from '../../support/regional-build.js';

let regions: Regions;
beforeAll(async () => {
  regions = await startRegions();
});
afterAll(async () => await regions[Symbol.asyncDispose]());

/** The ledger of another user with a snapshot in a region. */
async function ledgerWith(region: string, endpoint: string): Promise<string[]> {
  const lines: string[] = [];
  const owner = { pid: 1, start: '', boot: '' };
  const header = { build: 'aaaaaaaaaaaa', endpoint: '', region: 'eu-west-2', vm: '', user: 1000, owner };
  const ledger = new Ledger({ ledger: 1, ...header }, (line) => void lines.push(line));
  await ledger.begin('123456789012');
  const elsewhere = { region, endpoint, account: '123456789012' };
  ledger.claim('snapshot', { token: 'build-omi-aaaaaaaaaaaa-snapshot', id: 'snap-1', elsewhere });
  return lines;
}

test.each([
  ['us-east-2', 'http://127.0.0.1:9/api/v1', /^Region us-east-2: the ledger names the API http:\/\/127/],
  ['evil.example/x', 'https://api.evil.example/x.outscale.com', /is not one of omi_regions$/],
])('the ledger of another user chooses no host for requests: %s at %s', async (region, endpoint, message) => {
  let asked = 0;
  const prove: Prove = async () => {
    asked += 1;
    return await Promise.resolve('gone');
  };
  const tools = await regions.later(await ledgerWith(region, endpoint));
  const left = await cleanUp(tools, { scope: 'all', prove });
  expect(left.map(({ error }) => describe(error))).toEqual([expect.stringMatching(message)]);
  expect(asked).toBe(0);
  const own = regions.cloud.emulator.regions.get('us-east-2')?.endpoint ?? '';
  const trusted = await regions.later(await ledgerWith('us-east-2', own));
  expect(await cleanUp(trusted, { scope: 'all', prove })).toEqual([]);
  expect(asked).toBe(1);
});
