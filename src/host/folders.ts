import { readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Folders } from '../common/folders.js';

/** Relative paths start at the workspace. @param workspace is called when a path is read */
export function foldersIn(workspace: () => string): Folders {
  const attempt =
    <T>(work: (path: string) => T) =>
    (path: string): T | undefined => {
      try {
        return work(resolve(workspace(), path));
      } catch {
        return undefined;
      }
    };
  return {
    names: attempt((path) => readdirSync(path)),
    realPath: attempt((path) => realpathSync(path)),
    size: attempt((path) => {
      const stat = statSync(path);
      return stat.isFile() ? stat.size : undefined;
    }),
  };
}
