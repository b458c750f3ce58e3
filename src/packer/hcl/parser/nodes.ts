import type { Node } from 'web-tree-sitter';
import type { Expression } from './syntax.js';

/** Reads expressions inside another one. */
export type Read = (node: Node) => Expression;

/** The children of a node without comments. */
export const childrenOf = (node: Node): Node[] => node.children.filter(({ type }) => type !== 'comment');
