import { removeOwnCgroup } from '../host/sandbox/cgroups.js';
import { endNamespace, type Namespace, openNamespace } from '../host/sandbox/namespaces.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';

const nameFor = ({ ledger: { header } }: Tools): string => `build-omi-${header.build} of user ${header.user}`;

/** Opens the build's own namespaces: what is mounted or started in them ends with them. */
export async function openSandbox(tools: Tools): Promise<Resource<Namespace>> {
  return await acquire(
    tools,
    'namespace',
    {},
    async (claim) => {
      const sandbox = await openNamespace(nameFor(tools));
      tools.ledger.update(claim, { holder: sandbox.holder });
      return sandbox;
    },
    undoSandbox,
  );
}

export const undoSandbox: Undo<'namespace'> = {
  title: () => 'End namespaces',
  run: async ({ holder }, tools) => {
    // Not learned yet: then its pipe was never held by anybody but the process that opened it, and it ended with that.
    if (holder) await endNamespace(holder, nameFor(tools), tools.signal);
    const left = await removeOwnCgroup(nameFor(tools), tools.signal);
    if (left.length > 0) tools.report.warn(`Removed cgroups that scripts left on the VM: ${left.join(', ')}`);
  },
};
