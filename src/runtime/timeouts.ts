import type { BuildConfig } from '../config/options/table.js';

/** Time limits of waits for cloud resources, in milliseconds. */
export interface Timeouts {
  readonly volume: number;
  readonly snapshot: number;
  readonly image: number;
  /** An export to the object storage, or an import from it. */
  readonly transfer: number;
  /** In a queue; this time does not count for the other limits. */
  readonly queue: number;
  /** Without progress. */
  readonly stall: number;
}

/** The time limits of a configuration. */
export const timeoutsOf = (running: BuildConfig['running']): Timeouts => ({
  volume: running.volume_timeout,
  snapshot: running.snapshot_timeout,
  image: running.image_timeout,
  transfer: running.transfer_timeout,
  queue: running.queue_timeout,
  stall: running.stall_timeout,
});
