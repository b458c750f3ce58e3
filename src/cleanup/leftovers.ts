import { hostname } from 'node:os';
import { BuildError } from '../common/errors.js';
import type { Claim, Kind } from '../ledger/claims.js';
import type { Header } from '../ledger/lines.js';
import { failureText } from '../report/failure.js';
import { type Description, kinds } from './kinds.js';

/** A thing that could not be put away, and why. */
export interface Left {
  readonly claim: Claim;
  readonly error: unknown;
}

/** What a resource of a ledger is called, and the commands that remove it. */
export const named = <K extends Kind>({ kind, data }: Claim<K>): Description => kinds[kind].describe(data);

/** The kind and the name of a resource: `volume vol-1`. */
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
