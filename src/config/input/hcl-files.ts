import { fail, LimitError } from '../../packer/hcl/problem.js';
import type { TemplateFiles } from '../../packer/hcl/read.js';
import type { ReadContext } from '../kit/context.js';

/** The largest file that a template may read, in bytes. */
const largest = 1_000_000;

/**
 * The files that a template may read: those below its folder and below the workspace, after links were
 * followed.
 */
export function templateFiles(
  directory: string,
  { folders, readFile, workspace = '.' }: ReadContext,
): TemplateFiles {
  const roots = [directory, workspace].flatMap((root) => folders?.realPath(root) ?? []);
  const allowed = (path: string): string | undefined => {
    const real = folders?.realPath(path);
    if (real === undefined) return undefined;
    if (roots.some((root) => real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`)))
      return real;
    return fail(
      `reads ${path}, which is not below the folder of the template or the workspace`,
      'copy the file there in an earlier step of the workflow',
    );
  };
  return {
    exists: (path) => allowed(path) !== undefined && folders?.size(path) !== undefined,
    read: (path) => {
      const real = allowed(path);
      const size = real === undefined ? undefined : folders?.size(real);
      if (real === undefined || size === undefined)
        return fail(`reads ${path}, which is not a file`, 'correct the path');
      if (size > largest)
        throw new LimitError(
          `reads ${path}, which has more than ${largest} bytes`,
          'copy it with a provisioner',
        );
      return readFile(real) ?? fail(`reads ${path}, which cannot be read`, 'check its permissions');
    },
  };
}
