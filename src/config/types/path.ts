import { endpointOf } from '../kit/endpoint.js';
import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { matching, readText } from './text.js';

/** A path on the VM, absolute or relative to the working directory. */
export const path: Type<string> = {
  ...matching(/\S/, { kind: 'a path', example: 'the path of a file', placeholder: 'path' }),
  name: 'path',
};

/** A path that begins with `/` and has no `..` component. */
export const absolutePath: Type<string> = {
  ...matching(/^\/(?!(.*\/)?\.\.(\/|$))/s, {
    kind: 'an absolute path without ".."',
    example: 'one that begins with /',
    placeholder: 'path',
  }),
  name: 'path',
};

/** A mount directory: an absolute path other than `/`, or a template that renders to one. */
export const mountPath: Type<string> = {
  ...matching(/^(\{\{|\/+[^/])(?!(.*\/)?\.\.(\/|$))/s, {
    kind: 'a valid mount directory',
    example: 'an absolute path without ".."',
    placeholder: 'path',
  }),
  name: 'path',
};

/** An HTTP URL without query and fragment; trailing slashes are removed. */
export const url: Type<string> = {
  name: 'URL',
  placeholder: 'URL',
  read(value) {
    const written = readText(value);
    const parsed = URL.canParse(written) ? new URL(written) : undefined;
    const plain = parsed !== undefined && parsed.search === '' && parsed.hash === '';
    return plain && /^https?:$/.test(parsed.protocol)
      ? written.replace(/\/+$/, '')
      : refuse('is not an HTTP URL', 'write http://HOST/PATH or https://HOST/PATH', written);
  },
};

/** An API endpoint in one of its forms. It is kept as written because the region may not be known yet. */
export const endpoint: Type<string> = {
  name: 'text',
  placeholder: 'URL',
  read(value) {
    const written = readText(value);
    try {
      endpointOf(written, 'region');
    } catch {
      refuse(
        'is not an API endpoint',
        'write a URL, api.HOST, or a suffix such as outscale.com/api/v1',
        written,
      );
    }
    return written;
  },
};
