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
 * Implements `on_failure: keep`: the first failure retains the cloud resources of the build. A build that was
 * cancelled, or whose products are final, retains nothing.
 */
export function retainOnFailure(
  { on_failure: onFailure, keep_for: time }: Pick<BuildConfig['running'], 'on_failure' | 'keep_for'>,
  ledger: Ledger,
  signal: AbortSignal,
): () => void {
  return () => {
    if (onFailure !== 'keep' || signal.aborted || ledger.isFinalized || ledger.retainedUntil !== undefined)
      return;
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

/**
 * Tags the retained resources, so that `sweep` skips them, and logs what they are, until when, and how to
 * enter them.
 */
export async function reportRetained(tools: Tools, access: BuildConfig['access']): Promise<void> {
  const { ledger, report, build } = tools;
  const until = ledger.retainedUntil;
  const retained = ledger.open().filter((claim) => ledger.isRetained(claim));
  const volume = find('volume', retained)?.id;
  if (until === undefined || until.getTime() < Date.now() || volume === undefined) return;
  const snapshot = find('snapshot', retained)?.id;
  const image = find('image', retained)?.id;
  const Tags = [{ Key: ownershipTags.keepUntil, Value: until.toISOString() }];
  const ResourceIds = [volume, snapshot, image].filter((id) => id !== undefined);
  await tools
    .forCleanup()
    .cloud.call('CreateTags', { ResourceIds, Tags })
    .catch((error: unknown) => {
      report.warn(`Retained resources ${ResourceIds.join(', ')} not tagged: ${describe(error)}`);
    });
  const others = [...(snapshot ? [`snapshot ${snapshot}`] : []), ...(image ? [`OMI ${image}`] : [])];
  report.notice(
    [
      `${[`volume ${volume}`, ...others].join(', ')} of build ${build.id} kept until ${until.toISOString()}`,
      ...mountCommands(find('attachment', retained), volume, `/mnt/build-omi-${build.id}`),
      'To delete them at any time:',
      `  ${pasteable([...sweep, '--build-id', build.id, '--state-dir', build.stateDir, ...accessFlags(access)])}`,
    ].join('\n'),
  );
}

/** The CLI is in the same directory as this program. */
const sweep = ['node', join(dirname(process.argv[1] ?? ''), 'cli.js'), 'sweep', '--yes'];

/** Commands that mount the volume, enter it and unmount it. */
function mountCommands(attached: Claims['attachment'] | undefined, volume: string, path: string): string[] {
  if (attached?.disk === undefined) return [`It is not attached, or its disk was not found: see ${volume}.`];
  const { device, disk, mounts = [] } = attached;
  const location = `It is attached as ${device}, the kernel's ${disk}.`;
  if (mounts.length === 0) return [`${location} It was not mounted yet: lsblk --fs /dev/${disk}`];
  return [
    `${location} To enter it, as root:`,
    `  mkdir -p -m 0700 ${path}`,
    ...mounts.map(({ partition, target, options }) =>
      [
        '  mount',
        ...options.map((one) => `-o ${one}`),
        `/dev/${partition}`,
        `${path}${target === '/' ? '' : target}`,
      ].join(' '),
    ),
    `  mount --bind /dev ${path}/dev && mount -t proc proc ${path}/proc && mount -t sysfs sysfs ${path}/sys`,
    `  chroot ${path}`,
    'To unmount it (a mounted volume is not deleted):',
    `  umount -R ${path} && rmdir ${path}`,
  ];
}
