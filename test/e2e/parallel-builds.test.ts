/**
 * @alone it starts as many builds as a VM can have volumes.
 * @once It tests the number of builds; device-names reads the links of volumes.
 */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { type Recorded, startCloud } from '../support/cloud.js';
import { inventory } from '../support/inventory.js';
import { openSnapshot } from '../support/snapshot.js';
import { users } from '../support/users.js';

const many = 36;

test('36 parallel builds on one VM, half of them through sudo, complete and never share a device', async () => {
  await using cloud = await startCloud('--latency', '10');
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  cloud.requests();
  const jobs = Array.from({ length: many }, (_, index) =>
    step(cloud, {
      user: users[index % 2] ?? 'root',
      inputs: {
        'omi-name': `many ${index}`,
        run: `echo ${index} > /root/which; sleep 5\n`,
        // One for all, as it is on a VM: builds of both users take turns at choosing a name.
        'state-dir': join(cloud.folder, 'state'),
      },
    }),
  );
  const runs = await Promise.all(jobs.map((job) => job.main()));
  expect(runs.filter(({ code }) => code !== 0).map(({ text }) => text)).toEqual([]);

  const outputs = jobs.map((job) => job.outputs());
  expect(new Set(outputs.map((output) => output['omi-id'])).size).toBe(many);
  const requests = cloud.requests();
  const { shared, most } = deviceNames(requests);
  expect(shared).toEqual([]);
  expect(most).toBeGreaterThan(many / 3);
  // The ledgers tell the names in use: no build asks the API for them, or meets a refusal.
  expect(requests.filter(({ request }) => JSON.stringify(request).includes('LinkVolumeVmIds'))).toEqual([]);
  expect(requests.filter(({ operation, status }) => operation === 'LinkVolume' && status === 409)).toEqual(
    [],
  );
  expect(inventory(cloud.folder)).toEqual(machine);
  expect(await cloud.resources()).toHaveLength(before.length + 2 * many);
  // No build wrote to the disk of another one.
  for (const [index, output] of outputs.entries()) {
    await using snapshot = await openSnapshot(cloud, output['snapshot-id'] ?? '');
    expect(await snapshot.read('/root/which')).toBe(`${index}\n`);
  }
}, 300_000);

/** Device names that two volumes had at the same time, and the largest number of names in use. */
function deviceNames(requests: readonly Recorded[]): { shared: unknown[]; most: number } {
  const held = new Map<unknown, unknown>();
  const shared: unknown[] = [];
  let most = 0;
  for (const { operation, request } of requests.filter(({ status }) => status === 200)) {
    if (operation === 'UnlinkVolume') held.delete(request.VolumeId);
    if (operation !== 'LinkVolume') continue;
    if ([...held.values()].includes(request.DeviceName)) shared.push(request.DeviceName);
    held.set(request.VolumeId, request.DeviceName);
    most = Math.max(most, held.size);
  }
  return { shared, most };
}
