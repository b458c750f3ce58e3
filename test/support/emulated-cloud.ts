import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultAccount,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../src/emulator/emulator.js';
import type { FaultRule } from '../../src/emulator/server/faults.js';
import type { ObjectStore } from '../../src/object-store/store.js';
import { type Cloud, createCloud } from '../../src/outscale/client/client.js';
import { createTransport, type Transport } from '../../src/outscale/client/transport.js';
import { createRemote, type Remote } from '../../src/runtime/remote.js';
import { until } from './emulator-client.js';
import { storeOf } from './object-store.js';

/** An emulator in this process, for tests of steps that attach no volume. */
export interface EmulatedCloud extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly api: Cloud;
  /** The API of another region. */
  readonly there: (region: string) => Cloud;
  readonly store: ObjectStore;
  readonly remote: Remote;
  /** The API of the VM's region and the clients of a build, all through one transport. */
  through(transport: Transport): { readonly api: Cloud; readonly remote: Remote };
  fail(rules: readonly FaultRule[]): void;
  /** Creates a snapshot of 1 GiB with a few bytes. */
  snapshot(): Promise<string>;
}

const cloudOf = (endpoint: string, region: string, budget?: number, transport = createTransport()): Cloud =>
  createCloud({
    endpoint,
    region,
    keys: () => Promise.resolve(defaultAccount),
    transport,
    ...(budget === undefined ? {} : { budget }),
  });

/** The clients of a build that has the keys of the account for every region. */
const remoteOf = ({ regions }: Emulator, transport: Transport): Remote =>
  createRemote({
    region: 'eu-west-2',
    vm: '',
    keys: defaultAccount,
    others: [...regions].map(([region, { endpoint }]) => ({ region, endpoint, keys: undefined })),
    connectTo: ({ endpoint, region }) => cloudOf(endpoint, region, 2_000, transport),
    transportTo: () => transport,
    debug: () => {},
  });

/** Starts one. It has the bucket `images`. */
export async function emulateCloud(options: Partial<EmulatorOptions> = {}): Promise<EmulatedCloud> {
  const scratch = mkdtempSync(join(tmpdir(), 'emulated-'));
  const faults = join(scratch, 'faults.json');
  const disk = join(scratch, 'disk.raw');
  writeFileSync(disk, 'a disk');
  const emulator = await startEmulator({
    directory: join(scratch, 'cloud'),
    buckets: ['images'],
    faults,
    ...options,
  });
  const api = cloudOf(emulator.endpoint, 'eu-west-2');
  return {
    emulator,
    api,
    there: (region) => cloudOf(emulator.regions.get(region)?.endpoint ?? '', region),
    store: storeOf(emulator.objectStore, defaultAccount),
    remote: remoteOf(emulator, createTransport()),
    through: (transport) => ({
      api: cloudOf(emulator.endpoint, 'eu-west-2', 2_000, transport),
      remote: remoteOf(emulator, transport),
    }),
    fail: (rules) => writeFileSync(faults, JSON.stringify(rules)),
    snapshot: async () => {
      const request = { FileLocation: `file://${disk}`, SnapshotSize: 2 ** 30 };
      const { Snapshot: { SnapshotId: id = '' } = {} } = await api.call('CreateSnapshot', request);
      await until('the snapshot is completed', async () => {
        const { Snapshots } = await api.call('ReadSnapshots', { Filters: { SnapshotIds: [id] } });
        return Snapshots?.[0]?.State === 'completed';
      });
      return id;
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      rmSync(scratch, { recursive: true });
    },
  };
}
