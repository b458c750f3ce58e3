import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isLocalAddress, requireRedirect } from '../../../../../src/host/source-image/download/address.js';
import { type Download, download } from '../../../../../src/host/source-image/download/download.js';
import { certificate, type Served, serveFiles } from '../../../../support/file-server.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'download-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

/** Downloads a path. @param have what the file has already */
async function get(
  files: Readonly<Record<string, Served>>,
  path = '/disk',
  more: Partial<Download> = {},
): Promise<{ got: Buffer; requests: readonly string[]; retries: readonly string[] }> {
  await using server = await serveFiles(files);
  const name = join(folder, 'file');
  const file = openSync(name, 'a+');
  const writable = openSync(name, 'r+');
  const retries: string[] = [];
  try {
    await download({
      url: server.url(path),
      file: writable,
      authorities: readFileSync(certificate, 'utf8'),
      proxyFor: () => undefined,
      signal: AbortSignal.timeout(20_000),
      onLength: () => {},
      onProgress: () => {},
      onRetry: (why) => retries.push(why),
      sleep: async () => {},
      ...more,
    });
    return { got: readFileSync(name), requests: server.requests, retries };
  } finally {
    closeSync(file);
    closeSync(writable);
  }
}

test('a file is downloaded, and its length known before', async () => {
  const lengths: number[] = [];
  const { got } = await get({ '/disk': { content } }, '/disk', { onLength: (bytes) => lengths.push(bytes) });
  expect(got.equals(content)).toBe(true);
  expect(lengths).toEqual([content.length]);
});

test('a download that is cut continues, or starts again where the server has no ranges', async () => {
  const cut = { after: 100_000, times: 2 };
  const { got, requests, retries } = await get({ '/disk': { content, cut } });
  expect(got.equals(content)).toBe(true);
  expect(requests).toEqual(['/disk', '/disk bytes=100000-', '/disk bytes=200000-']);
  expect(retries).toHaveLength(2);
  const without = await get({ '/disk': { content, cut: { after: 100_000, times: 1 }, ranges: false } });
  expect(without.got.equals(content)).toBe(true);
});

test('a download that is always cut at the same byte fails', async () => {
  const cut = { after: 1000, times: 100 };
  await expect(get({ '/disk': { content, cut, ranges: false } })).rejects.toThrow(
    /the download failed 5 times/,
  );
});

test('a complete file is not downloaded again', async () => {
  await get({ '/disk': { content } });
  const { requests } = await get({ '/disk': { content } });
  expect(requests).toEqual([`/disk bytes=${content.length}-`]);
});

test.each([404, 403, 410])('status %i is final', async (status) => {
  await expect(get({ '/disk': { status } })).rejects.toThrow(`the server answered with status ${status}`);
});

test('status 503 is not', async () => {
  const retries: string[] = [];
  await expect(
    get({ '/disk': { status: 503 } }, '/disk', { onRetry: (why) => retries.push(why) }),
  ).rejects.toThrow('the download failed 5 times: the server answered with status 503');
  expect(retries).toHaveLength(4);
});

test.each([
  ['http://example.com/disk', 'it is not https'],
  ['ftp://example.com/disk', 'it is not https'],
  ['https://me:word@example.com/disk', 'it contains credentials'],
  ['https://127.0.0.1/disk', 'it is an address of this VM'],
  ['https://2130706433/disk', 'it is an address of this VM'],
  ['https://[::1]/disk', 'it is an address of this VM'],
  ['https://[::ffff:127.0.0.1]/disk', 'it is an address of this VM'],
  ['https://169.254.169.254/latest', 'it is an address of this VM'],
  ['https://[fe80::1]/disk', 'it is an address of this VM'],
  ['https://0.0.0.0/disk', 'it is an address of this VM'],
  ['https://localhost/disk', 'it is an address of this VM'],
  ['https://a.localhost./disk', 'it is an address of this VM'],
])('a redirect to %s is not followed', async (redirect, why) => {
  await expect(get({ '/disk': { redirect } })).rejects.toThrow(why);
});

test('a redirect to a name is not followed if it has an address of this VM', async () => {
  // The name of this machine, or one that no server knows: neither answers with the file.
  await expect(get({ '/disk': { redirect: 'https://ip6-loopback/disk' } })).rejects.toThrow(
    /source_image: (a redirect to ip6-loopback was not followed|the download failed)/,
  );
});

test('a redirect to another host is allowed', () => {
  for (const url of ['https://example.com/disk', 'https://10.0.0.1/disk', 'https://[2001:db8::1]/disk'])
    expect(() => requireRedirect(new URL(url))).not.toThrow();
  expect(isLocalAddress('10.0.0.1')).toBe(false);
});
