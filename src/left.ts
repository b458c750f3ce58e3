import { hostname } from 'node:os';
import { BuildError, describe } from './errors.js';
import type { Claim, Claims, Header, Kind } from './ledger.js';

/** A thing that could not be put away, and why. */
export interface Left {
  readonly claim: Claim;
  readonly error: unknown;
}

/** What a thing is and is called, and a command that ends it, as far as there is one. */
interface Named {
  readonly what: string;
  readonly id: string;
  readonly command?: string | undefined;
}

/** A thing of the cloud, by its ID or by what it is known by until there is one. */
const ofCloud = (what: string, id: string | undefined, otherwise: string, call: string): Named => ({
  what,
  id: id ?? otherwise,
  command: id && `osc-cli api ${call} ${id}`,
});

const names: { readonly [K in Kind]: (thing: Claims[K]) => Named } = {
  directory: ({ path }) => ({ what: 'folder', id: path, command: `rmdir ${path}` }),
  mounts: ({ path }) => ({ what: 'mounts at', id: path, command: `umount -R ${path}` }),
  names: ({ path }) => ({ what: 'folder', id: path, command: `rm -r ${path}` }),
  namespace: ({ holder }) => ({
    what: 'namespaces of process',
    id: `${holder?.pid ?? 'unknown'}`,
    command: holder && `kill -KILL ${holder.pid}`,
  }),
  volume: ({ id, token }) => ofCloud('volume', id, token, 'DeleteVolume --VolumeId'),
  attachment: ({ volume }) => ofCloud('attached volume', volume, '', 'UnlinkVolume --VolumeId'),
  snapshot: ({ id, token }) => ofCloud('snapshot', id, token, 'DeleteSnapshot --SnapshotId'),
  image: ({ id, name }) => ofCloud('OMI', id, name, 'DeleteImage --ImageId'),
  copy: ({ id, name }) => ofCloud('unfinished copy', id, name, 'DeleteImage --ImageId'),
  replaced: ({ registration }) => ({ what: 'OMI to register again', id: registration.ImageName }),
  discarded: ({ snapshots }) => ({ what: 'replaced snapshots', id: snapshots.join(', ') }),
};

/** What a thing of a ledger is called. */
export const named = <K extends Kind>({ kind, data }: Claim<K>): Named => names[kind](data);

/** What a thing of a ledger is and is called, as one. */
export const nameOf = (claim: Claim): string => `${named(claim).what} ${named(claim).id}`;

/** What is left, why, and what ends it by hand. */
export function linesOf({ claim, error }: Left): string[] {
  const { what, id, command } = named(claim);
  const { output = [], hint = command } = error instanceof BuildError ? error : {};
  const more = [...output, ...(hint?.split('\n') ?? [])];
  return [`  ${what} ${id}: ${describe(error)}`, ...more.map((line) => `    ${line}`)];
}

/** Everything that is left of a build: what, where, why, and what ends it by hand. */
export function leftText(header: Header, path: string, left: readonly Left[]): string {
  const { build, vm, account, region } = header;
  return [
    `build ${build} has left, on VM ${vm} (host ${hostname()}) and in account ${account}, region ${region}:`,
    ...left.flatMap(linesOf),
    `It stays in ${path}, and the next build on this VM tries again.`,
  ].join('\n');
}
