import type { Position } from '../problem.js';
import type { Hcl } from '../values/value.js';

/** A part of a text with expressions. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly of: Expression }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly whenTrue: readonly Part[];
      readonly whenFalse: readonly Part[];
    }
  | {
      readonly kind: 'for';
      readonly names: readonly string[];
      readonly over: Expression;
      readonly body: readonly Part[];
    };

/** A step of a splat: an attribute, or an index. */
export type Step = { readonly name: string } | { readonly key: Expression };

/** An expression of HCL, with its position. */
export type Expression = { readonly at: Position } & (
  | { readonly kind: 'value'; readonly value: Hcl }
  | { readonly kind: 'template'; readonly parts: readonly Part[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'object';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
    }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'splat'; readonly of: Expression; readonly steps: readonly Step[] }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly isExpanded: boolean;
    }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly first: Expression;
      readonly second: Expression;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | For
);

/** A `for` expression: a list, or a map if it has a key. */
export interface For {
  readonly kind: 'for';
  readonly names: readonly string[];
  readonly over: Expression;
  readonly key: Expression | undefined;
  readonly value: Expression;
  /** Whether values of one key are collected in a list. */
  readonly isGrouped: boolean;
  readonly condition: Expression | undefined;
}

/** `name = value`. */
export interface Attribute {
  readonly name: string;
  readonly value: Expression;
  readonly at: Position;
}

/** `type "label" { … }`. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  readonly at: Position;
}

/** The content of a file or a block. */
export interface Body {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly blocks: readonly HclBlock[];
}

/** A body without content. */
export const emptyBody: Body = { attributes: new Map(), blocks: [] };
