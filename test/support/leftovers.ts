import { expect } from '@jest/globals';
import type { TestCloud } from './cloud.js';
import { inventory } from './inventory.js';

/**
 * Runs the builds of a test and requires that they leave the machine as it was: loop devices, mounts, device
 * names, processes and mount points. Where `work` returns a list of IDs, these are all resources that it may
 * add to the account.
 */
export async function expectNoLeftovers(
  cloud: TestCloud,
  work: () => Promise<readonly string[] | undefined> | Promise<void>,
): Promise<void> {
  const machine = inventory(cloud.folder);
  const before = await cloud.resources();
  const added = await work();
  if (added !== undefined) expect(await cloud.resources()).toEqual([...before, ...added].sort());
  expect(inventory(cloud.folder)).toEqual(machine);
}
