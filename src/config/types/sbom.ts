import type { Type } from '../kit/type.js';
import { path } from './path.js';

/** `true` for the default path, `false` for no file, or a path. */
export const pathOrBoolean: Type<string | boolean> = {
  name: 'path or boolean',
  placeholder: 'path|true',
  read(value, notice) {
    if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    return path.read(value, notice);
  },
};
