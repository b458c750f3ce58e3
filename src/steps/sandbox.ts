import { mkdirSync, rmSync } from 'node:fs';
import { describe } from '../common/errors.js';
import { ownCgroup, removeOwnCgroup } from '../host/sandbox/cgroups.js';
import {
  endNamespace,
  type Namespace,
  type NamespaceStart,
  namespaceName,
  startNamespace,
} from '../host/sandbox/namespaces.js';
import { networkOf } from '../host/sandbox/network.js';
import { hostSandbox, type Sandbox } from '../host/sandbox/sandbox.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';

const nameFor = ({ ledger: { header } }: Tools): string => namespaceName(header.build, header.user);

/** Starts the process that opens the namespaces of the build, while there is time for it. */
export const startSandbox = (tools: Tools): NamespaceStart => startNamespace(nameFor(tools));

/** Opens namespaces for the build. Closing them ends every process and every mount in them. */
export async function openSandbox(started: NamespaceStart, tools: Tools): Promise<Resource<Namespace>> {
  return await acquire(
    tools,
    'namespace',
    {},
    async (claim) => {
      const sandbox = await started.open();
      tools.ledger.update(claim, { holder: sandbox.holder });
      return sandbox;
    },
    undoSandbox,
  );
}

export const undoSandbox: Undo<'namespace'> = {
  title: () => 'End namespaces',
  run: async ({ holder }, tools) => {
    const name = nameFor(tools);
    const cgroup = holder && ownCgroup(name, holder.pid);
    // Without a recorded PID 1 only the process that started it had its control pipe, and PID 1 ended with
    // that process.
    if (holder) await endNamespace(holder, name, tools.signal);
    const left = await removeOwnCgroup(name, cgroup, tools.signal);
    if (left.length > 0) tools.report.warn(`Removed cgroups that scripts left on the VM: ${left.join(', ')}`);
  },
};

const folderOf = ({ ledger }: Tools): string => `/run/build-omi-${ledger.header.build}`;

/**
 * The VM itself as the sandbox of `mount`, with a folder for device aliases while the user's commands run.
 */
export async function openHostSandbox(tools: Tools): Promise<Resource<Sandbox, 'names'>> {
  const path = folderOf(tools);
  return await acquire(
    tools,
    'names',
    { path },
    () => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return Promise.resolve(hostSandbox(path));
    },
    undoNames,
  );
}

export const undoNames: Undo<'names'> = {
  title: ({ path }) => `Remove ${path}`,
  run: (_, tools) => {
    // The path in the ledger is not trusted: a user without root rights can write the ledger.
    rmSync(folderOf(tools), { recursive: true, force: true });
    return Promise.resolve();
  },
};

/**
 * Watches the network configuration of the VM, which scripts share and can change permanently. The end of the
 * block warns about additions. It removes nothing, because another program of the VM may have added it.
 */
export async function watchNetwork(tools: Tools): Promise<AsyncDisposable> {
  const read = async (signal: AbortSignal): Promise<ReadonlySet<string> | undefined> =>
    await networkOf(signal).catch((error: unknown) => {
      tools.report.notice(`Changes of the network are not reported: ${describe(error)}`);
      return undefined;
    });
  const before = await read(tools.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      // Its own signal, so that a cancelled build reports changes too.
      const after = before && (await read(AbortSignal.timeout(10_000)));
      const added = [...(after ?? [])].filter((one) => before?.has(one) === false);
      if (added.length > 0)
        tools.report.warn(
          `The network of this VM changed during the build: ${added.join('; ')}. If a script did that, remove it with ip(8).`,
        );
    },
  };
}
