import { afterEach, describe, expect, test } from '@jest/globals';
import { version } from '../../../../src/common/version.js';
import { type CloudOptions, createCloud } from '../../../../src/outscale/client/client.js';
import { createTransport } from '../../../../src/outscale/client/transport.js';
import { AnswerLostError, ApiError, ConnectionError } from '../../../../src/outscale/errors.js';
import { answers, drops, type Handler, hangs, refuses, serve } from '../../../support/http-server.js';

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A client on a real server, with a clock that only sleeping moves. */
async function api(handlers: readonly Handler[], more: Partial<CloudOptions> = {}) {
  const server = await serve(handlers);
  // The API's time comes from its header Date; without it the fake clock signs.
  server.server.on('request', (_, response) => {
    response.sendDate = false;
  });
  open.push(server);
  const lines: string[] = [];
  const slept: number[] = [];
  let now = 0;
  const cloud = createCloud({
    endpoint: `${server.endpoint}/`,
    region: 'eu-west-2',
    keys: async () => ({ accessKey: 'AKIDEXAMPLE', secretKey: 'the-secret', sessionToken: 'the-token' }),
    transport: createTransport(),
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
const done = answers(200, { ...context, Volume: { VolumeId: 'vol-1' }, Vms: [] });
const throttles = refuses(503, '6', 'AccessDenied');
const volume = { SubregionName: 'eu-west-2a', ClientToken: 'build-omi-x' };
const link = { VolumeId: 'vol-1', VmId: 'i-1', DeviceName: '/dev/xvdb' };

test('posts a signed JSON request to the path of the operation', async () => {
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

test('a throttled call is repeated, and each attempt has its own signature', async () => {
  const { cloud, received, slept } = await api([throttles, throttles, throttles, done]);
  await expect(cloud.call('LinkVolume', link)).resolves.toBeDefined();
  expect(slept).toEqual([200, 400, 800]);
  const dates = received.map(({ headers }) => headers['x-amz-date']);
  expect(dates).toEqual(['20261121T100000Z', '20261121T100000Z', '20261121T100000Z', '20261121T100001Z']);
});

test('each attempt reads the keys again', async () => {
  let asked = 0;
  const keys = async () => ({ accessKey: `AKID${++asked}`, secretKey: 's' });
  const { cloud, received } = await api([throttles, done], { keys });
  await cloud.call('ReadVms', {});
  expect(received.map(({ headers }) => /AKID\d/.exec(headers.authorization ?? '')?.[0])).toEqual([
    'AKID1',
    'AKID2',
  ]);
});

test('waits for the time in Retry-After', async () => {
  const { cloud, slept } = await api([refuses(429, '24', 'AccessDenied', { 'retry-after': '3' }), done]);
  await cloud.call('ReadVms', {});
  expect(slept).toEqual([3_000]);
});

test('stops at the end of the budget, and reports the number of attempts', async () => {
  const { cloud, slept, received } = await api([throttles]);
  const failure = cloud.call('ReadVms', {});
  await expect(failure).rejects.toBeInstanceOf(ApiError);
  await expect(failure).rejects.toThrow(/was throttled: .*req-1\) \(\d+ attempts in 1\d\d s\)$/);
  const total = slept.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThan(100_000);
  expect(total).toBeLessThanOrEqual(120_000);
  expect(received).toHaveLength(slept.length + 1);
});

test('refused credentials are not sent again', async () => {
  const { cloud, received } = await api([refuses(401, '1', 'AccessDenied')]);
  await expect(cloud.call('ReadVms', {})).rejects.toMatchObject({
    message: expect.stringMatching(/^ReadVms failed: the API refused the credentials: .*request ID req-1/),
    hint: expect.stringContaining('Check access key'),
  });
  expect(received).toHaveLength(1);
});

describe("the API's time", () => {
  const no = (date: string): Handler => refuses(401, '1', 'AccessDenied', { date });
  const vms = (date: string): Handler => answers(200, { ...context, Vms: [] }, { date });
  const stamps = (received: readonly { headers: NodeJS.Dict<string | string[]> }[]): unknown[] =>
    received.map(({ headers }) => headers['x-amz-date']);

  test('a request refused for its timestamp is signed once more with the time of the API', async () => {
    const { cloud, received, slept, lines } = await api([
      no('Sat, 21 Nov 2026 09:52:00 GMT'),
      vms('Sat, 21 Nov 2026 09:52:01 GMT'),
    ]);
    await expect(cloud.call('ReadVms', {})).resolves.toBeDefined();
    expect(stamps(received)).toEqual(['20261121T100000Z', '20261121T095200Z']);
    expect(slept).toEqual([]);
    expect(lines[0]).toContain("480 s off the API's time");
  });
  test('a second refusal is a refusal of the credentials, and both count', async () => {
    const off = no('Sat, 21 Nov 2026 09:52:00 GMT');
    const still = no('Sat, 21 Nov 2026 11:52:00 GMT');
    const { cloud, received } = await api([off, still, off, still]);
    for (let count = 0; count < 4; count += 1) await expect(cloud.call('ReadVms', {})).rejects.toBeDefined();
    expect(received).toHaveLength(3);
  });
  test('a key refused three times is not sent again', async () => {
    const plain = refuses(401, '1', 'AccessDenied');
    const { cloud, received } = await api([plain, plain, no('Sat, 21 Nov 2026 09:52:00 GMT')]);
    for (let count = 0; count < 3; count += 1) await expect(cloud.call('ReadVms', {})).rejects.toBeDefined();
    expect(received).toHaveLength(3);
  });
  test('after the first response, timestamps do not depend on the wall clock of this machine', async () => {
    let local = Date.parse('2026-11-21T10:00:00Z');
    let steady = 0;
    const { cloud, received } = await api([vms('Sat, 21 Nov 2026 10:00:05 GMT'), vms('no date'), done], {
      clock: () => local,
      steady: () => steady,
    });
    await cloud.call('ReadVms', {});
    local += 3_600_000;
    steady += 2_000;
    await cloud.call('ReadVms', {});
    steady += 60_000;
    await cloud.with(new AbortController().signal).call('CreateVolume', volume);
    expect(stamps(received)).toEqual(['20261121T100000Z', '20261121T100007Z', '20261121T100107Z']);
  });
});

describe('an invalid response', () => {
  const text =
    (status: number, body: string): Handler =>
    (_, response) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end(body);
  const garbage: [string, Handler][] = [
    ['HTML', text(200, '<html>Log in</html>')],
    ['cut JSON', text(200, '{"Volumes": [{"Vol')],
    ['nothing', text(200, '')],
    ['an empty object', text(200, '{}')],
    ['an array', text(200, '[]')],
    ['status 204', text(204, '')],
    ['an object without the result', answers(200, context)],
    ['a list of something else', answers(200, { ...context, Volumes: ['vol-1'], Volume: { VolumeId: '' } })],
  ];
  const volumes = answers(200, { ...context, Volumes: [] });

  test.each(garbage)('%s: a read is repeated', async (_, handler) => {
    const { cloud, received } = await api([volumes, handler, handler, volumes]);
    for (let count = 0; count < 2; count += 1)
      await expect(cloud.call('ReadVolumes', {})).resolves.toMatchObject({ Volumes: [] });
    expect(received).toHaveLength(4);
  });
  test.each(garbage)('%s: an idempotent call is repeated', async (_, handler) => {
    const { cloud, received } = await api([handler, done]);
    await expect(cloud.call('CreateVolume', volume)).resolves.toBeDefined();
    expect(received).toHaveLength(2);
  });
  test.each(garbage)('%s: any other call fails with AnswerLostError', async (_, handler) => {
    const { cloud, received } = await api([handler]);
    await expect(cloud.call('CreateImage', { ImageName: 'x' })).rejects.toBeInstanceOf(AnswerLostError);
    expect(received).toHaveLength(1);
  });
  test('before the first valid response, repetition ends after 10 s: the endpoint is probably wrong', async () => {
    const [, html] = garbage[0] ?? [];
    const { cloud, slept } = await api([html ?? drops]);
    await expect(cloud.call('ReadAccounts', {})).rejects.toMatchObject({
      name: 'InvalidAnswerError',
      message: expect.stringMatching(/answered 200 without a JSON object: .*\d+ attempts in \d s/),
      hint: expect.stringContaining('Check that this is the endpoint of the Outscale API'),
    });
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
  });
  test('null is an empty list', async () => {
    const { cloud } = await api([answers(200, { ...context, Volumes: null })]);
    expect(await cloud.call('ReadVolumes', {})).toMatchObject({ Volumes: [] });
  });
  test.each([
    ['nothing', text(200, '')],
    ['an object', answers(200, {})],
  ])('the response to a dry run may be %s', async (_, handler) => {
    const { cloud } = await api([handler]);
    await expect(cloud.call('CreateImage', { ImageName: 'x', DryRun: true })).resolves.toEqual({});
  });
});

test('a refused key is never sent a fourth time in a row, which would lock it', async () => {
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
  const results: string[] = [];
  for (let count = 0; count < 8; count += 1) results.push(await ask());
  expect(results).toEqual(['refused', 'refused', 'taken', ...Array.from({ length: 5 }, () => 'refused')]);
  expect(received).toHaveLength(6);
  // Not with another signal either, as undoing has; renewed keys are sent.
  expect(await ask(cloud.with(new AbortController().signal))).toBe('refused');
  expect(received).toHaveLength(6);
  accessKey = 'new';
  expect(await ask()).toBe('taken');
});

describe('after a lost response', () => {
  const lose: [string, Handler, Partial<CloudOptions>][] = [
    ['dropped', drops, {}],
    // Only this response is not awaited: on a busy machine a short timeout would end the other calls too.
    ['hangs', hangs, { transport: createTransport({ timeout: 1_000 }) }],
    ['status 500', answers(500, {}), {}],
  ];
  test.each(lose.filter(([how]) => how !== 'hangs'))(
    '%s: an idempotent call is repeated',
    async (_, loses) => {
      const { cloud, received } = await api([loses, done]);
      await expect(cloud.call('CreateVolume', volume)).resolves.toMatchObject({
        Volume: { VolumeId: 'vol-1' },
      });
      expect(received.map(({ body }) => body)).toEqual([JSON.stringify(volume), JSON.stringify(volume)]);
    },
  );
  test.each(lose)(
    '%s: any other call fails, and the caller must look up the result',
    async (_, loses, options) => {
      const { cloud, received } = await api([loses, done], options);
      const failure = cloud.call('LinkVolume', link);
      await expect(failure).rejects.toBeInstanceOf(AnswerLostError);
      await expect(failure).rejects.toMatchObject({
        message: 'LinkVolume: unknown outcome, the API may have carried it out',
        cause: expect.anything(),
      });
      expect(received).toHaveLength(1);
    },
  );
});

test('a call that was not sent is repeated, idempotent or not', async () => {
  const transport = createTransport();
  let attempts = 0;
  const { cloud } = await api([done], {
    transport: (outgoing) =>
      transport(++attempts < 3 ? { ...outgoing, url: 'http://localhost:1/' } : outgoing),
  });
  await expect(cloud.call('LinkVolume', link)).resolves.toBeDefined();
  expect(attempts).toBe(3);
});

describe('an outage is reported once, until the API answers again', () => {
  /** A client whose attempts fail with these codes in turn; an empty code is an answer. */
  const afterFailures = async (codes: string[], handlers: readonly Handler[]) => {
    const transport = createTransport();
    const notices: string[] = [];
    const { cloud } = await api(handlers, {
      transport: async (outgoing) => {
        const code = codes.shift() ?? '';
        if (code !== '') throw Object.assign(new Error(`connect ${code} 192.0.2.1:443`), { code });
        return await transport(outgoing);
      },
      notice: (line) => notices.push(line),
    });
    return { cloud, notices };
  };

  test.each(['EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
    'at the first %s, with the reason',
    async (code) => {
      const codes = [code, code, code, '', '', code, ''];
      const { cloud, notices } = await afterFailures(codes, [done]);
      await cloud.call('ReadVms', {});
      const [notice, ...more] = notices;
      expect(notice).toMatch(
        `The API could not be reached yet, and the call is repeated: ReadVms: no answer from ${cloud.endpoint}: connect ${code}`,
      );
      expect(more).toEqual([]);
      await cloud.with(new AbortController().signal).call('ReadVms', {});
      expect(notices).toHaveLength(1);
      await cloud.call('ReadVms', {});
      expect(notices).toHaveLength(2);
    },
  );
  test('a lost connection at the third attempt', async () => {
    const { cloud, notices } = await afterFailures(['ECONNRESET', 'ECONNRESET', '', 'ECONNRESET'], [done]);
    await cloud.call('ReadVms', {});
    expect(notices).toEqual([]);
    const other = await afterFailures(['ECONNRESET', 'ECONNRESET', 'ECONNRESET', 'ECONNRESET'], [done]);
    await other.cloud.call('ReadVms', {});
    expect(other.notices).toHaveLength(1);
  });
  test('a refusal is an answer', async () => {
    const { cloud, notices } = await afterFailures(['EAI_AGAIN', '', 'EAI_AGAIN'], [throttles, done]);
    await cloud.call('ReadVms', {});
    expect(notices).toHaveLength(2);
  });
  test('not if the error is final', async () => {
    const { cloud, notices } = await afterFailures(['ENOTFOUND'], [done]);
    await expect(cloud.call('ReadVms', {})).rejects.toBeInstanceOf(ConnectionError);
    expect(notices).toEqual([]);
  });
});

test('a host name that does not resolve is not tried twice', async () => {
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

test('keys that cannot be read are not read twice', async () => {
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
  test('during the call, even if the transport ignores the signal', async () => {
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
  test('the same client continues with another signal', async () => {
    const { cloud } = await api([done], { signal: AbortSignal.abort(reason) });
    await expect(cloud.call('ReadVms', {})).rejects.toBe(reason);
    await expect(cloud.with(new AbortController().signal).call('ReadVms', {})).resolves.toBeDefined();
  });
});

test('each attempt logs one debug line without secrets', async () => {
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
