import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAccount, type Emulator } from '../emulator/emulator.js';
import { type VmFacts, whichVm } from '../host/vm.js';
import { type Cloud, createCloud } from '../outscale/client/client.js';
import { createTransport } from '../outscale/client/transport.js';
import { publishDisk } from './publish-disk.js';
import { makeSourceDisk } from './source-disk.js';

/** Programs that the demo needs, and the Debian packages that contain them. */
export const programsOfDemo = {
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  losetup: 'mount',
  partx: 'util-linux',
  ldd: 'libc-bin',
};

/** What is needed to call an emulator. */
export interface EmulatorAccess {
  readonly vm: VmFacts;
  readonly cloud: Cloud;
}

/** Asks an emulator for this VM, and connects to it. */
export async function connectEmulator(
  emulator: Pick<Emulator, 'endpoint' | 'metadata'>,
): Promise<EmulatorAccess> {
  const { accessKey, secretKey } = defaultAccount;
  const vm = await whichVm({
    vm_id: undefined,
    subregion: undefined,
    region: undefined,
    metadata_endpoint: emulator.metadata,
  });
  const cloud = createCloud({
    endpoint: emulator.endpoint,
    region: vm.region,
    keys: () => Promise.resolve({ accessKey, secretKey }),
    transport: createTransport(),
  });
  return { vm, cloud };
}

/**
 * Creates a small source disk and publishes it to an emulator as an OMI.
 * @param work a directory for the disk
 * @returns the ID of the OMI, and what is needed to call the emulator
 */
export async function publishSource(
  emulator: Pick<Emulator, 'endpoint' | 'metadata'>,
  work: string,
): Promise<EmulatorAccess & { readonly source: string }> {
  const { vm, cloud } = await connectEmulator(emulator);
  const disk = join(work, 'source.img');
  mkdirSync(join(work, 'source'));
  await makeSourceDisk(disk, join(work, 'source'));
  return { source: await publishDisk(cloud, disk, 'demo-source'), vm, cloud };
}
