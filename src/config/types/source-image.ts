import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { path } from './path.js';
import { matching, readText } from './text.js';

/** A scheme, which paths do not begin with. */
const scheme = /^[a-z][a-z\d+.-]*:\/\//i;

/** Whether a location of an image is a URL. */
export const isUrl = (location: string): boolean => scheme.test(location);

/** The path of a disk image, or an https URL without credentials. */
export const imageLocation: Type<string> = {
  name: 'path or URL',
  placeholder: 'path|URL',
  read(value, notice) {
    const written = readText(value);
    if (!isUrl(written)) return path.read(value, notice);
    const parsed = URL.canParse(written) ? new URL(written) : undefined;
    if (parsed?.protocol !== 'https:' || parsed.hostname === '')
      return refuse('is not an https URL', 'write a path, or https://HOST/PATH', written);
    return parsed.username === '' && parsed.password === ''
      ? written
      : refuse('is a URL with credentials', 'write it without user and password');
  },
};

/** A SHA-256 checksum; capitals become small letters. */
export const sha256: Type<string> = {
  ...matching(/^[\da-f]{64}$/i, { kind: 'a SHA-256 checksum', example: '64 hexadecimal digits' }),
  read(value) {
    const written = readText(value).toLowerCase();
    return /^[\da-f]{64}$/.test(written)
      ? written
      : refuse('is not a SHA-256 checksum', 'write 64 hexadecimal digits', written);
  },
};
