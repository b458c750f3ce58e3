import type { BuildConfig } from '../config/options/table.js';
import { planVolume } from '../outscale/images/root-volume.js';
import type { Target } from '../steps/build-context.js';
import type { Tags } from '../steps/labels.js';
import { titleOf } from '../steps/provision.js';
import type { Files, Task } from '../steps/scripts.js';
import { copyPhase } from './regions/phase.js';

/** A step of a build: the title of its phase, and what it would do. */
export interface PlannedStep {
  readonly title: string;
  readonly details: readonly string[];
}

/** What the checks of a build found. */
export interface PlanFacts {
  readonly target: Target;
  readonly tasks: readonly Task[];
  readonly volumeTags: Tags;
  /** The device name of the volume, unless another build takes it first. */
  readonly device: string;
  /** Whether the source of another account has to be copied. */
  readonly needsCopy: boolean;
}

/** The steps of a build after its checks, in their order; a test compares them with the phases of a build. */
export function plannedSteps(config: BuildConfig, facts: PlanFacts): PlannedStep[] {
  return [
    ...stepsToVolume(config, facts),
    ...stepsInImage(config, facts),
    ...stepsToImage(config, facts),
    ...onlyIf(hasCache(config), step('Keep cache')),
  ];
}

const step = (title: string, ...details: readonly (string | false)[]): PlannedStep => ({
  title,
  details: details.filter((line) => line !== false),
});

const hasCache = ({ provision }: Pick<BuildConfig, 'provision'>): boolean =>
  (provision.cache ?? []).length > 0;

const onlyIf = (condition: boolean, one: PlannedStep): PlannedStep[] => (condition ? [one] : []);

const tagsLine = (tags: Tags): string | false => {
  const all = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return all.length > 0 && `tags: ${all.join(', ')}`;
};

function stepsToVolume(config: BuildConfig, facts: PlanFacts): PlannedStep[] {
  const { source, vm } = facts.target;
  const { Size, VolumeType, Iops, SnapshotId } = planVolume(config.volume, source?.root);
  const size = [Size && `${Size} GiB`, VolumeType, Iops && `${Iops} IOPS`].filter(Boolean).join(', ');
  const file = source?.file;
  const from = facts.needsCopy ? 'the copy' : (SnapshotId ?? 'scratch');
  return [
    ...onlyIf(
      file !== undefined,
      step('Fetch source image', file?.location ?? '', `SHA-256 ${file?.sha256 ?? ''}`),
    ),
    ...onlyIf(facts.needsCopy, step('Copy source', `${source?.origin.id} into this account`)),
    step(
      'Create volume',
      file === undefined
        ? `from ${from}${size === '' ? '' : `: ${size}`}`
        : `empty: ${size}${Size === undefined ? ', of the size of the image' : ''}`,
      tagsLine(facts.volumeTags),
    ),
    step('Attach', `to ${vm.vmId} as ${facts.device}`),
    ...onlyIf(file !== undefined, step('Write source image', 'without its zeros')),
  ];
}

function stepsInImage(
  { mount, provision, source, quality, bootTest }: BuildConfig,
  { target, tasks }: PlanFacts,
): PlannedStep[] {
  const { pre_mount_commands: before, post_mount_commands: after, copy_files: lent } = mount;
  const copies = lent ?? (source.from_scratch ? [] : ['/etc/resolv.conf']);
  return [
    ...onlyIf(before.length > 0, step('Pre-mount commands', ...before.map((line) => `$ ${line}`))),
    step(
      'Mount',
      `partition ${mount.mount_partition} at ${mount.mount_path}`,
      target.growth === 'required' && 'the root partition and filesystem are grown',
      target.growth === 'optional' && 'the root partition and filesystem are grown if the disk is larger',
    ),
    ...onlyIf(after.length > 0, step('Post-mount commands', ...after.map((line) => `$ ${line}`))),
    step(
      'Prepare chroot',
      `mounts: ${mount.chroot_mounts.map(({ target: at }) => at).join(', ') || 'none'}`,
      `files of the VM: ${copies.join(', ') || 'none'}`,
      provision.prevent_service_start && 'services do not start',
    ),
    step('Inspect source'),
    ...onlyIf(hasCache({ provision }), step('Mount cache', (provision.cache ?? []).join(', '))),
    ...tasks.map((task) => step(titleOf(task), ...(task.kind === 'files' ? task.files.map(copyLine) : []))),
    step('Leave chroot'),
    ...onlyIf(quality.seal.length > 0, step('Seal', quality.seal.join(', '))),
    step('Inspect image', `lint: ${quality.lint}`),
    ...onlyIf(quality.sbom !== false, step('Write SBOM')),
    step('Trim', 'if the disk can discard'),
    step('Unmount'),
    ...onlyIf(
      bootTest.boot_test.length > 0,
      step(
        'Boot test',
        `in QEMU: ${[...new Set(bootTest.boot_test)].join(', ')}`,
        `until the console shows ${bootTest.boot_test_expect ?? 'a login prompt'}`,
      ),
    ),
  ];
}

const copyLine = (file: Files['files'][number]): string =>
  `${'source' in file ? file.source : 'content'} → ${file.destination}`;

function stepsToImage({ image, copies }: BuildConfig, { target, volumeTags }: PlanFacts): PlannedStep[] {
  const { labels, replaces } = target;
  const snapshot = [
    step('Request snapshot', `of the volume, ${labels.name}`, tagsLine(labels.snapshotTags)),
    step('Request detachment', 'while the snapshot is taken'),
    step('Snapshot'),
  ];
  const marking = onlyIf(image.keep_volume !== false, step('Keep volume', tagsLine(volumeTags)));
  const { export: wanted } = copies;
  const exporting = onlyIf(
    wanted !== undefined,
    step(
      'Export',
      `${wanted?.format} to ${wanted?.bucket}/${wanted?.prefix}`,
      wanted?.manifest === true && 'with a manifest',
    ),
  );
  const copying = copyStep(copies, target);
  const isReplacing = replaces !== undefined;
  if (image.keep_volume === 'only') return marking;
  if (image.skip_create_omi) return [...snapshot, ...exporting, ...marking];
  const { omi_account_ids: accounts, snapshot_users: users } = image;
  const isPublic = image.global_permission || image.omi_groups.length > 0;
  return [
    ...snapshot,
    // A replaced OMI goes only after all regions are done.
    ...(isReplacing ? copying : []),
    ...onlyIf(isReplacing, step('Remove replaced OMI', `${replaces?.ImageId} ${labels.name}`)),
    step('Register OMI', labels.name, labels.description ?? false, tagsLine(labels.tags)),
    step(
      'Share and read back',
      accounts.length > 0 && `OMI with ${accounts.join(', ')}`,
      isPublic && 'OMI with every account',
      users.length > 0 && `snapshot with ${users.join(', ')}`,
      image.snapshot_groups.length > 0 && 'snapshot with every account',
    ),
    ...(isReplacing ? [] : copying),
    ...exporting,
    ...marking,
  ];
}

function copyStep(
  { export_bucket: bucket, omi_regions_on_failure: onFailure }: BuildConfig['copies'],
  { regions = [] }: Target,
): PlannedStep[] {
  return onlyIf(
    regions.length > 0,
    step(
      copyPhase,
      `through bucket ${bucket}`,
      ...regions.map(({ elsewhere: { region }, name, replaces }) =>
        [`to ${region} as ${name}`, replaces && `in place of ${replaces.ImageId}`].filter(Boolean).join(', '),
      ),
      `if a region fails: ${onFailure}`,
    ),
  );
}
