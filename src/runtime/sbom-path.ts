import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BuildError } from '../common/errors.js';
import type { Build } from './tools.js';

/**
 * Where the option `sbom` puts the file; undefined if it is off.
 * @throws BuildError if a file cannot be there.
 */
export function sbomPath(
  option: string | boolean,
  { id, workspace, passthroughEnv }: Build,
): string | undefined {
  if (option === false) return undefined;
  const folder = passthroughEnv.RUNNER_TEMP || workspace;
  const path = option === true ? join(folder, `build-omi-${id}.cdx.json`) : resolve(workspace, option);
  const stat = (one: string) => statSync(one, { throwIfNoEntry: false });
  if (stat(dirname(path))?.isDirectory() !== true)
    throw new BuildError(`sbom: ${dirname(path)} is not a directory`, {
      hint: 'Create it, or write another path.',
    });
  if (stat(path)?.isDirectory())
    throw new BuildError(`sbom: ${path} is a directory`, { hint: 'Write the path of a file.' });
  return path;
}
