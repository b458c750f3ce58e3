/** A value of a template: a scalar as its text, a list or a map; `null` means that it is not set. */
export type Value = string | null | readonly Value[] | ReadonlyMap<string, Value>;

/** The keys and items that lead to a part of a template: `builders`, `item 1`, `omi_name`. */
export type Path = readonly string[];

/** A builder, provisioner or post-processor. */
export interface Block {
  readonly type: string;
  /** The `name` of the block; undefined if it has none. */
  readonly name: string | undefined;
  /** Its other keys. */
  readonly values: ReadonlyMap<string, Value>;
  readonly at: Path;
}

/** A Packer template, independent of the syntax it was written in. */
export interface Template {
  /** The default of each variable; `null` for a variable that must be given a value. */
  readonly variables: ReadonlyMap<string, string | null>;
  /** The names of the variables whose values are secret. */
  readonly sensitive: readonly string[];
  readonly builders: readonly Block[];
  readonly provisioners: readonly Block[];
  readonly postProcessors: readonly Block[];
  /** The directory of the template, as the user wrote it. */
  readonly directory: string;
}

/** A problem of a template. */
export interface Problem {
  readonly at: Path;
  /** Follows the path: `is not supported`. */
  readonly problem: string;
  /** What to do, in the imperative. */
  readonly fix: string;
}

/** Collects the problems and notices of a template, so that a user sees all of them at once. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly notices: string[] = [];

  problem(at: Path, problem: string, fix: string): void {
    this.problems.push({ at, problem, fix });
  }

  notice(at: Path, text: string): void {
    this.notices.push(`${at.join(', ')}: ${text}`);
  }
}

/** Whether a value is a list. `Array.isArray` does not narrow a read-only list. */
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
