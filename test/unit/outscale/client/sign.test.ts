import { createHash, createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { sign } from '../../../../src/outscale/client/sign.js';

const keys = { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const call = { url: 'https://api.eu-west-2.outscale.com/api/v1/ReadVms', body: '{}', region: 'eu-west-2' };
const now = Date.parse('2026-11-21T10:11:12.345Z');

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Signature Version 4 by the letter of its documentation, for a POST without a query. */
function signature(url: string, body: string, headers: Record<string, string>, secret: string): string {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const { authorization = '', 'x-amz-date': date = '' } = lower;
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? '';
  const [, scope = ''] = /Credential=[^/]+\/([^,]+)/.exec(authorization) ?? [];
  const lines = signed.split(';').map((name) => `${name}:${lower[name]}\n`);
  const canonical = ['POST', new URL(url).pathname, '', lines.join(''), signed, hash(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (from, part) => createHmac('sha256', from).update(part).digest(),
      `AWS4${secret}`,
    );
  return createHmac('sha256', key).update(text).digest('hex');
}

test('equals an independent computation, for any host, body and token', () => {
  for (const url of [call.url, 'http://localhost:8080/api/v1/CreateTags'])
    for (const body of ['{}', '{"Description":"é, ü and 漢字"}'])
      for (const more of [{}, { sessionToken: 'session+token/==' }]) {
        const headers = sign({ ...call, url, body }, { ...keys, ...more }, now);
        const { Authorization = '' } = headers;
        expect(Authorization.split('Signature=')[1]).toBe(signature(url, body, headers, keys.secretKey));
      }
});

test('contains algorithm, key, date, region, service and the signed headers', () => {
  expect(sign(call, keys, now).Authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/eu-west-2\/oapi\/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
});

test('depends on the time', () => {
  const headers = sign(call, keys, now);
  expect(headers['X-Amz-Date']).toBe('20261121T101112Z');
  expect(sign(call, keys, now)).toEqual(headers);
  expect(sign(call, keys, now + 1000).Authorization).not.toBe(headers.Authorization);
});

test('contains and signs the session token if the keys have one', () => {
  const headers = sign(call, { ...keys, sessionToken: 'token' }, now);
  expect(headers['X-Amz-Security-Token']).toBe('token');
  expect(headers.Authorization).toContain('x-amz-security-token');
  expect(Object.keys(sign(call, keys, now))).not.toContain('X-Amz-Security-Token');
});

test('does not contain the secret key', () => {
  expect(JSON.stringify(sign(call, keys, now))).not.toContain(keys.secretKey);
});
