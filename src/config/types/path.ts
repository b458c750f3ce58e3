import { endpointOf } from '../kit/endpoint.js';
import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { matching, readText } from './text.js';

/** A path of the VM, absolute or from the working directory. */
export const path: Type<string> = {
  ...matching(/\S/, { kind: 'a path', example: 'the path of a file', placeholder: 'path' }),
  name: 'path',
};

/** A path that begins with `/` and does not climb. */
export const absolutePath: Type<string> = {
  ...matching(/^\/(?!(.*\/)?\.\.(\/|$))/s, {
    kind: 'an absolute path without ".."',
    example: 'one that begins with /',
    placeholder: 'path',
  }),
  name: 'path',
};

/** A directory to mount at: an absolute path, or a template that makes one; never the root itself. */
export const mountPath: Type<string> = {
  ...matching(/^(\{\{|\/+[^/])(?!(.*\/)?\.\.(\/|$))/s, {
    kind: 'a directory to mount at',
    example: 'an absolute path without ".."',
    placeholder: 'path',
  }),
  name: 'path',
};

/** An address that the program reads from, without the slash at its end. */
export const url: Type<string> = {
  name: 'URL',
  placeholder: 'URL',
  read(value) {
    const written = readText(value);
    const parsed = URL.canParse(written) ? new URL(written) : undefined;
    const plain = parsed !== undefined && parsed.search === '' && parsed.hash === '';
    return plain && /^https?:$/.test(parsed.protocol)
      ? written.replace(/\/+$/, '')
      : refuse('is not a URL to read from', 'write http://HOST/PATH or https://HOST/PATH', written);
  },
};

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
