import { hostname } from 'node:os';
import { describe } from './errors.js';
import type { Claim, Claims, Header, Kind } from './ledger.js';

/** A thing that could not be put away, and why. */
export interface Left {
  readonly claim: Claim;
  readonly error: unknown;
}

/** What a thing is called, and a command that ends it, as far as there is one. */
interface Named {
  readonly name: string;
  readonly command?: string | undefined;
}

const api = (call: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `osc-cli api ${call} ${id}`;

const names: { readonly [K in Kind]: (thing: Claims[K]) => Named } = {
  directory: ({ path }) => ({ name: `folder ${path}`, command: `rmdir ${path}` }),
  mounts: ({ path }) => ({ name: `what is mounted at ${path}`, command: `umount -R ${path}` }),
  names: ({ path }) => ({ name: `the folder ${path}`, command: `rm -r ${path}` }),
  namespace: ({ holder }) => ({
    name: `the namespaces of process ${holder?.pid ?? 'unknown'}`,
    command: holder && `kill -KILL ${holder.pid}`,
  }),
  volume: ({ id, token }) => ({
    name: `volume ${id ?? `with the ClientToken ${token}`}`,
    command: api('DeleteVolume --VolumeId', id),
  }),
  attachment: ({ volume, device }) => ({
    name: `volume ${volume}, attached as ${device || 'nobody knows what'}`,
    command: api('UnlinkVolume --VolumeId', volume),
  }),
  snapshot: ({ id, token }) => ({
    name: `snapshot ${id ?? `with the ClientToken ${token}`}`,
    command: api('DeleteSnapshot --SnapshotId', id),
  }),
  image: ({ id, name }) => ({ name: `OMI ${id ?? name}`, command: api('DeleteImage --ImageId', id) }),
  copy: ({ id, name }) => ({
    name: `unfinished copy ${id ?? name}`,
    command: api('DeleteImage --ImageId', id),
  }),
  replaced: ({ id, registration }) => ({
    name: `OMI ${registration.ImageName} (it was ${id}), not registered again`,
  }),
  discarded: ({ image, snapshots }) => ({ name: `snapshots of ${image}: ${snapshots.join(', ')}` }),
};

const named = <K extends Kind>({ kind, data }: Claim<K>): Named => names[kind](data);

/** What a thing of a ledger is called. */
export const nameOf = (claim: Claim): string => named(claim).name;

/** Everything that is left of a build: what, where, why, and what ends it by hand. */
export function leftText(header: Header, path: string, left: readonly Left[]): string {
  const { build, vm, account, region } = header;
  return [
    `build ${build} has left, on VM ${vm} (host ${hostname()}) and in account ${account}, region ${region}:`,
    ...left.flatMap(({ claim, error }) => {
      const { name, command } = named(claim);
      return [`  ${name}: ${describe(error)}`, ...(command === undefined ? [] : [`    ${command}`])];
    }),
    `It stays in ${path}, and the next build on this VM tries again.`,
  ].join('\n');
}
