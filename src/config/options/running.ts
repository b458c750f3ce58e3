import { group, option } from '../option.js';
import { absolutePath } from '../types/places.js';

/** How a build goes about its work. */
export const running = group({
  state_dir: option(absolutePath, {
    text: 'Where builds write down what they made, so that nothing is left behind when one dies.',
    default: '/var/lib/build-omi',
    otherwise: '`BUILD_OMI_STATE_DIR` or `/var/lib/build-omi`',
    variables: ['BUILD_OMI_STATE_DIR'],
  }),
});
