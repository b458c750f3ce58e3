import type { Loaded } from '../parser/load.js';
import type { Expression } from '../parser/syntax.js';
import type { Hcl } from '../values/value.js';
import type { Budget } from './budget.js';
import type { TemplateFiles } from './files.js';

/** The values of one kind: `var`, `local`, `data`. */
export interface Namespace {
  /** The value of a name; undefined if it is not declared. @throws HclError if it cannot be evaluated */
  readonly get: (name: string) => Hcl | undefined;
  readonly names: () => readonly string[];
}

/** What functions depend on besides their arguments. */
export interface Setting {
  /** The time of all time functions. */
  readonly startedAt: Date;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory of the build. */
  readonly workspace: string;
  readonly files: TemplateFiles;
  readonly budget: Budget;
  readonly loaded: Loaded;
  readonly notice: (line: string) => void;
  /** Whether the data sources are read before the template is used. */
  readonly readsData: boolean;
}

/** What an expression can use. */
export interface Scope {
  readonly setting: Setting;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** Variables of `for` and `dynamic`, and those of `templatefile`. */
  readonly locals: ReadonlyMap<string, Hcl>;
  /** Functions that are not available here, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Evaluates an expression in a scope. */
export type Evaluate = (expression: Expression, scope: Scope) => Hcl;

/** A scope with more variables. */
export const withLocals = (scope: Scope, more: Iterable<readonly [string, Hcl]>): Scope => ({
  ...scope,
  locals: new Map([...scope.locals, ...more]),
});

/** A namespace of known values. */
export const namespaceOf = (values: ReadonlyMap<string, Hcl>): Namespace => ({
  get: (name) => values.get(name),
  names: () => [...values.keys()],
});
