import { expect, test } from '@jest/globals';
import { asInput, checkName } from '../../../../src/config/rules/names.js';
import { issuesOf } from '../reading.js';

test('reuse cannot be combined with skip-create-omi', async () => {
  expect(await issuesOf({ reuse: 'unchanged', 'skip-create-omi': 'true' })).toEqual([
    'reuse: cannot be combined with skip-create-omi: only an OMI is reused; remove one of them',
  ]);
  expect(await issuesOf({ reuse: 'never', 'skip-create-omi': 'true' })).toEqual([]);
});

test.each(['true', 'only'])('reuse cannot be combined with keep-volume: %s', async (value) => {
  expect(await issuesOf({ reuse: 'unchanged', 'keep-volume': value })).toEqual([
    'reuse: cannot be combined with keep-volume: a reused OMI comes with no volume; remove one of them',
  ]);
});

test.each(['mount', 'commit'] as const)('%s refuses reuse and its age', (command) => {
  for (const name of ['reuse', 'reuse-max-age'])
    expect(checkName(name, asInput, command)).toMatchObject({ problem: `is not an option of ${command}` });
});
