import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lookBack } from '../../../src/cleanup/look-back.js';
import { AcceptedDeletions } from '../../../src/ledger/accepted-deletions.js';
import { createCloud } from '../../../src/outscale/client/client.js';
import { toolsOf } from '../../support/tools.js';

const root = { name: 'root', uid: 0, gid: 0, home: '/root' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deletions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a later look logs. @param answers of ReadVolumes and ReadSnapshots */
async function logOf(
  deletions: AcceptedDeletions,
  answers: Readonly<Record<string, object>>,
): Promise<string> {
  const cloud = createCloud({
    endpoint: 'https://api.example.com',
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey: 'key', secretKey: 'secret' }),
    transport: async ({ url }) => {
      const answer = answers[url.replace(/.*\//, '')];
      return { status: answer === undefined ? 400 : 200, headers: {}, body: JSON.stringify(answer ?? {}) };
    },
  });
  let log = '';
  const tools = await toolsOf('0123456789ab', cloud, 300, (text) => {
    log += text;
  });
  await lookBack({ ...tools, deletions });
  return log;
}

test('a later look warns about a deleted resource that still exists and is not being deleted', async () => {
  const deletions = new AcceptedDeletions(folder, root);
  const then = Date.now() - 60_000;
  for (const id of ['vol-1', 'vol-2', 'vol-3', 'snap-1', 'snap-2']) deletions.add(id, then);
  const log = await logOf(deletions, {
    ReadVolumes: {
      Volumes: [
        { VolumeId: 'vol-1', State: 'available' },
        { VolumeId: 'vol-2', State: 'deleting' },
        { VolumeId: 'vol-9', State: 'available' },
      ],
    },
    ReadSnapshots: { Snapshots: [{ SnapshotId: 'snap-1', State: 'completed' }] },
  });
  expect(log.match(/\S+ still exists .*/g)).toEqual([
    'vol-1 still exists (available), although the API accepted its deletion',
    'snap-1 still exists (completed), although the API accepted its deletion',
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

test('without a deletion, or with a refused read, a later look logs nothing', async () => {
  const deletions = new AcceptedDeletions(folder, root);
  expect(await logOf(deletions, {})).toBe('');
  deletions.add('vol-1', Date.now() - 60_000);
  expect(await logOf(deletions, {})).toBe('');
});

test('a deletion is looked at once, 10 s after it', () => {
  const deletions = new AcceptedDeletions(folder, root);
  deletions.add('vol-1', 1_000);
  deletions.add('snap-2', 5_000);
  expect(deletions.take(10_999)).toEqual([]);
  expect(deletions.take(11_000)).toEqual(['vol-1']);
  expect(deletions.take(11_000)).toEqual([]);
  expect(deletions.take(20_000)).toEqual(['snap-2']);
  expect(deletions.take(30_000)).toEqual([]);
});

test('a file that is a link, or not of this form, is neither followed nor believed', () => {
  const target = join(folder, 'target');
  writeFileSync(target, 'mine\n');
  symlinkSync(target, join(folder, 'deleted-0'));
  const deletions = new AcceptedDeletions(folder, root);
  deletions.add('vol-1', 0);
  expect(deletions.take()).toEqual([]);
  expect(readFileSync(target, 'utf8')).toBe('mine\n');
  rmSync(join(folder, 'deleted-0'), { force: true });
  writeFileSync(join(folder, 'deleted-0'), 'vol-1\n../x 1\nvol-2 1\nami-3 1\n');
  expect(deletions.take()).toEqual(['vol-2']);
  expect(existsSync(join(folder, 'deleted-0'))).toBe(false);
});
