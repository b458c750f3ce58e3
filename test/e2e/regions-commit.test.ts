/** @alone /mnt/build-omi belongs to one user at a time while an image is mounted in it. */
import { expect, test } from '@jest/globals';
import { useCloud } from '../support/cloud.js';
import { mounted } from '../support/mount-commit.js';
import { successful } from '../support/process.js';

const cloud = useCloud('--buckets', 'images', '--other-regions', 'us-east-2');

test('commit copies to a region, also after a commit that failed there', async () => {
  const there = cloud.others.get('us-east-2');
  const before = await there?.resources();
  await using build = await mounted(cloud, 'committed', {});
  const inputs = {
    'omi-regions': JSON.stringify([{ region: 'us-east-2', custom_endpoint_oapi: there?.endpoint }]),
    'export-bucket': 'images',
    'custom-endpoint-oos': cloud.objectStore,
  };
  cloud.fail([{ operation: 'CreateImage', region: 'us-east-2', fault: 'refuse' }]);
  const first = await build.commit(inputs).main();
  expect([first.code, first.text]).toEqual([
    1,
    expect.stringContaining('The OMI was not copied to us-east-2'),
  ]);
  expect(await there?.resources()).toEqual(before);
  const second = build.commit(inputs);
  successful(await second.main());
  const copies: Record<string, string> = JSON.parse(second.outputs()['omi-ids'] ?? '');
  const fresh = (await there?.resources())?.filter((id) => !before?.includes(id));
  expect(fresh).toEqual([copies['us-east-2'], expect.stringMatching(/^snap-/)]);
});
