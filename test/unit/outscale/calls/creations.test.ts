import { afterEach, expect, test } from '@jest/globals';
import { createSnapshot, createVolume } from '../../../../src/outscale/calls/creations.js';
import { createCloud } from '../../../../src/outscale/client/client.js';
import { createTransport } from '../../../../src/outscale/client/transport.js';
import { answers, drops, type Handler, hangs, serve } from '../../../support/http-server.js';

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
  const cloud = createCloud({
    endpoint: server.endpoint,
    region: 'eu-west-2',
    keys: async () => ({ accessKey: 'AKIDEXAMPLE', secretKey: 'the-secret' }),
    transport: createTransport({ timeout: 250 }),
    budget: 1_000,
    sleep: async () => {},
  });
  return { cloud, received: server.received, tokens };
}

/** Answers after the first attempt, and any that is given three times as long, was given up. */
const late: Handler = (one, response) => {
  setTimeout(
    () => answers(200, { Volume: { VolumeId: 'x' }, Snapshot: { SnapshotId: 'x' } })(one, response),
    1_000,
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
])('what the API creates and answers %s is found by its token', async (_, how, shown) => {
  const { cloud, tokens } = await api(how, shown);
  const snapshot = { VolumeId: 'vol-1', ClientToken: 't-snapshot' };
  expect(await createSnapshot(cloud, snapshot, signal)).toBe('snap-1');
  tokens.clear();
  const volume = { SubregionName: 'a', ClientToken: 't-volume' };
  expect(await createVolume(cloud, volume, signal)).toBe('vol-1');
});

test('one timeout is enough to look', async () => {
  const { cloud, received } = await api(late, named);
  await createSnapshot(cloud, { VolumeId: 'vol-1', ClientToken: 't' }, signal);
  expect(received.map(({ operation }) => operation)).toEqual(['CreateSnapshot', 'ReadSnapshots']);
});

test('a thing with another token is not taken for it, nor one of several without', async () => {
  const { cloud } = await api(hangs, () => ({ SnapshotId: 'snap-9', ClientToken: 'another' }));
  const request = { VolumeId: 'vol-1', ClientToken: 't' };
  await expect(createSnapshot(cloud, request, signal)).rejects.toThrow('may or may not have been done');
  const several = await api(hangs, unnamed);
  several.tokens.add('earlier');
  await expect(createSnapshot(several.cloud, request, signal)).rejects.toThrow('may or may not');
});
