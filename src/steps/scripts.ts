import { basename } from 'node:path';
import { ConfigError } from '../config/kit/issues.js';
import type { BuildConfig } from '../config/options/table.js';
import type { ContentEntry, FileEntry } from '../config/types/files.js';
import { TaskSources } from '../runtime/task-sources.js';

/** A script to run in the image. */
export interface Script {
  readonly kind: 'script';
  /** Its name in messages. */
  readonly name: string;
  /** The file of the runner that contains it; undefined for an inline script. */
  readonly path?: string;
  readonly text: Buffer;
  readonly env: Readonly<Record<string, string>>;
  readonly shell: string | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  /** How often the script is run again after it failed. */
  readonly maxRetries: number;
  /** Exit codes that count as success. */
  readonly validExitCodes: readonly number[];
  /** The command line of a Packer template that runs the script; a template. */
  readonly executeCommand: string | undefined;
}

/** Files to copy into the image. */
export interface Files {
  readonly kind: 'files';
  readonly name: string;
  readonly files: readonly (FileEntry | ContentEntry)[];
}

/** A pause, in milliseconds. */
interface Pause {
  readonly kind: 'pause';
  readonly name: string;
  readonly ms: number;
}

/** A task of provisioning. */
export type Task = Script | Files | Pause;

/** The tasks of provisioning, and what the log says about them. */
export interface Tasks {
  readonly tasks: readonly Task[];
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The tasks of provisioning, in order: `provisioners`, or else `files`, then `scripts`, then `run`. Reads all
 * scripts, and looks for all files to copy, before the build creates anything.
 * @param workspace the base of relative paths
 * @throws ConfigError with every script that cannot be read or run, and every file that does not exist. With
 * pre- or post-mount commands, which may create files, a missing file is only a warning.
 */
export function readTasks(
  {
    provision,
    mount,
  }: {
    readonly provision: BuildConfig['provision'];
    readonly mount: Pick<BuildConfig['mount'], 'pre_mount_commands' | 'post_mount_commands'>;
  },
  workspace: string,
): Tasks {
  const sources = new TaskSources(
    workspace,
    mount.pre_mount_commands.length > 0 || mount.post_mount_commands.length > 0,
  );
  const tasks = provision.provisioners ? inGivenOrder(provision, sources) : inUsualOrder(provision, sources);
  const { issues, warnings, converted, unread } = sources;
  if (issues.length > 0) throw new ConfigError(issues);
  const notices = [
    ...(converted.length > 0
      ? [`Converted Windows line ends to Unix line ends in ${converted.join(', ')}`]
      : []),
    ...unread.map((option) => `${option} is not checked: its path depends on a data source`),
  ];
  return { tasks, notices, warnings };
}

/** What the scripts have in common. */
const settingsOf = ({ env, shell, provision_timeout: timeout }: BuildConfig['provision']) =>
  ({
    kind: 'script',
    env,
    shell,
    timeout,
    maxRetries: 0,
    validExitCodes: [0],
    executeCommand: undefined,
  }) as const;

function inUsualOrder(config: BuildConfig['provision'], sources: TaskSources): Task[] {
  const common = settingsOf(config);
  const { files, scripts, run } = config;
  for (const file of files) sources.require('files', file.source);
  return [
    ...(files.length > 0 ? [{ kind: 'files', name: 'Copy files', files } as const] : []),
    ...scripts.map((path) => ({
      ...common,
      name: basename(path),
      path,
      text: sources.read('scripts', path),
    })),
    ...(run === undefined ? [] : [{ ...common, name: 'run', text: sources.inline('run', run) }]),
  ];
}

function inGivenOrder(config: BuildConfig['provision'], sources: TaskSources): Task[] {
  const common = settingsOf(config);
  return (config.provisioners ?? []).map((one, index) => {
    const option = `provisioners, item ${index + 1}, ${one.kind}`;
    if (one.kind === 'file') {
      const { file } = one;
      if ('source' in file) sources.require(option, file.source);
      const copied = 'source' in file ? file.source : file.destination;
      return { kind: 'files', name: one.name ?? `Copy ${copied}`, files: [file] };
    }
    if (one.kind === 'sleep') return { kind: 'pause', name: one.name ?? 'Pause', ms: one.sleep };
    const own = {
      ...common,
      env: { ...config.env, ...one.env },
      shell: one.shell ?? config.shell,
      timeout: one.timeout ?? config.provision_timeout,
      maxRetries: one.max_retries,
      validExitCodes: one.valid_exit_codes,
      executeCommand: one.execute_command,
    };
    const { binary } = one;
    if (one.kind === 'run')
      return {
        ...own,
        name: one.name ?? `run (${index + 1})`,
        text: sources.inline(option, one.run, binary),
      };
    const { script: path } = one;
    return { ...own, name: one.name ?? basename(path), path, text: sources.read(option, path, binary) };
  });
}
