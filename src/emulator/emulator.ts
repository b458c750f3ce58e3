import { mkdirSync, realpathSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { History } from './model/history.js';
import { bytesOf, newId, newWorld } from './model/world.js';
import { defaultAccount, type EmulatorOptions, otherAccount } from './options.js';
import { removeEmulator } from './remove.js';
import type { Cloud } from './resources/context.js';
import { watchPartitions } from './resources/partition-links.js';
import { snapshotJobs } from './resources/snapshot-jobs.js';
import { volumeJobs } from './resources/volume-jobs.js';
import { linkJobs, restoreLinks } from './resources/volume-links.js';
import type { Api } from './server/api.js';
import { FaultFile } from './server/faults.js';
import { serve } from './server/http.js';
import { RateLimit } from './server/rate.js';
import { RequestLog } from './server/request-log.js';
import { Signatures } from './server/signature.js';
import { DeviceLinks } from './storage/device-links.js';
import { Disks } from './storage/disks.js';
import { JobQueue } from './storage/jobs.js';
import { StateFile } from './storage/state-file.js';

export { defaultAccount, type EmulatorOptions, otherAccount } from './options.js';
export { removeEmulator } from './remove.js';
export type { EmulatorAccount } from './resources/context.js';

export interface Emulator {
  /** `http://127.0.0.1:PORT/api/v1` */
  readonly endpoint: string;
  /** `http://127.0.0.1:PORT/latest/meta-data` */
  readonly metadata: string;
  /** Stops serving. State and attached devices remain unless `remove` is set. */
  close(options?: { readonly remove?: boolean }): Promise<void>;
}

/**
 * Starts an emulator of the Outscale API whose volumes are loop devices of this machine. It continues with
 * the state of an earlier emulator in the same directory. Attaching volumes requires root.
 * @throws Error if the directory is not writable or the port is in use
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { latency = 10, region = 'eu-west-2', accounts = [defaultAccount, otherAccount] } = options;
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const directory = realpathSync(options.directory);
  const owner = accounts[0] ?? defaultAccount;
  const state = new StateFile(join(directory, 'state.json'), () =>
    newWorld(options.vmId ?? newId('i'), owner.id, `${region}a`, Date.now()),
  );
  const cloud: Cloud = {
    world: state.world,
    settings: {
      region,
      latency,
      snapshotTime: options.snapshotTime ?? latency,
      deleteTime: options.deleteTime,
      accounts,
      neighbour: options.neighbour,
    },
    disks: new Disks(directory),
    links: new DeviceLinks(options.naming ?? 'api'),
  };
  await cloud.disks.sweep();
  await makeRootDisk(cloud);
  await restoreLinks(cloud, directory);
  const history = new History(state.world);
  const save = async (): Promise<void> => {
    history.note();
    await state.save();
  };
  const jobs = new JobQueue(() => [...volumeJobs(cloud), ...linkJobs(cloud), ...snapshotJobs(cloud)], save);
  const api: Api = {
    cloud,
    signatures: new Signatures(accounts, region),
    faults: new FaultFile(options.faults),
    history,
    rateLimit: new RateLimit(options.rate),
    requestLog: new RequestLog(options.record),
    minimalResponses: options.minimalResponses ?? false,
    changed: () => {
      jobs.wake();
      return save();
    },
  };
  await state.save();
  const stopWatching = watchPartitions(cloud);
  const server = await serve(api, options.port ?? 0);
  jobs.wake();
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    stopWatching();
    await Promise.all([closed, jobs.stop()]);
    await state.save();
  };
  let closing: Promise<void> | undefined;
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : options.port}`;
  return {
    endpoint: `${origin}/api/v1`,
    metadata: `${origin}/latest/meta-data`,
    close: async ({ remove = false } = {}) => {
      closing ??= stop();
      await closing;
      if (remove) await removeEmulator(directory);
    },
  };
}

/** Creates the file of the VM's own root volume, so that a client can create a snapshot of it. */
async function makeRootDisk({ world, disks }: Cloud): Promise<void> {
  for (const { id, size, link } of Object.values(world.volumes)) {
    if (!link?.root) continue;
    const exists = await access(disks.file(id)).then(
      () => true,
      () => false,
    );
    if (!exists) await disks.create(id, bytesOf(size));
  }
}
