import picocolors from 'picocolors';

/** Functions that colour text, or return it unchanged. */
export type Colours = ReturnType<typeof picocolors.createColors>;

/** @param isSupported whether the output shows colours unless a variable says otherwise */
export const coloursFor = (
  environment: Readonly<Record<string, string | undefined>>,
  isSupported: boolean,
): Colours => picocolors.createColors(wantsColour(environment, isSupported));

/**
 * Whether to use colours. A non-empty NO_COLOR forbids them (no-color.org); else a FORCE_COLOR other than `0`
 * and `false` demands them (node, `tty.WriteStream.getColorDepth`).
 */
function wantsColour(
  { NO_COLOR: no, FORCE_COLOR: force }: Readonly<Record<string, string | undefined>>,
  isSupported: boolean,
): boolean {
  if (no) return false;
  return force === undefined ? isSupported : !['0', 'false'].includes(force);
}
