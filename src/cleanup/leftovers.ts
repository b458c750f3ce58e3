import { hostname } from 'node:os';
import { BuildError } from '../common/errors.js';
import type { Claim, Kind } from '../ledger/claims.js';
import { elsewhereOf } from '../ledger/elsewhere.js';
import type { Header } from '../ledger/lines.js';
import { failureText } from '../report/failure.js';
import { type Description, kinds } from './kinds.js';

/** A resource that could not be released, and the error. */
export interface Left {
  readonly claim: Claim;
  readonly error: unknown;
}

/** What a resource of a ledger is called, and the commands that remove it. */
export function named<K extends Kind>({ kind, data }: Claim<K>): Description {
  const described = kinds[kind].describe(data);
  const elsewhere = elsewhereOf(data);
  if (elsewhere === undefined) return described;
  const { region } = elsewhere;
  const { what, id, commands } = described;
  return { what: `${what} in ${region}`, id, commands: commands.map((line) => `${line}  # in ${region}`) };
}

/** The kind and the name of a resource: `volume vol-1`. */
export const nameOf = (claim: Claim): string => `${named(claim).what} ${named(claim).id}`;

/** The resource, the error, and the commands that remove it by hand. */
export function linesOf({ claim, error }: Left): string[] {
  const { what, id, commands } = named(claim);
  const [why = '', ...more] = failureText(error).split('\n');
  // A mounted disk must not be detached: the hint of the error says what to do first.
  const hasHint = claim.kind === 'attachment' && error instanceof BuildError && error.hint !== undefined;
  return [`  ${what} ${id}: ${why}`, ...[...more, ...(hasHint ? [] : commands)].map((line) => `    ${line}`)];
}

/** Whether a volume remains because it is attached: the attachment is already listed. */
const isFollowOn = ({ claim, error }: Left, left: readonly Left[]): boolean =>
  isOf('volume', claim) &&
  left.some(
    (one) => isOf('attachment', one.claim) && one.claim.data.volume === claim.data.id && one.error !== error,
  );

const isOf = <K extends Kind>(kind: K, claim: Claim): claim is Claim<K> => claim.kind === kind;

/** The resources that remain of a build, with errors and manual commands. */
export function leftText(header: Header, path: string, left: readonly Left[]): string {
  const { build, vm, account, region } = header;
  return [
    `Build ${build} could not clean up (VM ${vm}, host ${hostname()}, account ${account}, region ${region}):`,
    ...left.filter((one) => !isFollowOn(one, left)).flatMap(linesOf),
    `The ledger ${path} lists these resources. The next build on this VM tries again.`,
  ].join('\n');
}
