import type { Elsewhere } from '../../ledger/elsewhere.js';
import type { ResourceTag } from '../../outscale/api.js';
import type { Tools } from '../../runtime/tools.js';

/** An output, and its value. */
export type FoundOutput = readonly ['export-url' | 'export-manifest', string];

/** The copies of an OMI outside of its account or region. */
export interface FoundCopies {
  /** The outputs that name its export. */
  readonly outputs: readonly FoundOutput[];
  /** The OMI in other regions. */
  readonly regions: readonly FoundRegion[];
}

/** The OMI in another region, with the tools for that region. */
export interface FoundRegion {
  readonly elsewhere: Elsewhere;
  readonly image: FoundImage;
  readonly tools: Tools;
}

/** An OMI that is what a build would create. */
export interface FoundImage {
  readonly id: string;
  readonly name: string;
  readonly snapshot: { readonly id: string; readonly size: number | undefined };
  /** Tags of the OMI and of its snapshot that it lacks. */
  readonly lacks: { readonly image: readonly ResourceTag[]; readonly snapshot: readonly ResourceTag[] };
  readonly copies: FoundCopies;
}
