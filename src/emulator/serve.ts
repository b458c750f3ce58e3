import { type Emulator, startEmulator } from './emulator.js';
import { defaultAccount, type EmulatorOptions } from './options.js';
import { requireLoopDevice } from './storage/free-loop-device.js';

/** The flags of the command as text. */
export interface EmulatorFlags {
  readonly directory: string;
  readonly port: string;
  readonly latency: string;
  readonly snapshotTime?: string;
  readonly deleteTime?: string;
  readonly transferTime?: string;
  readonly otherRegions?: readonly string[];
  readonly buckets?: readonly string[];
  readonly rate?: string;
  readonly naming: string;
  readonly minimalResponses?: boolean;
  readonly faults?: string;
  readonly record?: string;
  readonly neighbour?: string;
}

/**
 * Serves until cancelled. Prints endpoints and keys as `NAME=VALUE` lines.
 * @param untilCancelled resolves on the first cancel signal.
 */
export async function serveEmulator(flags: EmulatorFlags, untilCancelled: Promise<void>): Promise<number> {
  const options = optionsOf(flags);
  await requireLoopDevice();
  const emulator = await startEmulator(options);
  for (const [name, value] of Object.entries(environmentOf(emulator))) console.log(`${name}=${value}`);
  await untilCancelled;
  await emulator.close();
  return 0;
}

/** The variables that make the CLI use an emulator. */
export const environmentOf = ({ endpoint, metadata, objectStore, regions }: Emulator) => ({
  OSC_ENDPOINT_API: endpoint,
  OSC_ENDPOINT_OOS: objectStore,
  METADATA_ENDPOINT: metadata,
  OSC_ACCESS_KEY: defaultAccount.accessKey,
  OSC_SECRET_KEY: defaultAccount.secretKey,
  ...Object.fromEntries(
    [...regions].map(([name, { endpoint: other }]) => [`ENDPOINT_API_${name.replaceAll('-', '_')}`, other]),
  ),
});

/** The options that flags stand for. @throws Error for a flag that is not valid */
export function optionsOf({
  directory,
  port,
  latency,
  snapshotTime,
  deleteTime,
  transferTime,
  rate,
  naming,
  minimalResponses = false,
  ...paths
}: EmulatorFlags): EmulatorOptions {
  if (naming !== 'api' && naming !== 'by-id')
    throw new Error(`--naming: ${naming} must be one of: api, by-id`);
  return {
    ...paths,
    directory,
    port: wholeNumber('port', port),
    latency: milliseconds('latency', latency),
    ...(snapshotTime === undefined ? {} : { snapshotTime: milliseconds('snapshot-time', snapshotTime) }),
    ...(deleteTime === undefined ? {} : { deleteTime: milliseconds('delete-time', deleteTime) }),
    ...(transferTime === undefined ? {} : { transferTime: milliseconds('transfer-time', transferTime) }),
    ...(rate === undefined ? {} : { rate: wholeNumber('rate', rate) }),
    naming,
    minimalResponses,
  };
}

const units: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000 };

/** Parses a time such as `30s`, `2m` or `500ms`; a number without a unit is milliseconds. */
function milliseconds(flag: string, value: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(|ms|s|m)$/.exec(value) ?? [];
  if (digits === '')
    throw new Error(`--${flag}: ${value} is not a time; use a form such as 500, 500ms, 30s or 2m`);
  return Number(digits) * (units[unit] ?? 1);
}

function wholeNumber(flag: string, value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`--${flag}: ${value} is not a whole number`);
  return Number(value);
}
