import { version as program } from '../common/version.js';
import { failureOf } from './failure.js';
import type { Timing } from './phases.js';
import type { BuildFacts } from './summary.js';

/** A script, file or pause of provisioning. Contents and values are not in a manifest: they can be secret. */
export type ManifestTask =
  | {
      readonly kind: 'script';
      readonly name: string;
      /** Absent for an inline script. */
      readonly path?: string;
      /** Of the text as it ran, hexadecimal. */
      readonly sha256: string;
      /** The names of its variables. */
      readonly env: readonly string[];
    }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly ManifestFile[] }
  | { readonly kind: 'pause'; readonly name: string; readonly ms: number };

/** A file or directory that was copied into the image. */
export interface ManifestFile {
  /** Absent for a content from the options. */
  readonly source?: string;
  readonly destination: string;
  /** Absent if the build failed before it was copied. */
  readonly sha256?: string;
}

/** What a manifest says about a build. */
export interface ManifestFacts extends BuildFacts {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** Why it has failed. */
  readonly error?: unknown;
  /** The options that shaped the image. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly provisioning?: readonly ManifestTask[];
  /** The resources that still exist, of a failed build. */
  readonly leftovers?: readonly string[];
}

/** Version of the manifest. It increases when a field changes its meaning or is removed. */
const version = 2;

/**
 * The manifest, a JSON object that manifest.schema.json describes; durations in milliseconds.
 * @param phase the phase that has failed
 */
export function manifestText(
  { error, ...facts }: ManifestFacts,
  timings: readonly Timing[],
  total: number,
  phase?: string,
): string {
  const manifest = {
    version,
    program: { name: 'build-omi', version: program },
    ...facts,
    ...(error === undefined ? {} : { error: errorOf(error, phase) }),
    timings,
    totalMs: Math.round(total),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function errorOf(error: unknown, phase: string | undefined): object {
  const { message, hint } = failureOf(error);
  return { ...(phase === undefined ? {} : { phase }), message, ...(hint === undefined ? {} : { hint }) };
}
