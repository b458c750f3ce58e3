import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exec } from '../../src/host/exec/exec.js';
import type { TestCloud } from './cloud.js';

const folder = resolve(import.meta.dirname, '../packer');

/** The names of the recorded templates. */
export const caseNames = readdirSync(folder).toSorted();

/** Part of a JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A recorded template: how it was built, and what packer made of it. */
export interface PackerCase {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly variableFiles: readonly string[];
  readonly builder: string | undefined;
  /** Whether the build succeeded, or succeeds here on purpose. */
  readonly succeeds: boolean;
  /** A word of the error, where build-omi refuses the template on purpose. */
  readonly refused: string | undefined;
  /** What must not be in the log. */
  readonly logWithout: readonly string[];
  /** The recorded values with the differences on purpose; undefined: nothing is compared. */
  readonly expected: Json | undefined;
}

interface CaseFile {
  readonly var?: Record<string, string>;
  readonly var_file?: string[];
  readonly env?: Record<string, string>;
  readonly builder?: string;
  readonly build_omi?: {
    readonly refused?: string;
    readonly succeeds?: boolean;
    readonly log_without?: string[];
    readonly omi?: Json;
    readonly snapshot?: Json;
    readonly files?: Json;
    readonly left_beside?: Json;
  };
}

/** Reads a recorded template. */
export function readCase(name: string): PackerCase {
  const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
  const given: CaseFile = JSON.parse(read('case.json'));
  const recorded: { ok: boolean; [key: string]: Json } = JSON.parse(read('recorded.json'));
  const {
    refused,
    succeeds = recorded.ok,
    log_without = [],
    omi,
    snapshot,
    files,
    left_beside,
  } = given.build_omi ?? {};
  const changes = Object.entries({ omi, snapshot, files, left_beside }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  const parts = ['omi', 'snapshot', 'volume', 'files', 'left_beside'].flatMap((key) =>
    recorded[key] === undefined ? [] : [[key, recorded[key]] as const],
  );
  return {
    name,
    env: given.env ?? {},
    variables: given.var ?? {},
    variableFiles: given.var_file ?? [],
    builder: given.builder,
    succeeds: refused === undefined && succeeds,
    refused,
    logWithout: log_without,
    expected: parts.length === 0 ? undefined : merge(Object.fromEntries(parts), Object.fromEntries(changes)),
  };
}

const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Replaces recorded values; maps are merged, lists item by item. */
function merge(recorded: Json | undefined, change: Json | undefined): Json {
  if (change === undefined) return recorded ?? null;
  if (Array.isArray(recorded) && Array.isArray(change))
    return recorded.map((one: Json, index) => merge(one, change[index]));
  if (!isMap(recorded) || !isMap(change)) return change;
  const keys = new Set([...Object.keys(recorded), ...Object.keys(change)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(recorded[key], change[key])]));
}

/** The files of a recorded template. */
export const folderOf = (name: string): string => join(folder, name);

/** Copies the files of a template, with the modes that they were recorded with. */
export const copyCase = (name: string, workspace: string): void =>
  cpSync(join(folder, name), workspace, { recursive: true });

/** Compares what was expected with a result. `null` in a map of files is not compared. */
export function compare(
  expected: Json,
  actual: Json | undefined,
  path = '',
): { values: number; differences: string[] } {
  if (expected === null && path.startsWith('/files/')) return { values: 0, differences: [] };
  if (isMap(expected) && isMap(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return sum(
      keys.map((key) => {
        const wanted = expected[key];
        return wanted === undefined
          ? { values: 1, differences: [`${path}/${key}: not expected: ${JSON.stringify(actual[key])}`] }
          : compare(wanted, actual[key], `${path}/${key}`);
      }),
    );
  }
  if (
    Array.isArray(expected) &&
    Array.isArray(actual) &&
    expected.length === actual.length &&
    expected.length > 0
  )
    return sum(expected.map((one: Json, index) => compare(one, actual[index], `${path}/${index}`)));
  const isSame = JSON.stringify(expected) === JSON.stringify(actual);
  return {
    values: 1,
    differences: isSame ? [] : [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`],
  };
}

const sum = (
  parts: readonly { values: number; differences: string[] }[],
): { values: number; differences: string[] } => ({
  values: parts.reduce((total, { values }) => total + values, 0),
  differences: parts.flatMap(({ differences }) => differences),
});

const offset = 'offset=1048576';

/** Runs debugfs(8) on the first partition of a disk image. */
const debugfs = async (image: string, request: string, ...flags: string[]): Promise<string> =>
  (await exec(['debugfs', ...flags, '-R', request, `${image}?${offset}`])).stdout;

/** Links every program of busybox in a source disk. */
export async function addPrograms(image: string, programs: readonly string[]): Promise<void> {
  for (const program of programs) await debugfs(image, `symlink /bin/${program} busybox`, '-w');
}

/** The files below `/made` in a snapshot of the emulator, as they were recorded. */
export async function madeFiles(cloud: TestCloud, snapshot: string): Promise<Json> {
  const image = join(cloud.folder, 'cloud/snapshots', `${snapshot}.raw`);
  if (!existsSync(image)) throw new Error(`no ${image}`);
  const files: [string, Json][] = [];
  const list = async (directory: string): Promise<string[][]> =>
    (await debugfs(image, `ls -p ${directory}`)).split('\n').map((line) => line.split('/'));
  const add = async (directory: string, only?: string): Promise<void> => {
    for (const [, , mode = '', uid, gid, name = '', size] of await list(directory)) {
      if (['', '.', '..'].includes(name) || (only !== undefined && name !== only)) continue;
      const path = join(directory, name);
      const owner = `${Number.parseInt(mode.slice(-4), 8).toString(8)} ${uid}:${gid}`;
      const isDirectory = mode.startsWith('04');
      const kind = isDirectory ? 'directory' : size === '0' ? 'regular empty file' : 'regular file';
      const text = isDirectory || size === '0' ? {} : { text: await debugfs(image, `cat ${path}`) };
      files.push([path.slice(1), { what: `${kind} ${owner}`, ...text }]);
      if (isDirectory) await add(path);
    }
  };
  await add('/', 'made');
  return Object.fromEntries(files);
}
