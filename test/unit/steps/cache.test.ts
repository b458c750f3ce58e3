import { expect, test } from '@jest/globals';
import { cacheKey } from '../../../src/steps/cache/cache.js';

const key = (
  source: Parameters<typeof cacheKey>[0]['source'],
  repository = 'owner/images',
  endpoint = 'https://api.test',
): string => cacheKey({ source }, { build: { repository }, cloud: { endpoint } });

const omi = { origin: { id: 'ami-12345678' } };
const file = (sha256: string) => ({
  origin: { id: '/images/base.raw' },
  file: { location: '/images/base.raw', sha256 },
});

test('builds share a cache only if repository, endpoint and source are the same', () => {
  expect(key({ origin: { id: 'ami-12345678', name: 'renamed' } })).toBe(key(omi));
  const others = [
    key(undefined),
    key({ origin: { id: 'ami-87654321' } }),
    key(omi, 'owner/others'),
    key(omi, 'owner/images', 'https://other.test'),
    key(file('a'.repeat(64))),
    key(file('b'.repeat(64))),
  ];
  expect(new Set([key(omi), ...others]).size).toBe(others.length + 1);
});
