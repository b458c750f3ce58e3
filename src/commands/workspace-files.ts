import { isAbsolute, resolve } from 'node:path';
import type { ReadContext } from '../config/kit/context.js';
import { workingDirectory } from '../host/exec/working-directory.js';
import { readRegular } from '../host/regular-file.js';

/** Reads files; relative paths start at the workspace. */
export const inWorkspace =
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
