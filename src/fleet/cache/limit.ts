import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../host/proc/processes.js';
import { oldestBeyond, totalBytes } from '../oldest.js';
import { type CacheFolder, statesIn } from './folder.js';

/** A finished state, and what it takes of the disk. */
interface State {
  readonly path: string;
  readonly bytes: number;
  /** When the last build wrote it, in milliseconds. */
  readonly age: number;
}

/** The finished states of a folder. */
const states = (folder: CacheFolder): State[] =>
  statesIn(folder).flatMap((name) => {
    const path = join(folder.path, name);
    // Another build may have removed it.
    const stat = attempt(() => lstatSync(path));
    return stat === undefined ? [] : [{ path, bytes: stat.blocks * 512, age: stat.mtimeMs }];
  });

/** Removes the oldest states of a folder until the others take at most these bytes. Follows no link. */
export function removeOldest(folder: CacheFolder, limit: number): void {
  for (const { path } of oldestBeyond(states(folder), limit)) rmSync(path, { force: true });
}

/** Removes all states of a folder. @returns how many there were, and their bytes on the disk */
export function removeStates(folder: CacheFolder): { readonly count: number; readonly bytes: number } {
  const all = states(folder);
  for (const { path } of all) rmSync(path, { force: true });
  return { count: all.length, bytes: totalBytes(all) };
}
