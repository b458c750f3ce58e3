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
import { createTransport } from '../../src/outscale/client/transport.js';
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
  fail(rules: readonly FaultRule[]): void;
  /** Creates a snapshot of 1 GiB with a few bytes. */
  snapshot(): Promise<string>;
}

const cloudOf = (endpoint: string, region: string, budget?: number): Cloud =>
  createCloud({
    endpoint,
    region,
    keys: () => Promise.resolve(defaultAccount),
    transport: createTransport(),
    ...(budget === undefined ? {} : { budget }),
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
    remote: createRemote({
      region: 'eu-west-2',
      vm: '',
      keys: defaultAccount,
      connectTo: ({ endpoint, region }) => cloudOf(endpoint, region, 2_000),
      transportTo: () => createTransport(),
      debug: () => {},
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
