import { mkdirSync, realpathSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { History } from './model/history.js';
import { bytesOf, newId, newWorld } from './model/world.js';
import { defaultAccount, type EmulatorOptions, otherAccount } from './options.js';
import { removeEmulator } from './remove.js';
import type { Cloud } from './resources/context.js';
import { exportJobs } from './resources/exports/export-jobs.js';
import { watchPartitions } from './resources/partition-links.js';
import { snapshotJobs } from './resources/snapshot-jobs.js';
import { volumeJobs } from './resources/volume-jobs.js';
import { linkJobs, restoreLinks } from './resources/volume-links.js';
import type { Api } from './server/api.js';
import { FaultFile } from './server/faults.js';
import { originOf, serve } from './server/http.js';
import { serveObjects } from './server/object-store/http.js';
import { RateLimit } from './server/rate.js';
import { RequestLog } from './server/request-log.js';
import { Signatures } from './server/signature.js';
import { DeviceLinks } from './storage/device-links.js';
import { Disks } from './storage/disks.js';
import { JobQueue } from './storage/jobs.js';
import { Objects } from './storage/objects/objects.js';
import { StateFile } from './storage/state-file.js';

export { defaultAccount, type EmulatorOptions, otherAccount } from './options.js';
export { removeEmulator } from './remove.js';
export type { EmulatorAccount } from './resources/context.js';

export interface Emulator {
  /** `http://127.0.0.1:PORT/api/v1` */
  readonly endpoint: string;
  /** `http://127.0.0.1:PORT/latest/meta-data` */
  readonly metadata: string;
  /** `http://127.0.0.1:PORT` of the object storage of the region. */
  readonly objectStore: string;
  /** The other regions, by name. They are closed with this one. */
  readonly regions: ReadonlyMap<string, Emulator>;
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
  for (const name of options.buckets ?? [])
    state.world.buckets[name] ??= { account: owner.id, created: Date.now() };
  const cloud: Cloud = {
    world: state.world,
    settings: {
      region,
      latency,
      snapshotTime: options.snapshotTime ?? latency,
      transferTime: options.transferTime ?? latency,
      deleteTime: options.deleteTime,
      accounts,
      neighbour: options.neighbour,
    },
    disks: new Disks(directory),
    objects: new Objects(directory),
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
  const jobs = new JobQueue(() => jobsOf(cloud), save);
  const api: Api = {
    cloud,
    signatures: new Signatures(accounts, region),
    faults: new FaultFile(options.faults, region),
    history,
    rateLimit: new RateLimit(options.rate),
    requestLog: new RequestLog(options.record, options.isOtherRegion ? region : undefined),
    minimalResponses: options.minimalResponses ?? false,
    changed: () => {
      jobs.wake();
      return save();
    },
  };
  await state.save();
  const stopWatching = watchPartitions(cloud);
  const server = await serve(api, options.port ?? 0);
  const store = await serveObjects(api, accounts);
  const regions = await startRegions(options, directory);
  jobs.wake();
  const stop = async (): Promise<void> => {
    const closed = [server, store].map(async (one) => {
      const end = new Promise((resolve) => one.close(resolve));
      one.closeAllConnections();
      await end;
    });
    stopWatching();
    const others = [...regions.values()].map(async (one) => await one.close());
    await Promise.all([...closed, ...others, jobs.stop()]);
    await state.save();
  };
  let closing: Promise<void> | undefined;
  const origin = originOf(server);
  return {
    endpoint: `${origin}/api/v1`,
    metadata: `${origin}/latest/meta-data`,
    objectStore: originOf(store),
    regions,
    close: async ({ remove = false } = {}) => {
      closing ??= stop();
      await closing;
      if (remove) await removeEmulator(directory);
    },
  };
}

/** Starts the other regions, each with a state of its own in a folder below that of this one. */
async function startRegions(
  { otherRegions = [], port: _port, vmId: _vm, neighbour: _neighbour, ...options }: EmulatorOptions,
  directory: string,
): Promise<ReadonlyMap<string, Emulator>> {
  const started = otherRegions.map(async (region) => {
    const folder = join(directory, 'regions', region);
    return [
      region,
      await startEmulator({ ...options, region, directory: folder, isOtherRegion: true }),
    ] as const;
  });
  return new Map(await Promise.all(started));
}

/** The pending operations of all resources. */
const jobsOf = (cloud: Cloud) => [
  ...volumeJobs(cloud),
  ...linkJobs(cloud),
  ...snapshotJobs(cloud),
  ...exportJobs(cloud),
];

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
