import { group, option } from '../option.js';
import { wholeNumber } from '../types/scalars.js';
import { oneOf } from '../types/text.js';

/** The root volume. */
export const volume = group({
  root_volume_size: option(wholeNumber({ min: 1, max: 14_901, unit: 'GiB' }), {
    text: "Size of the root volume in GiB. It cannot be smaller than the source's.",
    otherwise: "the source's",
  }),
  root_volume_type: option(oneOf('standard', 'gp2', 'io1'), {
    text: "Type of the root volume; `io1` only if the source's is `io1`.",
    otherwise: "the source's",
  }),
});
