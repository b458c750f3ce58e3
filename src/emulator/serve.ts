import { defaultAccount, type EmulatorOptions, startEmulator } from './emulator.js';

/** The flags of the command, as text. */
export interface EmulatorFlags {
  readonly directory: string;
  readonly port: string;
  readonly latency: string;
  readonly snapshotTime?: string;
  readonly naming: string;
  readonly bare?: boolean;
  readonly faults?: string;
  readonly record?: string;
  readonly neighbour?: string;
}

/**
 * Serves until it is cancelled, and says how to reach it in lines of `NAME=VALUE`.
 * @param untilCancelled resolves at the first cancel signal.
 */
export async function serveEmulator(flags: EmulatorFlags, untilCancelled: Promise<void>): Promise<number> {
  const emulator = await startEmulator(optionsOf(flags));
  const told = {
    OSC_ENDPOINT_API: emulator.endpoint,
    METADATA_ENDPOINT: emulator.metadata,
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
  };
  for (const [name, value] of Object.entries(told)) console.log(`${name}=${value}`);
  await untilCancelled;
  await emulator.close();
  return 0;
}

function optionsOf({
  directory,
  port,
  latency,
  snapshotTime,
  naming,
  bare = false,
  ...paths
}: EmulatorFlags): EmulatorOptions {
  if (naming !== 'api' && naming !== 'by-id') throw new Error(`--naming: ${naming} is neither api nor by-id`);
  return {
    ...paths,
    directory,
    port: wholeNumber('port', port),
    latency: wholeNumber('latency', latency),
    ...(snapshotTime === undefined ? {} : { snapshotTime: wholeNumber('snapshot-time', snapshotTime) }),
    naming,
    bare,
  };
}

function wholeNumber(flag: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`--${flag}: ${value} is not a whole number`);
  return Number(value);
}
