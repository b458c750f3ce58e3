import { basename, resolve } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { FileEntry } from '../config/types/files.js';
import { readRegular } from '../host/regular-file.js';

/** A script to run in the image. */
export interface Script {
  readonly kind: 'script';
  /** Its name in messages. */
  readonly name: string;
  readonly text: Buffer;
  readonly env: Readonly<Record<string, string>>;
  readonly shell: string | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
}

/** Files to copy into the image. */
export interface Files {
  readonly kind: 'files';
  readonly name: string;
  readonly files: readonly FileEntry[];
}

/** A task of provisioning. */
export type Task = Script | Files;

/**
 * The tasks of provisioning, in order: `provisioners`, or else `files`, then `scripts`, then `run`. Reads all
 * scripts before the build creates anything.
 * @param workspace the base of relative paths
 * @throws BuildError if a script cannot be read.
 */
export function readTasks(config: BuildConfig['provision'], workspace: string): Task[] {
  const common = {
    kind: 'script',
    env: config.env,
    shell: config.shell,
    timeout: config.provision_timeout,
  } as const;
  if (config.provisioners === undefined) {
    const { files, scripts, run } = config;
    return [
      ...(files.length > 0 ? [{ kind: 'files', name: 'Copy files', files } as const] : []),
      ...scripts.map((path) => ({ ...common, name: basename(path), text: textOf(path, workspace) })),
      ...(run === undefined ? [] : [{ ...common, name: 'run', text: Buffer.from(run) }]),
    ];
  }
  return config.provisioners.map((one, index) => {
    if (one.kind === 'file')
      return { kind: 'files', name: one.name ?? `Copy ${one.file.source}`, files: [one.file] };
    const own = {
      ...common,
      env: { ...config.env, ...one.env },
      shell: one.shell ?? config.shell,
      timeout: one.timeout ?? config.provision_timeout,
    };
    if (one.kind === 'run')
      return { ...own, name: one.name ?? `run (${index + 1})`, text: Buffer.from(one.run) };
    return { ...own, name: one.name ?? basename(one.script), text: textOf(one.script, workspace) };
  });
}

function textOf(path: string, workspace: string): Buffer {
  try {
    return readRegular(resolve(workspace, path));
  } catch (error) {
    throw new BuildError(`scripts: ${path} cannot be read (${describe(error)})`);
  }
}
