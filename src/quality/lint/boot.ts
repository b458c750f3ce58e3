import { isEfiSystem, type Partition } from '../../host/disk/partitions.js';
import { linesOf } from './accounts.js';
import { bootFile } from './loader.js';
import type { LintedImage, Problem } from './types.js';

/** The content of an EFI system partition is not visible unless it is mounted. */
export const bootLoader = ({ loader, partitions }: LintedImage): Problem[] =>
  loader().files.length > 0 || partitions.some(isEfiSystem)
    ? []
    : [{ file: '/boot', problem: 'contains no configuration of a boot loader' }];

export function bootKernel({ tree, loader }: LintedImage): Problem[] {
  const { files, entries } = loader();
  const [first] = files;
  if (first !== undefined && entries.length === 0) return [{ file: first, problem: 'boots no kernel' }];
  return distinct(
    entries
      .filter(({ kernel }) => bootFile(tree, kernel) === undefined)
      .map(({ file, kernel }) => ({ file, problem: `boots ${kernel}, which does not exist` })),
  );
}

/** The kernel finds a UUID or label of a filesystem only with an initramfs. */
export function bootInitramfs({ tree, loader }: LintedImage): Problem[] {
  const { entries } = loader();
  return distinct(
    entries.flatMap(({ file, kernel, initramfs, options }) => [
      ...initramfs
        .filter((path) => !path.includes('$') && bootFile(tree, path) === undefined)
        .map((path) => ({ file, problem: `loads ${path}, which does not exist` })),
      ...(initramfs.length === 0 && options.some((one) => /^root=(UUID|LABEL)=/.test(one))
        ? [{ file, problem: `boots ${kernel} without an initramfs, so the kernel cannot find root=UUID=` }]
        : []),
    ]),
  );
}

/** Sources of `root=` and of fstab(5), with the file that names them. */
function sourcesOf({ tree, loader }: LintedImage): { file: string; source: string }[] {
  const ofKernels = loader().entries.flatMap(({ file, options }) =>
    options.flatMap((one) => (one.startsWith('root=') ? [{ file, source: one.slice(5) }] : [])),
  );
  const ofFstab = linesOf(tree, '/etc/fstab').flatMap((line) => {
    const [source = '', , , options = ''] = line.trim().split(/\s+/);
    const isOptional = /(^|,)(nofail|noauto)(,|$)/.test(options);
    return source === '' || source.startsWith('#') || isOptional ? [] : [{ file: '/etc/fstab', source }];
  });
  return [...ofKernels, ...ofFstab];
}

/** UUIDs and labels that no partition of the disk has. Those inside LVM, LUKS or RAID are not known. */
export function bootUuid(image: LintedImage): Problem[] {
  if (
    image.partitions.some(({ filesystem = '' }) =>
      /^(LVM2_member|crypto_LUKS|linux_raid_member)$/.test(filesystem),
    )
  )
    return [];
  const searched = image.loader().searched.map(({ file, uuid }) => ({
    file,
    source: `UUID=${uuid}`,
  }));
  return distinct(
    [...sourcesOf(image), ...searched]
      .filter(({ source }) => !existsIn(image.partitions, source))
      .map(({ file, source }) => ({ file, problem: `names ${source}, which no partition of the disk has` })),
  );
}

const fields: ReadonlyMap<string, 'uuid' | 'label' | 'partUuid' | 'partLabel'> = new Map([
  ['UUID', 'uuid'],
  ['LABEL', 'label'],
  ['PARTUUID', 'partUuid'],
  ['PARTLABEL', 'partLabel'],
] as const);

/** Whether a source is not a tag of fstab(5), or a partition has it. */
function existsIn(partitions: readonly Partition[], source: string): boolean {
  const [, tag = '', quoted = ''] = /^(\w+)=(.*)$/.exec(source) ?? [];
  const field = fields.get(tag);
  if (field === undefined) return true;
  const value = quoted.replaceAll('"', '').toLowerCase();
  return value.includes('$') || partitions.some((one) => one[field]?.toLowerCase() === value);
}

/** Device names of this VM or of other platforms. The root of an Outscale VM is /dev/vda. */
export const bootDeviceName = (image: LintedImage): Problem[] =>
  distinct(
    sourcesOf(image)
      .filter(({ source }) => /^\/dev\/(loop|xvd|sd|hd|nvme|nbd)/.test(source))
      .map(({ file, source }) => ({ file, problem: `names the device ${source}` })),
  );

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.file} ${one.problem}`, one])).values()];
}
