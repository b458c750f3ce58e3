import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BuildError } from '../common/errors.js';
import { sha256 } from '../common/sha256.js';
import { fileDigest } from '../host/file-digest.js';
import type { ManifestFile, ManifestTask } from '../report/manifest.js';
import type { Files, Task } from '../steps/scripts.js';

/** The tasks of a build for its manifest, without the digests of files to copy. */
export const recordedTasks = (tasks: readonly Task[]): ManifestTask[] =>
  tasks.map((task) => {
    const { kind, name } = task;
    if (kind === 'pause') return { kind, name, ms: task.ms };
    if (kind === 'files') return { kind, name, files: task.files.map(recordedFile) };
    const path = task.path === undefined ? {} : { path: task.path };
    return { kind, name, ...path, sha256: sha256(task.text), env: Object.keys(task.env) };
  });

/**
 * The same, with the sha256 of each file to copy, read from the VM. That of a directory is the sha256 of the
 * lines that `find . -type f | LC_ALL=C sort | xargs sha256sum` prints in it. A file that is gone has none.
 */
export async function digestedTasks(
  tasks: readonly Task[],
  workspace: string,
  signal: AbortSignal,
): Promise<ManifestTask[]> {
  const recorded = recordedTasks(tasks);
  return await Promise.all(
    recorded.map(async (task) => {
      if (task.kind !== 'files') return task;
      const files: ManifestFile[] = [];
      for (const file of task.files) files.push(await digested(file, workspace, signal));
      return { ...task, files };
    }),
  );
}

function recordedFile(file: Files['files'][number]): ManifestFile {
  const { destination } = file;
  return 'content' in file
    ? { destination, sha256: sha256(file.content) }
    : { source: file.source, destination };
}

async function digested(file: ManifestFile, workspace: string, signal: AbortSignal): Promise<ManifestFile> {
  if (file.source === undefined) return file;
  try {
    return { ...file, sha256: await digestOf(resolve(workspace, file.source), signal) };
  } catch {
    signal.throwIfAborted();
    return file;
  }
}

async function digestOf(path: string, signal: AbortSignal): Promise<string> {
  const stat = statSync(path);
  if (stat.isFile()) return await fileDigest(path, signal);
  if (!stat.isDirectory()) throw new BuildError(`${path} is not a file or directory`);
  const lines: string[] = [];
  for (const name of filesBelow(path))
    lines.push(`${await fileDigest(join(path, name), signal)}  ./${name}\n`);
  return sha256(lines.join(''));
}

/** The paths of the regular files below a directory, in the order of their bytes. */
const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => lstatSync(join(path, name)).isFile())
    .toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
