import { isAbsolute, resolve } from 'node:path';
import type { ReadContext } from '../config/kit/context.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { foldersIn } from '../host/folders.js';
import { readRegular } from '../host/regular-file.js';

/** The files that options name; relative paths start at the workspace. */
export const filesIn = (environment: NodeJS.ProcessEnv): Pick<ReadContext, 'readFile' | 'folders'> => ({
  readFile: inWorkspace(environment),
  folders: foldersIn(() => workingDirectory(environment)),
});

/** Reads files; relative paths start at the workspace. */
const inWorkspace =
  (environment: NodeJS.ProcessEnv): ReadContext['readFile'] =>
  (path) =>
    readIfPossible(isAbsolute(path) ? path : resolve(workingDirectory(environment), path));

function readIfPossible(path: string): string | undefined {
  try {
    return readRegular(path).toString();
  } catch {
    return undefined;
  }
}
