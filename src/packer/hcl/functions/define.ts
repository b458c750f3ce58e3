import type { Setting } from '../evaluate/scope.js';
import type { Hcl, UnknownType } from '../values/value.js';

/** A function of HCL. Unknown arguments never reach it. */
export interface HclFunction {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** The type of its value, if an argument is unknown; text by default. */
  readonly gives?: UnknownType;
  /** @throws HclError whose problem follows the name of the function */
  readonly run: (args: readonly Hcl[], setting: Setting) => Hcl;
}

/** Functions by name. */
export type Functions = Readonly<Record<string, HclFunction>>;

/** A function of a fixed number of arguments. */
export const fixed = (
  count: number,
  run: (args: readonly Hcl[], setting: Setting) => Hcl,
  gives: UnknownType = 'text',
): HclFunction => ({ least: count, most: count, run, gives });

/** A function of at least some arguments. */
export const atLeast = (
  least: number,
  run: (args: readonly Hcl[], setting: Setting) => Hcl,
  gives: UnknownType = 'text',
): HclFunction => ({ least, most: Number.POSITIVE_INFINITY, run, gives });

/** An argument; null if it is not there. */
export const argument = (args: readonly Hcl[], index: number): Hcl => args[index] ?? null;
