import { expect, test } from '@jest/globals';
import type { Claim } from '../../../src/ledger/claims.js';
import { Ledger } from '../../../src/ledger/ledger.js';
import type { Line } from '../../../src/ledger/lines.js';
import { initialState, type LedgerState, reduce } from '../../../src/ledger/state.js';

const starter = { pid: 1, start: '10', boot: 'b' };
const other = { pid: 2, start: '20', boot: 'b' };
const until = '2030-01-01T00:00:00.000Z';

const volume: Claim<'volume'> = { number: 1, kind: 'volume', data: { token: 't' } };
const snapshot: Claim<'snapshot'> = { number: 2, kind: 'snapshot', data: { token: 's' } };
const both: Line[] = [{ claim: volume }, { claim: snapshot }];

const after = (lines: readonly Line[]): LedgerState => lines.reduce(reduce, initialState(starter));

test.each<[string, Line[], Partial<LedgerState>]>([
  ['no line', [], initialState(starter)],
  ['claim', [{ claim: volume }], { open: new Map([[1, volume]]), last: 1, counts: new Map([['volume', 1]]) }],
  [
    'learned adds to the data',
    [{ claim: volume }, { learned: 1, data: { id: 'vol-1' } }],
    { open: new Map([[1, { ...volume, data: { token: 't', id: 'vol-1' } }]]) },
  ],
  ['learned of a closed claim', [{ gone: 1 }, { learned: 1, data: { id: 'vol-1' } }], { open: new Map() }],
  ['gone', [...both, { gone: 1 }], { open: new Map([[2, snapshot]]), last: 2 }],
  ['kept', [...both, { kept: [2] }], { open: new Map([[1, volume]]), isFinalized: true }],
  [
    'handed',
    [{ handed: other, with: { a: 1 } }],
    { owner: other, previousOwner: other, isHandedOver: true, handover: { a: 1 } },
  ],
  [
    'handed again keeps the data',
    [{ handed: other, with: { a: 1 } }, { handed: starter }],
    { handover: { a: 1 } },
  ],
  [
    'taken',
    [{ handed: other }, { taken: starter }],
    { owner: starter, previousOwner: other, isHandedOver: false },
  ],
  [
    'volume after taken',
    [{ handed: other }, { taken: starter }, { claim: volume }],
    { previousOwner: other },
  ],
  [
    'product after taken',
    [{ handed: other }, { taken: starter }, { claim: snapshot }],
    { owner: starter, previousOwner: undefined },
  ],
  ['named', [{ named: 'web' }], { imageName: 'web' }],
  ['held', [...both, { held: [1], until }], { retained: new Set([1]), retainedUntil: new Date(until) }],
  [
    'held again adds',
    [
      { held: [1], until },
      { held: [2], until },
    ],
    { retained: new Set([1, 2]) },
  ],
])('state after: %s', (_, lines, expected) => {
  expect(after(lines)).toMatchObject(expected);
});

test('reduce does not change the state that it is given', () => {
  const state = after(both);
  const copy = structuredClone(state);
  for (const line of [{ learned: 1, data: { id: 'x' } }, { gone: 1 }, { kept: [2] }, { held: [1], until }])
    reduce(state, line);
  expect(state).toEqual(copy);
});

const header = {
  ledger: 1,
  build: 'af71fa03cd0e',
  endpoint: 'https://api.test',
  region: 'eu-west-2',
  vm: 'i-12345678',
  user: 0,
  owner: starter,
} as const;

test('a ledger that is read again has the state of the one that was written', async () => {
  const lines: string[] = [];
  const ledger = new Ledger(header, (line) => lines.push(line));
  await ledger.begin('123456789012');
  const disk = ledger.claim('volume', { token: 't' });
  const cut = ledger.claim('snapshot', { token: 's' });
  const path = ledger.claim('directory', { path: '/mnt', ours: true });
  ledger.update(disk, { id: 'vol-1' });
  expect(disk.data.id).toBe('vol-1');
  expect(ledger.openOf('volume')[0]).toBe(disk);
  ledger.close(path);
  ledger.nameImage('web');
  ledger.handOver(other, { a: 1 });
  ledger.take(starter);
  ledger.retain([disk], new Date(until));
  ledger.finalize([cut]);
  expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual([
    'ledger',
    'claim',
    'claim',
    'claim',
    'learned',
    'gone',
    'named',
    'handed',
    'taken',
    'held',
    'kept',
  ]);
  const { ledger: again } = Ledger.resume(`${lines.join('\n')}\n`, () => {});
  expect(again.open()).toEqual([{ number: 1, kind: 'volume', data: { token: 't', id: 'vol-1' } }]);
  const facts = ({
    owners,
    handover,
    imageName,
    isHandedOver,
    retainedUntil,
    isFinalized,
  }: Ledger): object => ({
    owners,
    handover,
    imageName,
    isHandedOver,
    retainedUntil,
    isFinalized,
  });
  expect(facts(again)).toEqual(facts(ledger));
  expect([again.isFinalized, again.isRetained(disk)]).toEqual([true, true]);
});
