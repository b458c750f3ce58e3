/** Texts of `boot_mode` of other builders, as lists of `omi_boot_modes`. */
const bootModes: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['legacy-bios', ['legacy']],
  ['legacy', ['legacy']],
  ['uefi', ['uefi']],
  ['uefi-preferred', ['legacy', 'uefi']],
]);

/** Blocks `{key, value}` as a map of tags; any other value is returned unchanged. */
function tagBlocks(value: unknown): unknown {
  const blocks = Array.isArray(value) ? value : [value];
  if (!blocks.every((one): one is ReadonlyMap<unknown, unknown> => one instanceof Map)) return value;
  return new Map(blocks.map((one) => [one.get('key'), one.get('value')]));
}

/** Legacy names whose values have another form, with the conversion to the current form. */
const conversions: ReadonlyMap<string, (value: unknown) => unknown> = new Map([
  ['boot_mode', (value: unknown) => bootModes.get(value) ?? value],
  ['tpm_support', (value: unknown) => (value === 'v2.0' ? 'true' : value)],
  ...['tag', 'snapshot_tag', 'root_volume_tag'].map((name) => [name, tagBlocks] as const),
]);

/** Whether the values of a legacy name have another form than those of its current name. */
export const hasOwnValues = (name: string): boolean => conversions.has(name);

/** Converts the value of a legacy name to the form of its current name. */
export const currentValue = (name: string, value: unknown): unknown =>
  conversions.get(name)?.(value) ?? value;
