import { expect, test } from '@jest/globals';
import { readAll } from '../../../../src/outscale/calls/list-all.js';
import { createCloud } from '../../../../src/outscale/client/client.js';

/** A cloud whose answers are the pages that a request of this token gets. */
function paged(pages: Record<string, object>) {
  const asked: unknown[] = [];
  const cloud = createCloud({
    endpoint: 'https://api.example.test/api/v1',
    region: 'eu-west-2',
    keys: async () => ({ accessKey: 'a', secretKey: 's' }),
    transport: async ({ body }) => {
      const request = JSON.parse(body);
      asked.push(request);
      return { status: 200, headers: {}, body: JSON.stringify(pages[request.NextPageToken ?? 'first']) };
    },
  });
  return { cloud, asked };
}

test('follows the pages with the same filters', async () => {
  const { cloud, asked } = paged({
    first: { Images: [{ ImageId: 'ami-1' }], NextPageToken: 'second' },
    second: { Images: [], NextPageToken: 'third' },
    third: { Images: [{ ImageId: 'ami-2' }, { ImageId: 'ami-3' }], NextPageToken: '' },
  });
  const Filters = { States: ['available'] };
  const images = await readAll(cloud, 'ReadImages', { Filters });
  expect(images.map(({ ImageId }) => ImageId)).toEqual(['ami-1', 'ami-2', 'ami-3']);
  expect(asked).toEqual([
    { Filters },
    { Filters, NextPageToken: 'second' },
    { Filters, NextPageToken: 'third' },
  ]);
});

test('every list operation finds its list, and null is an empty list', async () => {
  const page = {
    Images: [{}],
    Snapshots: [{}, {}],
    Tags: [{}, {}, {}],
    Vms: [{}, {}, {}, {}],
    Volumes: [{}, {}, {}, {}, {}],
  };
  const { cloud } = paged({ first: page });
  const none = Object.fromEntries(Object.keys(page).map((name) => [name, null]));
  const empty = paged({ first: none }).cloud;
  const operations = ['ReadImages', 'ReadSnapshots', 'ReadTags', 'ReadVms', 'ReadVolumes'] as const;
  for (const [index, operation] of operations.entries()) {
    expect(await readAll(cloud, operation, {})).toHaveLength(index + 1);
    expect(await readAll(empty, operation, {})).toEqual([]);
  }
});

test('a repeated page token is an error', async () => {
  const { cloud } = paged({
    first: { Vms: [], NextPageToken: 'a' },
    a: { Vms: [], NextPageToken: 'b' },
    b: { Vms: [], NextPageToken: 'a' },
  });
  await expect(readAll(cloud, 'ReadVms', {})).rejects.toThrow(
    'ReadVms: the API returned the same next page twice',
  );
});
