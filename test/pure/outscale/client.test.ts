import { afterEach, describe, expect, test } from '@jest/globals';
import { type CloudOptions, createCloud } from '../../../src/outscale/client.js';
import { AnswerLostError, ApiError, ConnectionError } from '../../../src/outscale/errors.js';
import { createTransport } from '../../../src/outscale/transport.js';
import { version } from '../../../src/version.js';
import { answers, drops, type Handler, hangs, refuses, serve } from '../../support/http-server.js';

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A client on a real server, with a clock that only sleeping moves. */
async function api(handlers: readonly Handler[], more: Partial<CloudOptions> = {}) {
  const server = await serve(handlers);
  open.push(server);
  const lines: string[] = [];
  const slept: number[] = [];
  let now = 0;
  const cloud = createCloud({
    endpoint: `${server.endpoint}/`,
    region: 'eu-west-2',
    keys: async () => ({ accessKey: 'AKIDEXAMPLE', secretKey: 'the-secret', sessionToken: 'the-token' }),
    transport: createTransport({ timeout: 100 }),
    clock: () => Date.parse('2026-11-21T10:00:00Z') + now,
    steady: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    random: () => 1,
    debug: (line) => lines.push(line),
    ...more,
  });
  return { cloud, received: server.received, lines, slept, endpoint: server.endpoint };
}

const context = { ResponseContext: { RequestId: 'req-9' } };
const done = answers(200, { ...context, Volume: { VolumeId: 'vol-1' } });
const throttles = refuses(503, '6', 'AccessDenied');
const volume = { SubregionName: 'eu-west-2a', ClientToken: 'build-omi-x' };
const link = { VolumeId: 'vol-1', VmId: 'i-1', DeviceName: '/dev/xvdb' };

test('posts the request as JSON to the operation, signed', async () => {
  const { cloud, received, endpoint } = await api([done]);
  expect(cloud.endpoint).toBe(endpoint);
  expect(await cloud.call('CreateVolume', { ...volume, Size: undefined })).toMatchObject({
    Volume: { VolumeId: 'vol-1' },
  });
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({
    operation: 'CreateVolume',
    body: JSON.stringify(volume),
    headers: {
      'content-type': 'application/json',
      'user-agent': `build-omi/${version}`,
      'x-amz-date': '20261121T100000Z',
      'x-amz-security-token': 'the-token',
      authorization: expect.stringContaining('/20261121/eu-west-2/oapi/aws4_request'),
    },
  });
});

test('throttled three times it asks a fourth, signed anew each time', async () => {
  const { cloud, received, slept } = await api([throttles, throttles, throttles, done]);
  await expect(cloud.call('LinkVolume', link)).resolves.toBeDefined();
  expect(slept).toEqual([200, 400, 800]);
  const dates = received.map(({ headers }) => headers['x-amz-date']);
  expect(dates).toEqual(['20261121T100000Z', '20261121T100000Z', '20261121T100000Z', '20261121T100001Z']);
});

test('keys are asked for before each attempt', async () => {
  let asked = 0;
  const keys = async () => ({ accessKey: `AKID${++asked}`, secretKey: 's' });
  const { cloud, received } = await api([throttles, done], { keys });
  await cloud.call('ReadVms', {});
  expect(received.map(({ headers }) => /AKID\d/.exec(headers.authorization ?? '')?.[0])).toEqual([
    'AKID1',
    'AKID2',
  ]);
});

test('waits as long as the API asks', async () => {
  const { cloud, slept } = await api([refuses(429, '24', 'AccessDenied', { 'retry-after': '3' }), done]);
  await cloud.call('ReadVms', {});
  expect(slept).toEqual([3_000]);
});

test('gives up when the budget is used up, and says how often it asked', async () => {
  const { cloud, slept, received } = await api([throttles]);
  const failure = cloud.call('ReadVms', {});
  await expect(failure).rejects.toBeInstanceOf(ApiError);
  await expect(failure).rejects.toThrow(/was throttled: .*req-1\) \(asked \d+ times in 1\d\d s\)$/);
  const total = slept.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThan(100_000);
  expect(total).toBeLessThanOrEqual(120_000);
  expect(received).toHaveLength(slept.length + 1);
});

test('refused credentials are asked with once, and a wrong clock is named', async () => {
  const date = 'Sat, 21 Nov 2026 09:52:00 GMT';
  const { cloud, received } = await api([refuses(401, '1', 'AccessDenied', { date })]);
  await expect(cloud.call('ReadVms', {})).rejects.toMatchObject({
    message: expect.stringMatching(/^The credentials were refused by ReadVms: .*request ID req-1/),
    hint: expect.stringContaining('480 seconds ahead'),
  });
  expect(received).toHaveLength(1);
});

