import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import S3rver from 's3rver';
import { defaultAccount, startEmulator } from '../../../src/emulator/emulator.js';
import { presign } from '../../../src/object-store/sign.js';
import type { ObjectStore } from '../../../src/object-store/store.js';
import type { Keys } from '../../../src/outscale/client/sign.js';

import { get, put, storeOf } from '../../support/object-store.js';

interface Server {
  readonly endpoint: string;
  readonly keys: Keys;
  close(): Promise<unknown>;
}

/** An independent server, and the one of the emulator. */
const servers: Readonly<Record<string, (directory: string) => Promise<Server>>> = {
  s3rver: async (directory) => {
    const configureBuckets = [{ name: 'images', configs: [] }];
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
    const { port } = await server.run();
    const keys = { accessKey: 'S3RVER', secretKey: 'S3RVER' };
    return { endpoint: `http://127.0.0.1:${port}`, keys, close: async () => await server.close() };
  },
  'the emulator': async (directory) => {
    const emulator = await startEmulator({ directory, buckets: ['images'] });
    const { accessKey, secretKey } = defaultAccount;
    return { endpoint: emulator.objectStore, keys: { accessKey, secretKey }, close: () => emulator.close() };
  },
};

/** Keys with all that paths, queries, signatures and XML treat in a special way. */
const keys = ['a b/c+d.gz', 'a b/ü&<é>"\'.gz', 'a b/100%25~!*().gz', 'other/x'];

const empty = createHash('sha256').digest('hex');

describe.each(Object.keys(servers))('the client of an object storage against %s', (name) => {
  let scratch: string;
  let server: Server;
  let store: ObjectStore;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'objects-'));
    const start = servers[name];
    if (start === undefined) throw new Error(name);
    server = await start(scratch);
    store = storeOf(server.endpoint, server.keys);
    for (const key of keys) expect(await put(store, server.keys, `images/${key}`, `of ${key}`)).toBe(200);
  });
  afterAll(async () => {
    await server.close();
    rmSync(scratch, { recursive: true });
  });

  test('finds buckets, and says which are missing', async () => {
    await store.headBucket('images');
    await expect(store.headBucket('nowhere')).rejects.toMatchObject({ refusal: 'not-found' });
    await expect(store.list('nowhere', '')).rejects.toThrow(/NoSuchBucket/);
  });

  test('lists by prefix, with any characters in keys', async () => {
    const listed = await store.list('images', 'a b/');
    expect(listed.map(({ key }) => key)).toEqual(keys.slice(0, 3).toSorted());
    expect(listed.map(({ size }) => size)).toEqual(listed.map(({ key }) => Buffer.byteLength(`of ${key}`)));
    expect(await store.list('images', 'nothing')).toEqual([]);
  });

  test('pre-signs URLs that read one object until they expire', async () => {
    for (const key of keys) expect(await get(await store.presign('images', key, 60))).toBe(`200 of ${key}`);
    const plain = new URL(store.urlOf('images', 'other/x'));
    const expired = presign({ url: plain, region: 'eu-west-2' }, server.keys, Date.now() - 120_000, 60);
    expect(await get(expired)).toBe('403 AccessDenied');
    // s3rver checks no signatures of version 4.
    if (name === 's3rver') return;
    const url = await store.presign('images', 'other/x', 60);
    expect(await get(url.replace('other/x', 'other/y'))).toBe('403 SignatureDoesNotMatch');
    expect(await get(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).toBe('403 SignatureDoesNotMatch');
  });

  test('removes objects, once or again', async () => {
    await store.remove('images', 'other/x');
    await store.remove('images', 'other/x');
    expect(await store.list('images', 'other/')).toEqual([]);
  });
});

test('the object storage of the emulator refuses wrong keys, as an independent client signs', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'objects-'));
  const emulator = await startEmulator({ directory, buckets: ['images'] });
  const { accessKey, secretKey } = defaultAccount;
  const curl = async (secret: string): Promise<string> => {
    const sign = ['--aws-sigv4', 'aws:amz:eu-west-2:s3', '--user', `${accessKey}:${secret}`];
    const url = `${emulator.objectStore}/images?prefix=a`;
    const { stdout } = await promisify(execFile)('curl', [
      '--silent',
      '-H',
      `x-amz-content-sha256: ${empty}`,
      ...sign,
      url,
    ]);
    return stdout;
  };
  try {
    expect(await curl(secretKey)).toContain('<Prefix>a</Prefix>');
    expect(await curl('wrong')).toContain('<Code>SignatureDoesNotMatch</Code>');
    const other = storeOf(emulator.objectStore, { accessKey, secretKey: 'wrong' });
    await expect(other.list('images', '')).rejects.toMatchObject({ refusal: 'authentication' });
  } finally {
    await emulator.close();
    rmSync(directory, { recursive: true });
  }
});

/** The example of the S3 API reference, "Authenticating Requests: Using Query Parameters". */
test('a pre-signed URL is that of the reference', () => {
  const example = {
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const signed = presign({ url, region: 'us-east-1' }, example, Date.UTC(2013, 4, 24), 86_400);
  expect(new URL(signed).searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});
