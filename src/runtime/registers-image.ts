import type { ImageConfig } from '../config/options/table.js';

/** Whether a build registers an OMI. */
export const registersImage = ({
  skip_create_omi,
  keep_volume,
}: Pick<ImageConfig, 'skip_create_omi' | 'keep_volume'>): boolean =>
  !skip_create_omi && keep_volume !== 'only';
