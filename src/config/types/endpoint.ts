import { endpointOf } from '../kit/endpoint.js';
import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

/** An endpoint in one of its spellings, kept as written: the region may not be known yet. */
export const endpoint: Type<string> = {
  name: 'text',
  placeholder: 'URL',
  read(value) {
    const written = readText(value);
    try {
      endpointOf(written, 'region');
    } catch {
      refuse(
        'makes no API endpoint',
        'write a URL, api.HOST, or a suffix such as outscale.com/api/v1',
        written,
      );
    }
    return written;
  },
};