test('a key that is refused is never sent a fourth time in a row: that would lock it', async () => {
  const no = refuses(401, '1', 'AccessDenied');
  let accessKey = 'old';
  const { cloud, received } = await api([no, no, done, no, no, no, done], {
    keys: async () => ({ accessKey, secretKey: 's' }),
  });
  const ask = async (by = cloud): Promise<string> =>
    await by.call('ReadVms', {}).then(
      () => 'taken',
      () => 'refused',
    );
  const told: string[] = [];
  for (let count = 0; count < 8; count += 1) told.push(await ask());
  expect(told).toEqual(['refused', 'refused', 'taken', ...Array.from({ length: 5 }, () => 'refused')]);
  expect(received).toHaveLength(6);
  // Not with another signal either, as undoing has; renewed keys are sent.
  expect(await ask(cloud.with(new AbortController().signal))).toBe('refused');
  expect(received).toHaveLength(6);
  accessKey = 'new';
  expect(await ask()).toBe('taken');
});

describe('after a lost answer', () => {
  const lose: [string, Handler][] = [
    ['dropped', drops],
    ['hangs', hangs],
    ['status 500', answers(500, {})],
  ];
  test.each(lose)('%s: what is one thing however often it is asked is asked again', async (_, loses) => {
    const { cloud, received } = await api([loses, done]);
    await expect(cloud.call('CreateVolume', volume)).resolves.toMatchObject({
      Volume: { VolumeId: 'vol-1' },
    });
    expect(received.map(({ body }) => body)).toEqual([JSON.stringify(volume), JSON.stringify(volume)]);
  });
  test.each(lose)('%s: what is not is left to the caller to look up', async (_, loses) => {
    const { cloud, received } = await api([loses, done]);
    const failure = cloud.call('LinkVolume', link);
    await expect(failure).rejects.toBeInstanceOf(AnswerLostError);
    await expect(failure).rejects.toMatchObject({
      message: 'LinkVolume may or may not have been done',
      cause: expect.anything(),
    });
    expect(received).toHaveLength(1);
  });
});

test('what never left is asked again, whatever it is', async () => {
  const transport = createTransport();
  let attempts = 0;
  const { cloud } = await api([done], {
    transport: (outgoing) =>
      transport(++attempts < 3 ? { ...outgoing, url: 'http://localhost:1/' } : outgoing),
  });
  await expect(cloud.call('LinkVolume', link)).resolves.toBeDefined();
  expect(attempts).toBe(3);
});

test('a host that does not exist is not asked for twice', async () => {
  const nowhere = Object.assign(new Error('getaddrinfo ENOTFOUND api.nowhere'), { code: 'ENOTFOUND' });
  let attempts = 0;
  const { cloud } = await api([done], {
    transport: async () => {
      attempts++;
      throw nowhere;
    },
  });
  const failure = cloud.call('ReadVms', {});
  await expect(failure).rejects.toBeInstanceOf(ConnectionError);
  await expect(failure).rejects.toMatchObject({ code: 'ENOTFOUND', hint: expect.stringContaining('region') });
  expect(attempts).toBe(1);
});

test('keys that cannot be had are not asked for twice', async () => {
  const none = new Error('no keys');
  const { cloud, received } = await api([done], { keys: () => Promise.reject(none) });
  await expect(cloud.call('ReadVms', {})).rejects.toBe(none);
  expect(received).toHaveLength(0);
});

describe('an abort rejects at once with its reason', () => {
  const reason = new Error('cancelled');
  test('before the call', async () => {
    const { cloud, received } = await api([done]);
    await expect(cloud.with(AbortSignal.abort(reason)).call('ReadVms', {})).rejects.toBe(reason);
    expect(received).toHaveLength(0);
  });
  test('during it, also if the transport is deaf', async () => {
    const cancel = new AbortController();
    const { cloud } = await api([], {
      transport: () => new Promise(() => setImmediate(() => cancel.abort(reason))),
    });
    await expect(cloud.with(cancel.signal).call('LinkVolume', link)).rejects.toBe(reason);
  });
  test('between two attempts', async () => {
    const cancel = new AbortController();
    const { cloud, received } = await api([throttles], { sleep: async () => cancel.abort(reason) });
    await expect(cloud.with(cancel.signal).call('ReadVms', {})).rejects.toBe(reason);
    expect(received).toHaveLength(1);
  });
  test('with another signal the same cloud goes on', async () => {
    const { cloud } = await api([done], { signal: AbortSignal.abort(reason) });
    await expect(cloud.call('ReadVms', {})).rejects.toBe(reason);
    await expect(cloud.with(new AbortController().signal).call('ReadVms', {})).resolves.toBeDefined();
  });
});

test('one debug line an attempt, without secrets', async () => {
  const { cloud, lines } = await api([throttles, drops, answers(500, {}), done]);
  await cloud.call('CreateVolume', volume);
  expect(lines).toEqual([
    'CreateVolume 503 code 6 req-1 0 ms',
    expect.stringMatching(/^CreateVolume (UND_ERR_SOCKET|ECONNRESET) 0 ms$/),
    'CreateVolume 500 0 ms',
    'CreateVolume ok req-9 0 ms',
  ]);
  expect(lines.join()).not.toMatch(/the-secret|the-token|AKID/);
});
