import { join } from 'node:path';
import { publishDisk } from '../../src/demo/publish-disk.js';
import { step } from './action.js';
import type { TestCloud } from './cloud.js';
import { makeDisk, type Part } from './disk-images.js';
import { inventory } from './inventory.js';
import { type Ran, successful } from './process.js';
import type { TestUser } from './users.js';

/** A disk to build from: see makeDisk. */
export interface SourceDisk {
  readonly table: 'dos' | 'gpt' | undefined;
  readonly parts: readonly Part[];
}

let made = 0;

/** Publishes a disk, runs a build from it, and requires that nothing of the build is left on this machine. */
export async function tryDisk(
  cloud: TestCloud,
  { table, parts }: SourceDisk,
  inputs: Readonly<Record<string, string>>,
  user: TestUser = 'root',
): Promise<Ran & { snapshot: string }> {
  made += 1;
  const path = join(cloud.folder, `disk-${made}.img`);
  await makeDisk(path, table, parts);
  const source = await publishDisk(cloud.api, path, `disk ${made}`);
  const machine = inventory(cloud.folder);
  const job = step(cloud, {
    user,
    inputs: { 'source-omi': source, 'omi-name': `disk ${made} built`, ...inputs },
  });
  const ran = await job.main();
  if (JSON.stringify(inventory(cloud.folder)) !== JSON.stringify(machine))
    throw new Error(`left on the machine: ${JSON.stringify(inventory(cloud.folder))}\n${ran.text}`);
  return { ...ran, snapshot: job.outputs()['snapshot-id'] ?? '' };
}

/** The same for a build that must succeed. */
export async function buildDisk(
  ...args: Parameters<typeof tryDisk>
): Promise<{ snapshot: string; text: string }> {
  const ran = await tryDisk(...args);
  successful(ran);
  return ran;
}
