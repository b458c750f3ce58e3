import type { EmulatorAccount } from './resources/context.js';
import type { Naming } from './storage/device-links.js';

export interface EmulatorOptions {
  /** Holds state and disks, and survives a restart; one emulator at a time uses it. */
  readonly directory: string;
  /** 0, the default, takes any that is free; it listens on 127.0.0.1 only. */
  readonly port?: number;
  /** Milliseconds of each intermediate state; 10 unless given. */
  readonly latency?: number;
  /** Milliseconds that a snapshot of a volume takes; `latency` unless given. */
  readonly snapshotTime?: number;
  /** Milliseconds that a deleted volume or snapshot stays `deleting`; a volume `latency`, a snapshot 0 unless given. */
  readonly deleteTime?: number;
  /** Calls a second of an account, beyond which it is throttled (429 code 24); any number unless given. */
  readonly rate?: number;
  /** How an attached disk is called; `api` unless given. */
  readonly naming?: Naming;
  /** Leave out every field of an answer that the description does not require: see minimal-responses.ts. */
  readonly minimalResponses?: boolean;
  /** Path of a JSON list of faults to play: see faults.ts. It is read again when it changes. */
  readonly faults?: string;
  /** Path to which one JSON line goes for each request. */
  readonly record?: string;
  readonly region?: string;
  /** The VM belongs to the first one. */
  readonly accounts?: readonly EmulatorAccount[];
  /** The VM's ID, when the state is new. */
  readonly vmId?: string;
  /** ID of another VM of the account, which runs; its volumes are loop devices of this machine too. */
  readonly neighbour?: string;
}

/** The account of an emulator that was told no other. */
export const defaultAccount: EmulatorAccount = {
  id: '123456789012',
  alias: 'emulator',
  accessKey: 'EMULATORACCESSKEY000',
  secretKey: 'EMULATORSECRETKEY00000000000000000000000',
};

/** Another account of the same cloud, whose OMIs are foreign to the first. */
export const otherAccount: EmulatorAccount = {
  id: '210987654321',
  alias: 'Outscale',
  accessKey: 'EMULATORACCESSKEY001',
  secretKey: 'EMULATORSECRETKEY00000000000000000000001',
};
