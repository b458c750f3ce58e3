import type { Findings, Path } from '../../template.js';
import { HclError, type Position, shownPosition } from '../problem.js';

/** Collects the mistakes of a template, and the positions of its parts. */
export class Mistakes {
  /** Positions by path; those of problems by the path object itself. */
  private readonly positions = new Map<string, string>();
  private readonly exact = new WeakMap<Path, string>();

  constructor(
    readonly findings: Findings,
    /** The position of what has no other one. */
    private readonly whole: string,
  ) {}

  /** Remembers where a part of the template is. */
  remember(path: Path, at: Position): void {
    this.positions.set(path.join('\0'), shownPosition(at));
  }

  /** The position of a part, or of the closest part around it. */
  position(path: Path): string {
    const exact = this.exact.get(path);
    if (exact !== undefined) return exact;
    for (let length = path.length; length > 0; length -= 1) {
      const found = this.positions.get(path.slice(0, length).join('\0'));
      if (found !== undefined) return found;
    }
    return this.whole;
  }

  /** Reports a mistake at a position. */
  report(path: Path, at: Position, problem: string, fix: string): void {
    const own = [...path];
    this.exact.set(own, shownPosition(at));
    this.findings.problem(own, problem, fix);
  }

  /** Does work; reports its HclError. @returns undefined after an error */
  attempt<T>(path: Path, at: Position, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof HclError)) throw error;
      this.report(path, error.at ?? at, error.problem, error.fix);
      return undefined;
    }
  }
}
