import type { Position } from '../problem.js';
import type { Expression } from './syntax.js';

/** A literal or a sequence of a text, in order. `~` at its start or end removes the white space beside it. */
export type Token = { readonly at: Position; readonly trimsBefore: boolean; readonly trimsAfter: boolean } & (
  | { readonly kind: 'text'; text: string }
  | { readonly kind: 'value' | 'if'; readonly of: Expression }
  | { readonly kind: 'for'; readonly names: readonly string[]; readonly of: Expression }
  | { readonly kind: 'else' | 'endif' | 'endfor' }
);
