import { dirname, join } from 'node:path';
import { describe } from '../common/errors.js';
import { accessFlags } from '../config/docs/flags.js';
import type { BuildConfig } from '../config/options/table.js';
import { pasteable } from '../host/exec/exec.js';
import type { Claim, Claims, Kind } from '../ledger/claims.js';
import { elsewhereOf } from '../ledger/elsewhere.js';
import type { Ledger } from '../ledger/ledger.js';
import { retainedSetup } from '../ledger/retained-setup.js';
import { ownershipTags } from '../outscale/ownership.js';
import type { Tools } from '../runtime/tools.js';
import { kinds } from './kinds.js';

/**
 * Implements `on_failure: keep`: the first failure retains the cloud resources of the build. A build that was
 * cancelled, or whose products are final, retains nothing.
 */
export function retainOnFailure(
  config: Pick<BuildConfig, 'mount' | 'provision' | 'source' | 'running'>,
  ledger: Ledger,
  signal: AbortSignal,
): () => void {
  const { on_failure: onFailure, keep_for: time } = config.running;
  return () => {
    if (onFailure !== 'keep' || signal.aborted || ledger.isFinalized || ledger.retainedUntil !== undefined)
      return;
    const claims = retainable(ledger.open());
    if (claims.some(({ kind }) => kind === 'volume'))
      ledger.retain(claims, new Date(Date.now() + time), retainedSetup(config));
  };
}

function retainable(open: readonly Claim[]): Claim[] {
  const hasImage = open.some((claim) => isOf('image', claim) && claim.data.ready === true);
  return open.filter((claim) => isRetainable(claim, hasImage));
}

const isRetainable = <K extends Kind>({ kind, data }: Claim<K>, hasImage: boolean): boolean =>
  isHere(data) && kinds[kind].isRetained(data, hasImage);

const isOf = <K extends Kind>(kind: K, claim: Claim): claim is Claim<K> =>
  claim.kind === kind && isHere(claim.data);

/** What is in another region is removed: only what is beside the volume helps to inspect it. */
const isHere = (data: object): boolean => elsewhereOf(data) === undefined;

const find = <K extends Kind>(kind: K, claims: readonly Claim[]): Claims[K] | undefined =>
  claims.find((claim): claim is Claim<K> => isOf(kind, claim))?.data;

/** What of a build is retained; undefined if nothing is, or its date has passed. */
interface Retained {
  readonly until: Date;
  readonly volume: string;
  readonly attachment: Claims['attachment'] | undefined;
  /** The IDs of volume, snapshot and OMI, as far as they exist. */
  readonly ids: readonly string[];
  /** The same in words. */
  readonly what: string;
}

function retainedOf({ ledger }: Pick<Tools, 'ledger'>): Retained | undefined {
  const until = ledger.retainedUntil;
  const claims = ledger.open().filter((claim) => ledger.isRetained(claim));
  const volume = find('volume', claims)?.id;
  if (until === undefined || until.getTime() < Date.now() || volume === undefined) return undefined;
  const named = [
    ['volume', volume],
    ['snapshot', find('snapshot', claims)?.id],
    ['OMI', find('image', claims)?.id],
  ].flatMap(([kind, id]) => (id === undefined ? [] : [{ kind, id }]));
  return {
    until,
    volume,
    attachment: find('attachment', claims),
    ids: named.map(({ id }) => id),
    what: named.map(({ kind, id }) => `${kind} ${id}`).join(', '),
  };
}

/** Tags the retained resources with their date, so that `sweep` on another VM skips them. */
async function tagRetained({ until, ids }: Retained, tools: Tools): Promise<void> {
  const Tags = [{ Key: ownershipTags.keepUntil, Value: until.toISOString() }];
  await tools
    .forCleanup()
    .cloud.call('CreateTags', { ResourceIds: [...ids], Tags })
    .catch((error: unknown) => {
      tools.report.warn(`Retained resources ${ids.join(', ')} not tagged: ${describe(error)}`);
    });
}

/**
 * Tags the retained resources, and logs what they are, until when, and the commands that open and delete
 * them.
 * @returns whether there are any
 */
export async function reportRetained(tools: Tools, access: BuildConfig['access']): Promise<boolean> {
  const retained = retainedOf(tools);
  if (retained === undefined) return false;
  await tagRetained(retained, tools);
  const { build, report } = tools;
  const flags = ['--build-id', build.id, '--state-dir', build.stateDir, ...accessFlags(access)];
  report.notice(
    [
      keptUntil(retained, tools),
      ...opening(retained, pasteable([...cli, 'shell', ...flags])),
      'To delete it at any time:',
      `  ${pasteable([...cli, 'sweep', '--yes', ...flags])}`,
    ].join('\n'),
  );
  return true;
}

const keptUntil = ({ what, until }: Retained, { build }: Tools): string =>
  `${what} of build ${build.id} kept until ${until.toISOString()}`;

/** The CLI is in the same directory as this program. */
const cli = ['node', join(dirname(process.argv[1] ?? ''), 'cli.js')];

/** Where the volume is, and how to look into it. */
function opening({ attachment, volume }: Retained, shell: string): string[] {
  if (attachment?.disk === undefined || attachment.unlinked)
    return [`It is not attached, or its disk was not found: see ${volume}.`];
  const { device, disk, mounts = [] } = attachment;
  const location = `It is attached as ${device}, the kernel's ${disk}.`;
  if (mounts.length === 0) return [`${location} It was not mounted yet: lsblk --fs /dev/${disk}`];
  return [`${location} To open it as the scripts had it:`, `  ${shell}`];
}

/** Milliseconds; the date in the ledger moves at least that often while a shell is open. */
const longest = 60 * 60_000;

/**
 * Starts `keep_for` again: now, repeatedly until the end of the block, and at that end. So a build whose
 * shell is killed is kept too.
 */
export function extendRetention(keepFor: number, tools: Tools): AsyncDisposable {
  const extend = (): void => tools.ledger.retain([], new Date(Date.now() + keepFor));
  extend();
  const timer = setInterval(extend, Math.max(1000, Math.min(keepFor / 2, longest)));
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      extend();
      const retained = retainedOf(tools);
      if (retained === undefined) return;
      await tagRetained(retained, tools);
      tools.report.info(keptUntil(retained, tools));
    },
  };
}
