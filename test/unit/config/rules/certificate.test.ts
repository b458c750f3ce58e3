import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { issuesOf } from '../reading.js';

const files: Readonly<Record<string, string>> = {
  'cert.pem': readFileSync('test/support/tls/cert.pem', 'utf8'),
  'key.pem': readFileSync('test/support/tls/key.pem', 'utf8'),
  'text.pem': 'text',
};
const also = { callsApi: true, readFile: (path: string) => files[path] };
const paths = (cert: string, key: string) => ({ 'x509-cert-path': cert, 'x509-key-path': key });

test.each([
  ['gone.pem', 'key.pem', ['x509-cert-path: "gone.pem" is not a readable file']],
  ['gone.pem', 'lost.pem', ['x509-cert-path: "gone.pem" is not', 'x509-key-path: "lost.pem" is not']],
  ['text.pem', 'key.pem', ['x509-cert-path, x509-key-path: cannot be used (']],
  ['cert.pem', 'text.pem', ['x509-cert-path, x509-key-path: cannot be used (']],
  ['cert.pem', 'key.pem', []],
])('the certificate %s with the key %s, before the API is called', async (cert, key, expected) => {
  const lines = await issuesOf(paths(cert, key), also);
  expect(lines).toEqual(expected.map((line) => expect.stringContaining(line)));
});

test('the error names the variable that has the path, and other mistakes are in the same error', async () => {
  const environment = { OSC_X509_CLIENT_CERT: 'gone.pem', OSC_X509_CLIENT_KEY: 'key.pem' };
  const lines = await issuesOf({ 'root-volume-size': 'big' }, { ...also, environment });
  expect(lines).toEqual([
    expect.stringContaining('root-volume-size: "big"'),
    expect.stringContaining('x509-cert-path (from OSC_X509_CLIENT_CERT): "gone.pem" is not a readable file'),
  ]);
});

test('a check without the API does not look for the certificate', async () => {
  expect(await issuesOf(paths('gone.pem', 'key.pem'), { readFile: also.readFile })).toEqual([]);
});
