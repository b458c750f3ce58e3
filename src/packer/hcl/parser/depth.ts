import type { Node } from 'web-tree-sitter';
import { LimitError } from '../problem.js';
import type { Source } from './source.js';

/** How deep blocks and expressions may be nested. */
const deepest = 150;

/** Fails if a template is nested too deep to be evaluated. @throws LimitError */
export function requireDepth(depth: number, node: Node, source: Source): number {
  if (depth < deepest) return depth + 1;
  throw new LimitError(
    `is nested more than ${deepest} levels deep`,
    'split it into locals',
    source.position(node.startPosition),
  );
}
