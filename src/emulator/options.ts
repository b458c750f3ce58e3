import type { EmulatorAccount } from './resources/context.js';
import type { Naming } from './storage/device-links.js';

export interface EmulatorOptions {
  /** Directory of state and disks. It survives a restart; only one emulator at a time may use it. */
  readonly directory: string;
  /** Port on 127.0.0.1; 0, the default, selects a free port. */
  readonly port?: number;
  /** Duration of each intermediate state in milliseconds; default 10. */
  readonly latency?: number;
  /** Duration of a snapshot of a volume in milliseconds; default `latency`. */
  readonly snapshotTime?: number;
  /** Duration of an export to the object storage and of an import from it, in ms; default `latency`. */
  readonly transferTime?: number;
  /** More regions, each with its own API and object storage: see `Emulator.regions`. */
  readonly otherRegions?: readonly string[];
  /** Whether it is one of the regions of another emulator. */
  readonly isOtherRegion?: boolean;
  /** Buckets of the first account to create in the object storage of each region. */
  readonly buckets?: readonly string[];
  /**
   * Milliseconds that a deleted volume or snapshot stays `deleting`; default `latency` for volumes, 0 for
   * snapshots.
   */
  readonly deleteTime?: number;
  /** Calls per second and account before throttling (429 code 24); default unlimited. */
  readonly rate?: number;
  /** Naming of attached disks; default `api`. */
  readonly naming?: Naming;
  /** Omit every response field that the API description does not require: see minimal-responses.ts. */
  readonly minimalResponses?: boolean;
  /** Path of a JSON list of faults to inject: see faults.ts. The file is reread when it changes. */
  readonly faults?: string;
  /** Path of the request log, one JSON line per request. */
  readonly record?: string;
  readonly region?: string;
  /** The VM belongs to the first account. */
  readonly accounts?: readonly EmulatorAccount[];
  /** ID of the VM of a new state. */
  readonly vmId?: string;
  /** ID of another running VM of the account; its volumes are also loop devices of this machine. */
  readonly neighbour?: string;
}

/** The default account. */
export const defaultAccount: EmulatorAccount = {
  id: '123456789012',
  alias: 'emulator',
  accessKey: 'EMULATORACCESSKEY000',
  secretKey: 'EMULATORSECRETKEY00000000000000000000000',
};

/** A second account of the same cloud, for OMIs of another account. */
export const otherAccount: EmulatorAccount = {
  id: '210987654321',
  alias: 'Outscale',
  accessKey: 'EMULATORACCESSKEY001',
  secretKey: 'EMULATORSECRETKEY00000000000000000000001',
};
