import { basename, resolve } from 'node:path';
import { treeDigest } from '../../host/tree-digest.js';
import type { Files, Task } from '../scripts.js';

/**
 * What the tasks of provisioning do, as plain data with the content of scripts and files. Where these lie on
 * the VM, and time limits, do not matter.
 * @param workspace the base of relative paths
 * @returns undefined if a file to copy does not exist yet
 */
export async function contentOfTasks(
  tasks: readonly Task[],
  workspace: string,
): Promise<readonly object[] | undefined> {
  const all: object[] = [];
  for (const task of tasks) {
    const content = task.kind === 'files' ? await contentOfFiles(task, workspace) : settingsOf(task);
    if (content === undefined) return undefined;
    all.push(content);
  }
  return all;
}

function settingsOf(task: Exclude<Task, Files>): object {
  if (task.kind === 'pause') return task;
  const { path: _path, timeout: _timeout, ...settings } = task;
  return settings;
}

async function contentOfFiles({ files, ...task }: Files, workspace: string): Promise<object | undefined> {
  const copied: object[] = [];
  for (const file of files) {
    if ('content' in file) {
      copied.push(file);
      continue;
    }
    const slash = file.source.endsWith('/') ? '/' : '';
    const digest = await treeDigest(`${resolve(workspace, file.source)}${slash}`, file.mode === undefined);
    if (digest === undefined) return undefined;
    copied.push({ ...file, source: `${basename(file.source)}${slash}`, digest });
  }
  return { ...task, files: copied };
}
