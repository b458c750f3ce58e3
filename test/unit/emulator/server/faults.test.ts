import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FaultFile, FaultList, type FaultRule, parseRules } from '../../../../src/emulator/server/faults.js';

const play = (rules: FaultRule[], calls: string[]): (string | undefined)[] => {
  const list = new FaultList(rules);
  return calls.map((call) => list.faultFor(call)?.fault);
};
const four = ['CreateVolume', 'ReadVolumes', 'CreateVolume', 'CreateVolume'];

test.each<[string, FaultRule[], (string | undefined)[]]>([
  ['once', [{ operation: 'CreateVolume', fault: 'hang' }], ['hang', undefined, undefined, undefined]],
  [
    'for every call',
    [{ operation: '*', fault: 'refuse', times: 2 }],
    ['refuse', 'refuse', undefined, undefined],
  ],
  [
    'after some have passed',
    [{ operation: 'CreateVolume', fault: 'hang', skip: 1, times: 9 }],
    [undefined, undefined, 'hang', 'hang'],
  ],
  [
    'the first rule that strikes',
    [
      { operation: 'CreateVolume', fault: 'throttle' },
      { operation: '*', fault: 'drop-after', times: 9 },
    ],
    ['throttle', 'drop-after', 'drop-after', 'drop-after'],
  ],
])('a fault is injected %s', (_how, rules, strikes) => {
  expect(play(rules, four)).toEqual(strikes);
});

test('with distinct, the polls of one wait count as one call', () => {
  const list = new FaultList([
    { operation: 'ReadVolumes', fault: 'throttle', skip: 1, times: 3, distinct: true },
  ]);
  const calls = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'a'];
  const struck = calls.map((body) => list.faultFor('ReadVolumes', body)?.fault === 'throttle');
  expect(struck).toEqual([false, false, false, true, true, true, false, false]);
});

test('a rate fails its share of the calls, the same ones for the same seed', () => {
  const calls = Array.from({ length: 2000 }, () => 'ReadVms');
  const struck = (seed: number): (string | undefined)[] =>
    play([{ operation: '*', fault: 'throttle', rate: 0.2, seed }], calls);
  const share = struck(7).filter((fault) => fault !== undefined).length / calls.length;
  expect(share).toBeGreaterThan(0.17);
  expect(share).toBeLessThan(0.23);
  expect(struck(7)).toEqual(struck(7));
  expect(struck(7)).not.toEqual(struck(8));
});

test('the counts of a file continue until its text changes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'faults-'));
  const path = join(directory, 'faults.json');
  try {
    const file = new FaultFile(path);
    expect(file.faultFor('ReadVms')).toBeUndefined();
    writeFileSync(path, '[{"operation": "ReadVms", "fault": "throttle", "times": 2}]');
    expect(file.faultFor('ReadVms')).toMatchObject({ fault: 'throttle', before: 0 });
    writeFileSync(path, '[{"operation": "ReadVms", "fault": "throttle", "times": 2}]');
    expect(file.faultFor('ReadVms')).toMatchObject({ fault: 'throttle', before: 1 });
    expect(file.faultFor('ReadVms')).toBeUndefined();
    writeFileSync(path, '[{"operation": "ReadVms", "fault": "hang"}]');
    expect(file.faultFor('ReadVms')).toMatchObject({ fault: 'hang', before: 0 });
    rmSync(path);
    expect(file.faultFor('ReadVms')).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each([
  '{}',
  '[{"operation": "ReadVms"}]',
  '[{"operation": "*", "fault": "flood"}]',
  '[{"operation": "*", "fault": "hang", "times": "2"}]',
  '[{"operation": "*", "fault": "hang", "distinct": 1}]',
  '[{"operation": "*", "fault": "refuse", "status": "409"}]',
  '[{"operation": "*", "fault": "refuse", "code": 9015}]',
  '[{"operation": "*", "fault": "refuse", "problem": "yes"}]',
])('%s is not a fault list', (text) => {
  expect(() => parseRules(text)).toThrow('must be a JSON list of');
});
