import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { sha256 } from '../../src/common/sha256.js';
import { exec } from '../../src/host/exec/exec.js';
import { type Step, step } from './action.js';
import { attach } from './attach.js';
import type { TestCloud } from './cloud.js';
import { examples } from './example-step.js';
import { certificate, serveFiles } from './file-server.js';
import { inventory } from './inventory.js';
import { type Ran, successful } from './process.js';

/** Milliseconds. Software emulation beside other tests is slow: the limits only end what hangs. */
export const minute = 60_000;

/** A step on the Debian of the examples, with these inputs. */
export const debianStep = (cloud: TestCloud, inputs: Readonly<Record<string, string>>): Step =>
  step(cloud, {
    limit: 25 * minute,
    environment: { NODE_EXTRA_CA_CERTS: certificate },
    inputs: {
      'source-omi': '',
      'boot-test-timeout': '12m',
      // What one boot test finds out about KVM, the next ones know.
      'state-dir': join(cloud.folder, 'state'),
      ...inputs,
    },
  });

/** A step that builds an example of the repository, with these inputs besides. */
export function exampleJob(cloud: TestCloud, name: string, inputs: Readonly<Record<string, string>>): Step {
  const job = debianStep(cloud, { config: `examples/${name}/image.yml`, ...inputs });
  symlinkSync(examples, join(job.workspace, 'examples'));
  return job;
}

/** Builds an example, requires that nothing is left on this machine, and prints the times. */
export async function builtExample(cloud: TestCloud, name: string, job: Step): Promise<Ran> {
  const machine = inventory(cloud.folder);
  const ran = successful(await job.main());
  expect(inventory(cloud.folder)).toEqual(machine);
  printTimes(name, ran);
  return ran;
}

/** Prints how long the boot tests of a build took, and all of it. */
export function printTimes(name: string, { text, lines }: Ran): void {
  const boots = [...text.matchAll(/Booted \((.*?)\) in (.*? s):/g)].map(([, how, time]) => `${how} ${time}`);
  const total = `all ${((lines.at(-1)?.at ?? 0) / 1000).toFixed(0)} s`;
  process.stdout.write(`${name}: ${[...boots, total].join('; ')}\n`);
}

/** An image as a distribution offers it: a qcow2 file on a web server, with its checksum. */
export interface OfferedImage extends AsyncDisposable {
  readonly url: string;
  readonly sha256: string;
}

/** Writes the disk of a snapshot to a file, raw. @returns its path */
export async function exportDisk(cloud: TestCloud, snapshot: string): Promise<string> {
  const path = join(cloud.folder, 'image.raw');
  const { disk, remove } = await attach(cloud.api, snapshot);
  try {
    await exec(['cp', '--sparse=always', `/dev/${disk}`, path], { limit: 'disk' });
  } finally {
    await remove();
  }
  return path;
}

/** Compresses a disk with xz. @returns its path */
export async function compressed(raw: string): Promise<string> {
  await exec(['xz', '-0', '--threads=0', '--keep', '--force', raw], { limit: 'disk' });
  return `${raw}.xz`;
}

/** Converts a raw disk, and serves it. */
export async function offerImage(cloud: TestCloud, raw: string): Promise<OfferedImage> {
  const path = join(cloud.folder, 'image.qcow2');
  await exec(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, path], { limit: 'disk' });
  const content = readFileSync(path);
  const server = await serveFiles({ '/image.qcow2': { content } });
  return {
    url: server.url('/image.qcow2'),
    sha256: sha256(content),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}
