import type { Tools } from '../../runtime/tools.js';
import type { Target } from '../../steps/build-context.js';
import type { RegionalImage } from './one-region.js';

/** Sets the output with the IDs of the OMI by region. */
export function reportIds(
  { vm }: Pick<Target, 'vm'>,
  { id }: { readonly id: string },
  copies: readonly Pick<RegionalImage, 'elsewhere' | 'id'>[],
  { report }: Pick<Tools, 'report'>,
): void {
  const others = copies.map((one) => [one.elsewhere.region, one.id]);
  report.output('omi-ids', JSON.stringify({ [vm.region]: id, ...Object.fromEntries(others) }));
}
