import { LimitError } from '../problem.js';

/** How many steps an evaluation may take: about one for each part of an expression. */
const mostSteps = 2_000_000;

/** How deep an evaluation may go, through all locals that it uses. */
const deepest = 600;

/** The work that a template may still make, so that no template can block a build. */
export class Budget {
  private left = mostSteps;
  private depth = 0;

  /** Evaluates a part of an expression. @throws LimitError if it is nested too deep, or no steps are left */
  within<T>(work: () => T): T {
    this.spend(1);
    if (this.depth >= deepest)
      throw new LimitError(
        `is nested more than ${deepest} levels deep`,
        'use fewer locals that use each other',
      );
    this.depth += 1;
    try {
      return work();
    } finally {
      this.depth -= 1;
    }
  }

  /** Takes steps. @throws LimitError if none are left */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0)
      throw new LimitError(
        `needs more than ${mostSteps} steps to evaluate`,
        'use smaller lists, or calculate the value in an earlier step of the workflow',
      );
  }
}
