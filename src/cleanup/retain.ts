import { dirname, join } from 'node:path';
import { describe } from '../common/errors.js';
import { accessFlags } from '../config/docs/flags.js';
import type { BuildConfig } from '../config/options/table.js';
import { pasteable } from '../host/exec/exec.js';
import type { Claim, Claims, Kind } from '../ledger/claims.js';
import type { Ledger } from '../ledger/ledger.js';
import { ownershipTags } from '../outscale/ownership.js';
import type { Tools } from '../runtime/tools.js';
import { kinds } from './kinds.js';

/**
 * What `on_failure: keep` does as soon as something has failed: it holds what the build has in the cloud back from
 * being put away. A build that was cancelled, or whose products are kept already, holds nothing.
 */
export function retainOnFailure(
  { on_failure: onFailure, keep_for: time }: Pick<BuildConfig['running'], 'on_failure' | 'keep_for'>,
  ledger: Ledger,
  signal: AbortSignal,
): () => void {
  return () => {
    if (onFailure !== 'keep' || signal.aborted || ledger.kept || ledger.retainedUntil !== undefined) return;
    const claims = retainable(ledger.open());
    if (claims.some(({ kind }) => kind === 'volume')) ledger.retain(claims, new Date(Date.now() + time));
  };
}

function retainable(open: readonly Claim[]): Claim[] {
  const hasImage = open.some((claim) => isOf('image', claim) && claim.data.ready === true);
  return open.filter((claim) => isRetainable(claim, hasImage));
}

const isRetainable = <K extends Kind>({ kind, data }: Claim<K>, hasImage: boolean): boolean =>
  kinds[kind].isRetained(data, hasImage);

const isOf = <K extends Kind>(kind: K, claim: Claim): claim is Claim<K> => claim.kind === kind;

const find = <K extends Kind>(kind: K, claims: readonly Claim[]): Claims[K] | undefined =>
  claims.find((claim): claim is Claim<K> => isOf(kind, claim))?.data;

/** Tags what is held, so that `sweep` leaves it, and says what stays, until when, and how to get at it. */
export async function reportRetained(tools: Tools, access: BuildConfig['access']): Promise<void> {
  const { ledger, report, build } = tools;
  const until = ledger.retainedUntil;
  const held = ledger.open().filter((claim) => ledger.isRetained(claim));
  const volume = find('volume', held)?.id;
  if (until === undefined || until.getTime() < Date.now() || volume === undefined) return;
  const snapshot = find('snapshot', held)?.id;
  const image = find('image', held)?.id;
  const Tags = [{ Key: ownershipTags.keepUntil, Value: until.toISOString() }];
  const ResourceIds = [volume, snapshot, image].filter((id) => id !== undefined);
  await tools
    .forCleanup()
    .cloud.call('CreateTags', { ResourceIds, Tags })
    .catch((error: unknown) => {
      report.warn(`${ResourceIds.join(', ')} could not be tagged as kept: ${describe(error)}`);
    });
  const others = [...(snapshot ? [`snapshot ${snapshot}`] : []), ...(image ? [`OMI ${image}`] : [])];
  report.notice(
    [
      `${[`volume ${volume}`, ...others].join(', ')} of build ${build.id} kept until ${until.toISOString()}`,
      ...wayBack(find('attachment', held), volume, `/mnt/build-omi-${build.id}`),
      'To take away what is kept, before that time or after it:',
      `  ${pasteable([...sweep, '--build-id', build.id, '--state-dir', build.stateDir, ...accessFlags(access)])}`,
    ].join('\n'),
  );
}

/** By the command line that lies beside the program that runs. */
const sweep = ['node', join(dirname(process.argv[1] ?? ''), 'cli.js'), 'sweep', '--yes'];

/** Commands that lead into the volume, and out of it. */
function wayBack(attached: Claims['attachment'] | undefined, volume: string, place: string): string[] {
  if (attached?.disk === undefined) return [`It is not attached, or its disk was not found: see ${volume}.`];
  const { device, disk, mounts = [] } = attached;
  const opening = `It is attached as ${device}, the kernel's ${disk}.`;
  if (mounts.length === 0) return [`${opening} Nothing of it was mounted yet: lsblk --fs /dev/${disk}`];
  return [
    `${opening} To get back in, as root:`,
    `  mkdir -p -m 0700 ${place}`,
    ...mounts.map(({ partition, target, options }) =>
      [
        '  mount',
        ...options.map((one) => `-o ${one}`),
        `/dev/${partition}`,
        `${place}${target === '/' ? '' : target}`,
      ].join(' '),
    ),
    `  mount --bind /dev ${place}/dev && mount -t proc proc ${place}/proc && mount -t sysfs sysfs ${place}/sys`,
    `  chroot ${place}`,
    'And out again, for it is never taken away while it is mounted:',
    `  umount -R ${place} && rmdir ${place}`,
  ];
}
