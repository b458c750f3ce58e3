import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ReadBoard } from '../../../src/fleet/read-board.js';
import { sharedChecks } from '../../../src/fleet/shared-checks.js';
import { createCloud } from '../../../src/outscale/client/client.js';
import type { Pace } from '../../../src/outscale/client/pace.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };
const { signal } = new AbortController();
/** Two builds that start at the same time; nothing else of their time matters. */
const time = {
  clock: () => now,
  sleep: async (ms: number) => await new Promise<void>((r) => setTimeout(r, ms)),
};

let now: number;
let folder: string;
let asked: string[];
let answers: Record<string, object>;
beforeEach(() => {
  now = 10_000;
  folder = mkdtempSync(join(tmpdir(), 'checks-'));
  asked = [];
  answers = {
    ReadAccounts: { Accounts: [{ AccountId: '123456789012' }] },
    ReadVms: { Vms: [{ VmId: 'i-1' }] },
    CreateImage: {},
    CreateTags: {},
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const build = ({ start = 9_000, pace }: { start?: number; pace?: Pace } = {}) =>
  sharedChecks(
    createCloud({
      endpoint: 'https://api.example',
      region: 'eu-west-2',
      keys: () => Promise.resolve({ accessKey: 'A', secretKey: 'S' }),
      pace,
      transport: async ({ url }) => {
        const operation = url.split('/').at(-1) ?? '';
        asked.push(operation);
        const answer = answers[operation];
        const refused = { Errors: [{ Code: '4', Type: 'AccessDenied' }] };
        return await Promise.resolve({
          status: answer === undefined ? 403 : 200,
          headers: {},
          body: JSON.stringify(answer ?? refused),
        });
      },
    }),
    new ReadBoard(folder, user),
    signal,
    time,
    start,
  );

const readVm = async (cloud: ReturnType<typeof build>, id = 'i-1') =>
  await cloud.call('ReadVms', { Filters: { VmIds: [id] } });

test('builds that start together ask once', async () => {
  const [one, two] = [build(), build()];
  expect(await readVm(one)).toEqual({ Vms: [{ VmId: 'i-1' }] });
  expect(await readVm(two)).toEqual({ Vms: [{ VmId: 'i-1' }] });
  await one.call('ReadAccounts', {});
  expect(await two.call('ReadAccounts', {})).toEqual({ Accounts: [{ AccountId: '123456789012' }] });
  expect(asked).toEqual(['ReadVms', 'ReadAccounts']);
});

test('a build asks again after an answer to another question', async () => {
  await readVm(build());
  await readVm(build(), 'i-2');
  expect(asked).toEqual(['ReadVms', 'ReadVms']);
});

test.each([
  ['requested before the build started', 10_001, 10_050],
  ['of an earlier boot', 9_000, 9_500],
])('an answer %s does not count', async (_, start, at) => {
  await readVm(build());
  now = at;
  await readVm(build({ start }));
  expect(asked).toHaveLength(2);
});

test('an answer that arrives while a read waits for its turn replaces the read', async () => {
  const never: Pace = {
    turn: async (_, stop) =>
      await new Promise((_resolve, reject) =>
        stop?.addEventListener('abort', () => reject(new Error('stopped'))),
      ),
    refused: () => {},
  };
  const late = readVm(build({ pace: never }));
  await readVm(build());
  expect(await late).toEqual({ Vms: [{ VmId: 'i-1' }] });
  expect(asked).toEqual(['ReadVms']);
});

test('each build gets its own refusal', async () => {
  delete answers.ReadVms;
  await expect(readVm(build())).rejects.toThrow('AccessDenied');
  await expect(readVm(build())).rejects.toThrow('AccessDenied');
  answers.ReadVms = { Vms: [] };
  expect(await readVm(build())).toEqual({ Vms: [] });
  expect(asked).toHaveLength(3);
});

test('a permission is asked for once, and nothing that was created is shared', async () => {
  answers.CreateImage = { Image: { ImageId: 'ami-1' } };
  const dryRun = { DryRun: true, ImageName: 'one' };
  expect(await build().call('CreateImage', dryRun)).toHaveProperty('Image');
  expect(await build().call('CreateImage', { ...dryRun, ImageName: 'two' })).toEqual({});
  expect(asked).toEqual(['CreateImage']);
});

test('calls that change something are not shared', async () => {
  const tags = { ResourceIds: ['i-1'], Tags: [{ Key: 'a', Value: '' }] };
  await build().call('CreateTags', tags);
  await build().call('CreateTags', tags);
  expect(asked).toEqual(['CreateTags', 'CreateTags']);
});
