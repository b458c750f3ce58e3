import { expect, test } from '@jest/globals';
import { policyOf } from '../../../../src/cleanup/retention/policy.js';
import { ConfigError } from '../../../../src/config/kit/issues.js';
import type { CommandName } from '../../../../src/config/kit/option.js';
import { readHalf } from '../../../../src/config/read.js';
import { readFind, readPrune } from '../../../../src/config/read-find.js';
import { context, issuesOf } from '../reading.js';

type Inputs = Readonly<Record<string, string>>;

/** The lines of the error of another command; none if its options are valid. */
async function issuesFor(command: CommandName, inputs: Inputs, file = ''): Promise<string[]> {
  const read = (name: string): string | undefined =>
    inputs[name] ?? (name === 'config' ? file || undefined : undefined);
  const readers = { find: readFind, prune: readPrune, mount: readHalf, commit: readHalf };
  const reader = Object.entries(readers).find(([name]) => name === command)?.[1] ?? readHalf;
  try {
    await reader(read, context({ command }));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split('\n').slice(1);
    return lines.map((line) => line.trim());
  }
}

test('a family excludes skip-create-omi, and its tag is not set twice', async () => {
  expect(await issuesOf({ family: 'web', 'skip-create-omi': 'true' })).toEqual([
    'family: cannot be combined with skip-create-omi: only an OMI has a family; remove one of them',
  ]);
  expect(await issuesOf({ family: 'web', 'keep-volume': 'only' })).toEqual([
    'family: cannot be combined with keep-volume: only: only an OMI has a family; remove one of them',
  ]);
  expect(await issuesOf({ tags: 'build-omi:family=web' })).toEqual([
    'tags: has the key build-omi:family; set family instead',
  ]);
  expect(await issuesOf({ family: 'web', tags: 'build-omi:keep=true' })).toEqual([]);
});

test('of mount and commit, either one may set the family', async () => {
  expect(await issuesFor('mount', { 'source-omi': 'ami-1', 'retain-last': '3' })).toEqual([]);
  expect(await issuesFor('commit', { 'retain-for': '30d' })).toEqual([]);
  const options = {
    family: undefined,
    retain_last: undefined,
    retain_for: undefined,
    skip_create_omi: false,
    keep_volume: false,
  } as const;
  expect(policyOf({ ...options, family: 'web' })).toBeUndefined();
  expect(policyOf({ ...options, family: 'web', retain_last: 3 })).toEqual({ family: 'web', last: 3 });
  expect(() => policyOf({ ...options, retain_for: 1000 })).toThrow('retain_for: is set without family');
  expect(() => policyOf({ ...options, family: 'web', skip_create_omi: true })).toThrow(
    'family: cannot be combined with skip_create_omi',
  );
});

test('find needs a filter or a family, prune a family and a limit', async () => {
  expect(await issuesFor('find', {})).toEqual([
    'source-omi-filter: is missing; write the filters and owners of the OMI, or set family',
  ]);
  expect(await issuesFor('find', { family: 'web' })).toEqual([]);
  expect(await issuesFor('prune', {})).toEqual([
    'family: is missing; write the family whose older OMIs to delete',
    'retain-last: is missing; write how many OMIs to keep, or set retain-for',
  ]);
  expect(await issuesFor('prune', { family: 'web', 'retain-for': '30d' })).toEqual([]);
});

test('find and prune read the options file of a build', async () => {
  const file = 'omi_name: web\nrun: "true"\nskip_create_omi: false\nfamily: web\nretain_last: 3\n';
  expect(await issuesFor('find', {}, file)).toEqual([]);
  expect(await issuesFor('prune', {}, file)).toEqual([]);
});
