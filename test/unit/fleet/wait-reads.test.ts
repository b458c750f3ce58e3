import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ReadBoard } from '../../../src/fleet/read-board.js';
import { waitReads } from '../../../src/fleet/wait-reads.js';
import { createCloud } from '../../../src/outscale/client/client.js';
import type { Pace } from '../../../src/outscale/client/pace.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };
const { signal } = new AbortController();

let folder: string;
let asked: string[][];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reads-'));
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A client of an account in which every volume is available; it refuses reads of `refused`. */
const client = (pace?: Pace, refused = 'none') =>
  createCloud({
    endpoint: 'https://api.example',
    region: 'eu-west-2',
    keys: () => Promise.resolve({ accessKey: 'A', secretKey: 'S' }),
    pace,
    transport: async ({ body }) => {
      const { Filters }: { Filters: { VolumeIds: string[] } } = JSON.parse(body);
      asked.push(Filters.VolumeIds);
      const isRefused = Filters.VolumeIds.includes(refused);
      const Volumes = Filters.VolumeIds.map((VolumeId) => ({ VolumeId, State: 'available' }));
      const Errors = [{ Code: '4104', Type: 'InvalidParameterValue' }];
      const answer = JSON.stringify(isRefused ? { Errors } : { Volumes });
      return await Promise.resolve({ status: isRefused ? 400 : 200, headers: {}, body: answer });
    },
  });

const wait = (pace?: Pace, refused?: string) =>
  waitReads(client(pace, refused), new ReadBoard(folder, user), signal);

/** Another build that waits for a volume, as its file. */
const other = (id: string): void => writeFileSync(join(folder, `ReadVolumes.${id}.1`), '');

test('a read names the volumes of all waits, and its answer serves the next one', async () => {
  other('vol-2');
  const [one, two] = [wait(), wait()];
  expect(await one.volume('vol-1')).toMatchObject({ VolumeId: 'vol-1', State: 'available' });
  expect(await two.volume('vol-2')).toMatchObject({ VolumeId: 'vol-2' });
  expect(asked).toEqual([['vol-1', 'vol-2']]);
});

test('an answer from before the wait does not count', async () => {
  other('vol-2');
  await wait().volume('vol-1');
  await new Promise((later) => setTimeout(later, 5));
  await wait().volume('vol-2');
  expect(asked).toHaveLength(2);
});

test('an answer that is too old, or of an earlier boot, does not count', async () => {
  other('vol-2');
  const one = wait();
  await one.volume('vol-1');
  await new Promise((later) => setTimeout(later, 150));
  await one.volume('vol-2');
  expect(asked).toHaveLength(2);
  const answer = join(folder, 'answer-ReadVolumes');
  writeFileSync(answer, readFileSync(answer, 'utf8').replace(/"asked":\d+/, '"asked":9e15'));
  await one.volume('vol-2');
  expect(asked).toHaveLength(3);
});

test('once a wait is due, only an answer from after that counts, or one that shows the end', async () => {
  let now = 1_000;
  const time = { clock: () => now, sleep: async () => await Promise.resolve() };
  const board = new ReadBoard(folder, user);
  const publish = (State: string): void =>
    board.publish('ReadVolumes', { asked: now, ids: ['vol-1'], items: [{ VolumeId: 'vol-1', State }] });
  const isDone = ({ State }: { State?: string | undefined }): boolean => State === 'available';
  const begin = () => waitReads(client(), board, signal, 500, time);
  const [early, late, ended] = [begin(), begin(), begin()];
  now = 1_450;
  publish('creating');
  now = 1_490;
  expect(await early.volume('vol-1', isDone)).toMatchObject({ State: 'creating' });
  now = 1_510;
  expect(await early.volume('vol-1', isDone)).toMatchObject({ State: 'available' });
  expect(asked).toHaveLength(1);
  publish('creating');
  now = 1_520;
  expect(await late.volume('vol-1', isDone)).toMatchObject({ State: 'creating' });
  now = 1_560;
  // It has read since it was due.
  expect(await late.volume('vol-1', isDone)).toMatchObject({ State: 'creating' });
  now = 1_495;
  publish('available');
  now = 1_530;
  expect(await ended.volume('vol-1', isDone)).toMatchObject({ State: 'available' });
  expect(asked).toHaveLength(1);
});

