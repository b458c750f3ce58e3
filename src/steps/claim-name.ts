import { BuildError } from '../common/errors.js';
import type { ImageConfig } from '../config/options/table.js';
import { withLock } from '../host/lock.js';
import { nameLock, type Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';

/**
 * Notes the name of the OMI in the ledger, unless another build of this VM will register one of that name: the API would
 * refuse the second one after all of its work. One that replaces the OMI of its name may follow the other.
 * @throws BuildError when another build has the name.
 */
export async function claimName(
  { labels: { name }, account }: Pick<Target, 'labels' | 'account'>,
  config: Pick<ImageConfig, 'force_deregister' | 'skip_create_omi'>,
  tools: Tools,
): Promise<void> {
  if (config.skip_create_omi) return;
  await withLock(nameLock(tools), () => {
    const other = config.force_deregister ? undefined : tools.build.namesInUse(account).get(name);
    if (other !== undefined) {
      throw new BuildError(
        `omi_name: build ${other}, which is running on this VM, registers an OMI named ${name}`,
        {
          hint: 'Wait until that build has ended, or choose another name, for example with {{timestamp}} in it.',
        },
      );
    }
    tools.ledger.nameImage(name);
    return Promise.resolve();
  });
}
