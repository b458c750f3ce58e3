import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../common/sha256.js';
import type { Option } from '../config/kit/option.js';
import { allOptions } from '../config/options/table.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * Options that no manifest has: `provisioning` has the tasks, and command_wrapper does not shape an image,
 * but may contain a password. `sourceImage` has the source.
 */
const leftOut = new Set([
  'files',
  'scripts',
  'run',
  'provisioners',
  'env',
  'command_wrapper',
  'sbom',
  'source_image',
]);
/** Options of which it has the sha256: commands can contain secrets. */
const digested = new Set(['pre_mount_commands', 'post_mount_commands']);

/**
 * The options that shaped an image, by name, as they were written: those that differ from their default.
 * Secrets, and texts that can contain some, are left out or replaced by their sha256.
 */
export function recordedOptions(...groups: readonly Values[]): Values {
  const values = groups.flatMap((group) => Object.entries(group));
  return Object.fromEntries(
    values
      .filter(([name, value]) => isRecorded(allOptions[name], value) && !leftOut.has(name))
      .map(([name, value]) => [
        name,
        digested.has(name) && Array.isArray(value) ? value.map(digestOf) : value,
      ]),
  );
}

const isRecorded = (option: Option<unknown> | undefined, value: unknown): boolean =>
  value !== undefined &&
  option !== undefined &&
  option.secret !== true &&
  !isDeepStrictEqual(value, option.default);

const digestOf = (command: unknown): string => `sha256:${sha256(String(command))}`;
