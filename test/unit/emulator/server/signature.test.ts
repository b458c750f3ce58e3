import { createHash, createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Signatures, type SignedRequest } from '../../../../src/emulator/server/signature.js';
import { sign } from '../../../../src/outscale/client/sign.js';

const account = { id: '123456789012', accessKey: 'KEY', secretKey: 'SECRET' };
const now = Date.parse('2026-11-21T10:00:00Z');
const url = 'http://127.0.0.1:80/api/v1/ReadVms';
const body = '{"Filters":{"VmIds":["i-é"]}}';

const lower = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** A request signed as AWS spells it, by the library that the client uses. */
const aws = (keys = account, at = now, region = 'eu-west-2'): SignedRequest => ({
  method: 'POST',
  url: '/api/v1/ReadVms',
  headers: lower(sign({ url, body, region }, keys, at)),
  body: Buffer.from(body),
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * A request signed as Outscale spells it, by hand. @param sent the header Host, when another host was signed
 */
function osc(secret = account.secretKey, service = 'oapi', sent = '127.0.0.1'): SignedRequest {
  const headers = { host: sent, 'x-osc-date': '20261121T100000Z' };
  const canonical = `POST\n/api/v1/ReadVms\n\nhost:127.0.0.1\nx-osc-date:20261121T100000Z\n\nhost;x-osc-date\n${hash(body)}`;
  const scope = `20261121/eu-west-2/${service}/osc4_request`;
  const text = `OSC4-HMAC-SHA256\n20261121T100000Z\n${scope}\n${hash(canonical)}`;
  let key = Buffer.from(`OSC4${secret}`);
  for (const part of [...scope.split('/'), text]) key = createHmac('sha256', key).update(part).digest();
  const authorization = `OSC4-HMAC-SHA256 Credential=KEY/${scope}, SignedHeaders=host;x-osc-date, Signature=${key.toString('hex')}`;
  return {
    method: 'POST',
    url: '/api/v1/ReadVms',
    headers: { ...headers, authorization },
    body: Buffer.from(body),
  };
}

const verify = (request: SignedRequest, at = now): string =>
  new Signatures([account], 'eu-west-2').verify(request, at).id;

test('both spellings are accepted', () => {
  expect(verify(aws())).toBe(account.id);
  expect(verify(osc())).toBe(account.id);
});

test.each([
  ['osc-sdk-go', 'osc', '127.0.0.1'],
  ['osc-sdk-python, without a port', 'api', '127.0.0.1'],
  ['osc-sdk-python, whose signed host lacks the port', 'api', '127.0.0.1:8480'],
])('the signature of %s is accepted', (_client, service, host) => {
  expect(verify(osc(account.secretKey, service, host))).toBe(account.id);
});

test('an unknown key is refused with status 400 and code 4120', () => {
  const request = aws({ ...account, accessKey: 'UNKNOWN' });
  expect(() => verify(request)).toThrow('4120 InvalidParameterValue');
});

test.each<[string, () => SignedRequest, string]>([
  ['another secret', () => osc('OTHER'), 'does not match'],
  ['another secret in the AWS spelling', () => aws({ ...account, secretKey: 'OTHER' }), 'does not match'],
  ['another region', () => aws(account, now, 'us-east-2'), 'credential scope'],
  ['another service', () => osc(account.secretKey, 'ec2'), 'credential scope'],
  ['another host with a port', () => osc(account.secretKey, 'api', 'other:8480'), 'does not match'],
  ['a body that was changed', () => ({ ...osc(), body: Buffer.from('{}') }), 'does not match'],
  ['a path that was changed', () => ({ ...osc(), url: '/api/v1/DeleteVolume' }), 'does not match'],
  ['a query that was added', () => ({ ...osc(), url: '/api/v1/ReadVms?a=b' }), 'does not match'],
  [
    'a host that was changed',
    () => ({ ...osc(), headers: { ...osc().headers, host: 'other' } }),
    'does not match',
  ],
  ['no signature', () => ({ ...osc(), headers: {} }), 'no signature'],
])('%s is refused', (_what, request, reason) => {
  expect(() => verify(request())).toThrow(new RegExp(`1 AccessDenied.*${reason}`));
});

test.each([
  [299, true],
  [301, false],
  [-299, true],
  [-301, false],
])('a request is valid for 5 minutes: %i s', (seconds, isGood) => {
  const attempt = (): string => verify(aws(), now + seconds * 1000);
  if (isGood) expect(attempt()).toBe(account.id);
  else expect(attempt).toThrow('within 5 minutes');
});

test('a temporary key requires its token', () => {
  const signatures = new Signatures([{ ...account, token: 'TOKEN' }], 'eu-west-2');
  const withToken = (sessionToken: string): SignedRequest => ({
    ...aws(),
    headers: lower(sign({ url, body, region: 'eu-west-2' }, { ...account, sessionToken }, now)),
  });
  expect(signatures.verify(withToken('TOKEN'), now).id).toBe(account.id);
  expect(() => signatures.verify(withToken('OTHER'), now)).toThrow('session token');
  expect(() => signatures.verify(aws(), now)).toThrow('session token');
});

test('four failures in a row lock the key for a minute, eight for two', () => {
  const signatures = new Signatures([account], 'eu-west-2');
  const fail = (at: number): void => {
    expect(() => signatures.verify(aws({ ...account, secretKey: 'OTHER' }, at), at)).toThrow(
      '1 AccessDenied',
    );
  };
  for (const _ of [1, 2, 3]) fail(now);
  expect(signatures.verify(aws(), now).id).toBe(account.id);
  for (const _ of [1, 2, 3, 4]) fail(now);
  expect(() => signatures.verify(aws(), now + 1000)).toThrow('13 AccessDenied');
  expect(() => signatures.verify(aws(), now + 59_000)).toThrow('13 AccessDenied');
  for (const _ of [1, 2, 3, 4]) fail(now + 61_000);
  expect(() => signatures.verify(aws(account, now + 180_000), now + 180_000)).toThrow('13 AccessDenied');
  expect(signatures.verify(aws(account, now + 182_000), now + 182_000).id).toBe(account.id);
});
