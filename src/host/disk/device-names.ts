const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
const first = letters.slice(1);

/** The suffix that all spellings of an API device name share: `b` of /dev/xvdb, /dev/sdb and sdb. */
export const suffixOf = (name: string): string | undefined =>
  /^(?:\/dev\/)?(?:sd|xvd)([b-z][a-z]?)$/.exec(name)?.[1];

/**
 * Every device name that LinkVolume accepts (schema LinkVolumeRequest, DeviceName), in the /dev/xvd spelling,
 * short names first.
 */
export const allNames: readonly string[] = [
  ...first.map((letter) => `/dev/xvd${letter}`),
  ...first.flatMap((one) => letters.map((two) => `/dev/xvd${one}${two}`)),
];

/**
 * The device names that neither the API nor the VM lists as used. All spellings of a name are the same name:
 * a volume that the API attached as /dev/xvdb can appear as /dev/sdb, or only as a link below
 * /dev/disk/by-id.
 */
export function freeNames(taken: Iterable<string>): string[] {
  const used = new Set([...taken].map(suffixOf));
  return allNames.filter((name) => !used.has(suffixOf(name)));
}

/** The end of the name of a link below /dev/disk/by-id on Outscale: `scsi-0QEMU_QEMU_HARDDISK_sdb`. */
export const apiName = /_((?:sd|xvd)[a-z]{1,2})$/;