test('an old answer counts if it shows that the wait is over', async () => {
  const [one, two] = [wait(), wait()];
  two.announce('volume', 'vol-2');
  await one.volume('vol-1');
  await new Promise((later) => setTimeout(later, 150));
  expect(await two.volume('vol-2', ({ State }) => State === 'available')).toMatchObject({
    VolumeId: 'vol-2',
  });
  expect(asked).toEqual([['vol-1', 'vol-2']]);
  await two.volume('vol-2', ({ State }) => State === 'in-use');
  expect(asked).toHaveLength(2);
  two.end();
  // An answer of the same millisecond counts.
  await new Promise((later) => setTimeout(later, 5));
  await wait().volume('vol-1');
  expect(asked.at(-1)).not.toContain('vol-2');
});

test('the times are those at which the last two reads were sent, also by another build', async () => {
  let now = 1_000;
  const time = { clock: () => now, sleep: async () => await Promise.resolve() };
  const board = new ReadBoard(folder, user);
  // Each call waits for its turn, and is answered after the latency of the API.
  const slow: Pace = {
    turn: async () => {
      now += 50;
      return await Promise.resolve(now);
    },
    refused: () => {},
  };
  const one = waitReads(client(slow), board, signal, Infinity, time);
  expect(one.times()).toEqual({ ms: 0, before: 0 });
  now = 1_500;
  await one.volume('vol-1');
  expect(one.times()).toEqual({ ms: 550, before: 0 });
  other('vol-2');
  now = 2_000;
  await one.volume('vol-1');
  expect(one.times()).toEqual({ ms: 1_050, before: 550 });
  const two = waitReads(client(slow), board, signal, Infinity, { ...time, clock: () => now - 100 });
  board.publish('ReadVolumes', { asked: now, ids: ['vol-2'], items: [{ VolumeId: 'vol-2' }] });
  now += 110;
  await two.volume('vol-2');
  expect(two.times()).toEqual({ ms: 100, before: 0 });
});

test('an answer that comes while a read waits for its turn replaces the read', async () => {
  other('vol-1');
  const board = new ReadBoard(folder, user);
  const never: Pace = {
    turn: async (_, stop) =>
      await new Promise((_resolve, reject) =>
        stop?.addEventListener('abort', () => reject(new Error('stopped'))),
      ),
    refused: () => {},
  };
  const found = wait(never).volume('vol-2');
  await new Promise((later) => setTimeout(later, 20));
  board.publish('ReadVolumes', {
    asked: Number(process.hrtime.bigint() / 1_000_000n),
    ids: ['vol-1', 'vol-2'],
    items: [{ VolumeId: 'vol-2', State: 'creating' }],
  });
  expect(await found).toMatchObject({ VolumeId: 'vol-2', State: 'creating' });
  expect(asked).toEqual([]);
});

test("a refusal because of another build's volume does not end the wait", async () => {
  other('vol-bad');
  expect(await wait(undefined, 'vol-bad').volume('vol-1')).toMatchObject({ VolumeId: 'vol-1' });
  expect(asked).toEqual([['vol-1', 'vol-bad'], ['vol-1']]);
});

test('a build alone reads its own and leaves nothing', async () => {
  const one = wait();
  await one.volume('vol-1');
  expect(readdirSync(folder)).toEqual([`ReadVolumes.vol-1.${process.pid}`]);
  one.end();
  expect(readdirSync(folder)).toEqual([]);
});

test('the wait of a killed build is forgotten', async () => {
  other('vol-2');
  const before = new Date(Date.now() - 31_000);
  utimesSync(join(folder, 'ReadVolumes.vol-2.1'), before, before);
  await wait().volume('vol-1');
  expect(asked).toEqual([['vol-1']]);
});

test.each(['', '{', 'null', '{"asked":1}', '{"asked":1,"ids":[1],"items":[]}'])(
  'an answer that is %j does not count, and a board that cannot be used is none',
  async (text) => {
    other('vol-2');
    writeFileSync(join(folder, 'answer-ReadVolumes'), text);
    expect(await wait().volume('vol-1')).toMatchObject({ VolumeId: 'vol-1' });
    const none = waitReads(client(), new ReadBoard(join(folder, 'missing'), user), signal);
    expect(await none.volume('vol-1')).toMatchObject({ VolumeId: 'vol-1' });
  },
);
