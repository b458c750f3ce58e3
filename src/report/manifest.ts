import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { version as program } from '../common/version.js';
import type { Changes } from '../quality/inventory/changes.js';
import type { Finding } from '../quality/lint/lint.js';
import { failureOf } from './failure.js';
import type { Timing } from './phases.js';

/** An OMI that retention removed, and those of its snapshots that it deleted. */
export interface RemovedImage {
  /** Absent: that of the build. */
  readonly region?: string;
  readonly id: string;
  readonly name: string;
  readonly snapshots: readonly string[];
}

/** The OMI in another region, and its snapshots there, the root first. */
interface CopiedImage {
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly snapshots: readonly string[];
}

/** The objects of an export. */
export interface ExportedImage {
  /** Of the disk image. */
  readonly url: string;
  /** Of the list of its objects, if it has one. */
  readonly manifestUrl?: string;
}

/** Results of a build, for summary and manifest. */
export interface BuildFacts {
  readonly buildId: string;
  readonly region: string;
  readonly omi?: { readonly id: string; readonly name: string };
  /** Where `mount` mounted the image. */
  readonly chroot?: { readonly path: string; readonly device: string; readonly volume: string };
  /** The snapshots that the build of the OMI created; the root comes first. */
  readonly snapshots: readonly { readonly id: string; readonly sizeGiB?: number }[];
  /** The OMI in other regions. */
  readonly copies?: readonly CopiedImage[];
  /** The volume, if it is a product. */
  readonly volume?: { readonly id: string; readonly sizeGiB?: number };
  /** Where the OMI, or its snapshot, was exported to: URLs in path style, without a signature. */
  readonly export?: ExportedImage;
  /** An earlier build created OMI and snapshots. */
  readonly reused?: true;
  /** Older OMIs of its family; absent without `retain_last` and `retain_for`. */
  readonly removed?: readonly RemovedImage[];
  /** The image that the build started from: its path, or its URL without query, and its checksum. */
  readonly sourceImage?: { readonly location: string; readonly sha256: string };
  /** Absent from scratch and from an image. */
  readonly source?: { readonly id: string; readonly name?: string };
  /** What the build changed in the image. */
  readonly changes?: Changes;
  /** The findings of lint; absent if it is off. */
  readonly lint?: readonly (Finding & { readonly inSource: boolean })[];
  /** The SBOM; absent if it is off. */
  readonly sbom?: { readonly path: string; readonly sha256: string };
}

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

/**
 * Writes a file and replaces an existing one. Other users can predict the path, and may write to its
 * directory: a symbolic link at the path is replaced and never followed.
 * @throws the error of the system if the directory is not writable, or the path is a directory or, in a
 * directory with the sticky bit, a file of another user.
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.${randomUUID()}`;
  writeFileSync(fresh, text, { flag: 'wx' });
  try {
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
