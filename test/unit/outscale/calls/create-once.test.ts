import { afterEach, expect, test } from '@jest/globals';
import { askOnce, createSnapshot, createVolume } from '../../../../src/outscale/calls/create-once.js';
import { createCloud } from '../../../../src/outscale/client/client.js';
import { createTransport } from '../../../../src/outscale/client/transport.js';
import { AnswerLostError, ApiError } from '../../../../src/outscale/errors.js';
import { answers, drops, type Handler, hangs, serve } from '../../../support/http-server.js';

const lost = new AnswerLostError('CreateImage', new Error('other side closed'));
const taken = new ApiError('CreateImage', { status: 409, code: '9', type: 'ResourceConflict' }, 'req-1');

/** Asks with these outcomes and finds with those, in their order; returns what was slept as well. */
async function asking(asked: readonly (string | Error)[], found: readonly (string | undefined)[] = []) {
  const asks = asked.values();
  const finds = found.values();
  const slept: number[] = [];
  const result = await askOnce({
    ask: async () => {
      const next = asks.next().value;
      if (typeof next === 'string') return next;
      throw next ?? new Error('asked too often');
    },
    find: async () => finds.next().value,
    sleep: async (ms) => {
      slept.push(ms);
    },
  });
  return { result, slept };
}

test('a result is returned without a lookup', async () => {
  expect(await asking(['ami-1'])).toEqual({ result: 'ami-1', slept: [] });
});
test('after a lost response the lookup finds the created resource', async () => {
  expect(await asking([lost], ['ami-1'])).toEqual({ result: 'ami-1', slept: [] });
});
test('without a result the call is repeated, with increasing delays', async () => {
  expect(await asking([lost, lost, 'ami-1'], [undefined, undefined])).toEqual({
    result: 'ami-1',
    slept: [500, 1_000],
  });
});
test('a conflict after a lost response means that the API carried out the call late', async () => {
  expect(await asking([lost, taken], [undefined, 'ami-1'])).toMatchObject({ result: 'ami-1' });
});
test('after such a conflict a lagging list may show the resource later', async () => {
  const asked = asking([lost, taken, taken], [undefined, undefined, 'ami-1']);
  expect(await asked).toEqual({ result: 'ami-1', slept: [500, 1_000] });
});
test('after such a conflict without a result, another caller has the name: the conflict is the error', async () => {
  await expect(asking([lost, taken, taken, taken, taken])).rejects.toBe(taken);
});
test('a conflict on the first attempt is the error', async () => {
  await expect(asking([taken], ['ami-of-another'])).rejects.toBe(taken);
});
test('after the last attempt the lost response is the error', async () => {
  await expect(asking([lost, lost, lost, lost, lost, 'too late'])).rejects.toBe(lost);
});

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** An API with this memory: each creation with a new token adds one thing, and is answered as told. */
async function api(how: Handler, shown: (token: string) => object) {
  const tokens = new Set<string>();
  const server = await serve([
    (one, response) => {
      const request: { ClientToken?: string } = JSON.parse(one.body);
      const { ClientToken: token } = request;
      if (token === undefined) {
        const list = [...tokens].map(shown);
        answers(200, { Snapshots: list, Volumes: list })(one, response);
        return;
      }
      tokens.add(token);
      how(one, response);
    },
  ]);
  open.push(server);
  // Lookups are awaited: on a busy machine a short timeout would repeat them.
  const [creating, reading] = [createTransport({ timeout: 500 }), createTransport()];
  const cloud = createCloud({
    endpoint: server.endpoint,
    region: 'eu-west-2',
    keys: async () => ({ accessKey: 'AKIDEXAMPLE', secretKey: 'the-secret' }),
    transport: async (outgoing) =>
      await (outgoing.url.includes('/Create') ? creating(outgoing) : reading(outgoing)),
    budget: 1_000,
    sleep: async () => {},
  });
  return { cloud, received: server.received, tokens };
}

/** Answers after the first attempt, and any that is given three times as long, was given up. */
const late: Handler = (one, response) => {
  setTimeout(
    () => answers(200, { Volume: { VolumeId: 'x' }, Snapshot: { SnapshotId: 'x' } })(one, response),
    2_000,
  );
};
const named = (token: string) => ({ VolumeId: 'vol-1', SnapshotId: 'snap-1', ClientToken: token });
const unnamed = () => ({ VolumeId: 'vol-1', SnapshotId: 'snap-1' });
const { signal } = new AbortController();

test.each([
  ['late', late, named],
  ['not at all', hangs, named],
  ['not at all, and shows no tokens', hangs, unnamed],
  ['with a cut connection', drops, named],
  ['with garbage', answers(200, {}), named],
  ['with server errors', answers(500, {}), named],
])('a resource whose response comes %s is found by its token', async (_, how, shown) => {
  const { cloud, tokens } = await api(how, shown);
  const snapshot = { VolumeId: 'vol-1', ClientToken: 't-snapshot' };
  expect(await createSnapshot(cloud, snapshot, signal)).toBe('snap-1');
  tokens.clear();
  const volume = { SubregionName: 'a', ClientToken: 't-volume' };
  expect(await createVolume(cloud, volume, signal)).toBe('vol-1');
});

test('a single timeout starts a lookup', async () => {
  const { cloud, received } = await api(late, named);
  await createSnapshot(cloud, { VolumeId: 'vol-1', ClientToken: 't' }, signal);
  expect(received.map(({ operation }) => operation)).toEqual(['CreateSnapshot', 'ReadSnapshots']);
});

test('a resource with another token is ignored, and several without tokens are ambiguous', async () => {
  const { cloud } = await api(hangs, () => ({ SnapshotId: 'snap-9', ClientToken: 'another' }));
  const request = { VolumeId: 'vol-1', ClientToken: 't' };
  await expect(createSnapshot(cloud, request, signal)).rejects.toThrow(
    'unknown outcome, the API may have carried it out',
  );
  const several = await api(hangs, unnamed);
  several.tokens.add('earlier');
  await expect(createSnapshot(several.cloud, request, signal)).rejects.toThrow('unknown outcome');
});
