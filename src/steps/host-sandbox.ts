import { mkdirSync, rmSync } from 'node:fs';
import { type Room, wholeVm } from '../host/sandbox/sandbox.js';
import { type Held, hold, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';

const placeOf = ({ ledger }: Tools): string => `/run/build-omi-${ledger.header.build}`;

/** The VM itself as the place of work, with a folder for names of the disk while commands of the user need them. */
export async function openVmRoom(tools: Tools): Promise<Held<Room, 'names'>> {
  const path = placeOf(tools);
  return await hold(
    tools,
    'names',
    { path },
    () => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return Promise.resolve(wholeVm(path));
    },
    undoNames,
  );
}

export const undoNames: Undo<'names'> = {
  title: ({ path }) => `Remove ${path}`,
  run: (_, tools) => {
    // Not what the ledger names: it is of a user who may not remove everything.
    rmSync(placeOf(tools), { recursive: true, force: true });
    return Promise.resolve();
  },
};
