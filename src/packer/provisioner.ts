import type { Render } from './render.js';
import type { Findings, Path, Value } from './template.js';

/** A provisioner whose expressions are replaced by their values. */
export interface Provisioner {
  readonly values: ReadonlyMap<string, Value>;
  readonly at: Path;
  readonly findings: Findings;
  /** Renders a value that was left as it is. */
  readonly render: Render;
  /** Environment variables of scripts. */
  readonly env: Readonly<Record<string, string>>;
}
