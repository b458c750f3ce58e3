import { BuildError } from '../../common/errors.js';
import { codeOf } from '../system-error.js';

/**
 * The base directory of relative paths in options: the workspace of a job, else the working directory.
 * @throws BuildError when the working directory was removed.
 */
export function workingDirectory({ GITHUB_WORKSPACE: workspace }: NodeJS.ProcessEnv): string {
  if (workspace) return workspace;
  try {
    return process.cwd();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BuildError('working directory: it does not exist any more', {
      hint: 'Change to an existing directory and start build-omi again.',
    });
  }
}
