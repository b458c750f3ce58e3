const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
const first = letters.slice(1);

/** The part of an API device name that is the same in all its spellings: `b` of /dev/xvdb, /dev/sdb, sdb. */
export const suffixOf = (name: string): string | undefined =>
  /^(?:\/dev\/)?(?:sd|xvd)([b-z][a-z]?)$/.exec(name)?.[1];

/** Every name LinkVolume takes (schema LinkVolumeRequest, DeviceName), in its /dev/xvd spelling, short ones first. */
export const allNames: readonly string[] = [
  ...first.map((letter) => `/dev/xvd${letter}`),
  ...first.flatMap((one) => letters.map((two) => `/dev/xvd${one}${two}`)),
];

/**
 * The names that neither the API's view of the VM nor the VM itself has taken. The spellings of a name count as
 * one: what the API calls /dev/xvdb may be seen as /dev/sdb, or only as a link below /dev/disk/by-id.
 */
export function freeNames(taken: Iterable<string>): string[] {
  const used = new Set([...taken].map(suffixOf));
  return allNames.filter((name) => !used.has(suffixOf(name)));
}

/** The end of a link by which Outscale's disks are found: `scsi-0QEMU_QEMU_HARDDISK_sdb`. */
export const apiName = /_((?:sd|xvd)[a-z]{1,2})$/;
