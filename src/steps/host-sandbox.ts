import { mkdirSync, rmSync } from 'node:fs';
import { hostSandbox, type Sandbox } from '../host/sandbox/sandbox.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';

const folderOf = ({ ledger }: Tools): string => `/run/build-omi-${ledger.header.build}`;

/** The VM itself as the place of work, with a folder for names of the disk while commands of the user need them. */
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
    // Not what the ledger names: it is of a user who may not remove everything.
    rmSync(folderOf(tools), { recursive: true, force: true });
    return Promise.resolve();
  },
};
