import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { get, type HttpOptions } from '../../../../../src/host/source-image/download/http.js';

const options: HttpOptions = { proxyFor: () => undefined, signal: AbortSignal.timeout(20_000) };

/** GETs the first of these addresses, each of which redirects to the next one. @returns what was asked for */
async function follow(...addresses: readonly string[]) {
  const asked: { url: string; isRedirect: boolean; range: string | undefined }[] = [];
  const locations = addresses.slice(1);
  const answer = await get(
    addresses[0] ?? '',
    { range: 'bytes=5-' },
    options,
    async (url, { range }, isRedirect) => {
      asked.push({ url, isRedirect, range });
      const location = locations.shift();
      const body = Readable.from([]);
      return await Promise.resolve(
        location === undefined
          ? { status: 200, headers: {}, body }
          : { status: 302, headers: { location }, body },
      );
    },
  ).catch((error: unknown) => error);
  return { answer, asked };
}

const mirrors = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `https://mirror-${index}.example.com/disk`);

test('five redirects are followed, with the header, and each is checked by its addresses', async () => {
  const { answer, asked } = await follow(...mirrors(6));
  expect(answer).toMatchObject({ status: 200 });
  expect(asked).toEqual(mirrors(6).map((url, index) => ({ url, isRedirect: index > 0, range: 'bytes=5-' })));
});

test('a sixth redirect is not', async () => {
  const { answer, asked } = await follow(...mirrors(7));
  expect(answer).toMatchObject({ message: 'source_image: more than 5 redirects' });
  expect(asked).toHaveLength(6);
});

test('a redirect may name only a path', async () => {
  const { asked } = await follow('https://example.com/a/disk', '../b/disk', '//other.example.com/c');
  expect(asked.map(({ url }) => url)).toEqual([
    'https://example.com/a/disk',
    'https://example.com/b/disk',
    'https://other.example.com/c',
  ]);
});

test.each([
  ['http', 'http://example.com/disk', 'it is not https'],
  ['loopback', 'https://127.0.0.2/disk', 'it is an address of this VM'],
  ['link-local', 'https://169.254.169.254/latest/meta-data/', 'it is an address of this VM'],
])('nothing asks for the target of a redirect to %s, at any place', async (_, target, why) => {
  for (const before of [mirrors(1), mirrors(4)]) {
    const { answer, asked } = await follow(...before, target);
    expect(answer).toMatchObject({ message: expect.stringContaining(why) });
    expect(asked).toHaveLength(before.length);
  }
});

test.each(['https://', 'https://[::1', 'http://a b/'])('the address %j is refused', async (location) => {
  const { answer, asked } = await follow('https://example.com/disk', location);
  expect(answer).toMatchObject({ message: expect.stringMatching(/^source_image: .*redirects? to/) });
  expect(asked).toHaveLength(1);
});
