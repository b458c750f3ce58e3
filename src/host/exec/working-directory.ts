import { BuildError } from '../../common/errors.js';
import { codeOf } from '../system-error.js';

/**
 * The directory that relative paths of options start from: the workspace of a job, else the working directory.
 * @throws BuildError when that was removed.
 */
export function workingDirectory({ GITHUB_WORKSPACE: workspace }: NodeJS.ProcessEnv): string {
  if (workspace) return workspace;
  try {
    return process.cwd();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BuildError('the working directory does not exist any more', {
      hint: 'Change to a directory that exists, and start build-omi there.',
    });
  }
}
