import { hostname } from 'node:os';
import { BuildError } from '../common/errors.js';
import { pasteable } from '../host/exec/exec.js';
import type { Claim, Claims, Kind } from '../ledger/claims.js';
import type { Header } from '../ledger/lines.js';
import { failureText } from '../report/failure.js';

/** A thing that could not be put away, and why. */
export interface Left {
  readonly claim: Claim;
  readonly error: unknown;
}

/** What a thing is and is called, and the commands that end it, as far as there are any. */
interface Named {
  readonly what: string;
  readonly id: string;
  readonly commands: readonly string[];
}

/** A thing of the cloud, by its ID or by what it is known by until there is one. */
const ofCloud = (what: string, id: string | undefined, otherwise: string, call: Call): Named => ({
  what,
  id: id ?? otherwise,
  commands: id ? [ask(call, id)] : [],
});

/** A call, and the parameter that takes the ID. */
type Call = readonly [name: string, parameter: string];
const ask = ([name, parameter]: Call, id: string): string =>
  pasteable(['osc-cli', 'api', name, `--${parameter}`, id]);

const deleteSnapshot: Call = ['DeleteSnapshot', 'SnapshotId'];
const deleteImage: Call = ['DeleteImage', 'ImageId'];

const parametersOf = (request: object): string[] =>
  Object.entries(request).flatMap(([name, value]) => [
    `--${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);

const names: { readonly [K in Kind]: (thing: Claims[K]) => Named } = {
  directory: ({ path, parents = [] }) => ({
    what: 'folder',
    id: path,
    commands: [pasteable(['rmdir', path, ...parents])],
  }),
  mounts: ({ path }) => ({ what: 'mounts at', id: path, commands: [pasteable(['umount', '-R', path])] }),
  names: ({ path }) => ({ what: 'folder', id: path, commands: [pasteable(['rm', '-r', path])] }),
  namespace: ({ holder }) => ({
    what: 'namespaces of process',
    id: `${holder?.pid ?? 'unknown'}`,
    commands: holder ? [`kill -KILL ${holder.pid}`] : [],
  }),
  volume: ({ id, token }) => ofCloud('volume', id, token, ['DeleteVolume', 'VolumeId']),
  attachment: ({ volume }) => ofCloud('attached volume', volume, '', ['UnlinkVolume', 'VolumeId']),
  snapshot: ({ id, token }) => ofCloud('snapshot', id, token, deleteSnapshot),
  image: ({ id, name }) => ofCloud('OMI', id, name, deleteImage),
  copy: ({ id, name }) => ofCloud('unfinished copy', id, name, deleteImage),
  replaced: ({ registration }) => ({
    what: 'OMI to register again',
    id: registration.ImageName,
    commands: [pasteable(['osc-cli', 'api', 'CreateImage', ...parametersOf(registration)])],
  }),
  discarded: ({ snapshots }) => ({
    what: 'replaced snapshots',
    id: snapshots.join(', '),
    commands: snapshots.map((id) => ask(deleteSnapshot, id)),
  }),
};

/** What a thing of a ledger is called. */
export const named = <K extends Kind>({ kind, data }: Claim<K>): Named => names[kind](data);

/** What a thing of a ledger is and is called, as one. */
export const nameOf = (claim: Claim): string => `${named(claim).what} ${named(claim).id}`;

/** What is left, why, and what ends it by hand. */
export function linesOf({ claim, error }: Left): string[] {
  const { what, id, commands } = named(claim);
  const [why = '', ...more] = failureText(error).split('\n');
  // What is mounted must not be detached: its error says what comes first.
  const isTold = claim.kind === 'attachment' && error instanceof BuildError && error.hint !== undefined;
  return [`  ${what} ${id}: ${why}`, ...[...more, ...(isTold ? [] : commands)].map((line) => `    ${line}`)];
}

/** A volume that is left because it is still attached, which is told already. */
const isFollowOn = ({ claim, error }: Left, left: readonly Left[]): boolean =>
  isOf('volume', claim) &&
  left.some(
    (one) => isOf('attachment', one.claim) && one.claim.data.volume === claim.data.id && one.error !== error,
  );

const isOf = <K extends Kind>(kind: K, claim: Claim): claim is Claim<K> => claim.kind === kind;

/** Everything that is left of a build: what, where, why, and what ends it by hand. */
export function leftText(header: Header, path: string, left: readonly Left[]): string {
  const { build, vm, account, region } = header;
  return [
    `build ${build} has left, on VM ${vm} (host ${hostname()}) and in account ${account}, region ${region}:`,
    ...left.filter((one) => !isFollowOn(one, left)).flatMap(linesOf),
    `It stays in ${path}, and the next build on this VM tries again.`,
  ].join('\n');
}
