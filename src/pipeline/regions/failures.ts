import { BuildError, describe, unwrap } from '../../common/errors.js';
import type { Tools } from '../../runtime/tools.js';
import type { RegionalWork } from './one-region.js';

/** Runs the work of the regions, and collects their failures. */
export class RegionalFailures {
  readonly #stop = new AbortController();
  readonly #failed: { readonly region: string; readonly error: unknown }[] = [];

  /** @param stopsOthers whether the first failure stops the other regions */
  constructor(private readonly stopsOthers: boolean) {}

  /** Aborted once a region has failed and the others shall stop. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Runs a part of the work in all regions in parallel. What a region that fails has created is removed; what
   * cannot be removed stays in the ledger.
   * @returns the results of those that succeed
   */
  async inParallel<W extends Pick<RegionalWork, 'elsewhere' | 'tools' | 'stack'>, T>(
    works: readonly W[],
    run: (work: W) => Promise<T>,
  ): Promise<readonly T[]> {
    const results = await Promise.all(
      works.map(async (work) => {
        try {
          return [await run(work)];
        } catch (error) {
          this.#add(work.elsewhere.region, causeOf(error, work.tools));
          await work.stack[Symbol.asyncDispose]().catch((left: unknown) =>
            work.tools.report.warn(describe(left)),
          );
          return [];
        }
      }),
    );
    return results.flat();
  }

  /** The first failure, as the error of the build. Logs the others as warnings. */
  error({ report }: Pick<Tools, 'report'>): BuildError | undefined {
    const [first, ...more] = this.#failed;
    for (const { region, error } of more) report.warn(describe(failureOf(region, error)));
    return first && failureOf(first.region, first.error);
  }

  #add(region: string, error: unknown): void {
    // A region that was stopped has not failed itself.
    if (this.stop.aborted) return;
    this.#failed.push({ region, error });
    if (this.stopsOthers) this.#stop.abort(new BuildError(`stopped, because ${region} failed`));
  }
}

/** The error of a build whose OMI was not copied. */
export const failureOf = (to: string, cause: unknown): BuildError =>
  new BuildError(`The OMI was not copied to ${to}`, { cause });

/** The error that ended some work. Warns of the failures of the cleanup after it. */
export function causeOf(error: unknown, { report }: Pick<Tools, 'report'>): unknown {
  const { cause, undoing } = unwrap(error);
  for (const left of undoing) report.warn(describe(left));
  return cause;
}
