import { BuildError } from '../common/errors.js';
import type { Tools } from './tools.js';

/** A script that failed or exceeded its time limit. Running it again may succeed. */
export class ScriptError extends BuildError {
  override name = 'ScriptError';
}

/** Runs a script again, at most `maxRetries` times, while it fails with a ScriptError. */
export async function withRetries(
  { name, maxRetries }: { readonly name: string; readonly maxRetries: number },
  run: () => Promise<void>,
  { report, signal }: Pick<Tools, 'report' | 'signal'>,
): Promise<void> {
  for (let retry = 1; ; retry += 1) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ScriptError) || retry > maxRetries || signal.aborted) throw error;
      report.warn(`${error.message}. Running ${name} again (retry ${retry} of ${maxRetries})`);
    }
  }
}

/** A signal that is aborted with a ScriptError when a script reaches its time limit, in milliseconds. */
export function timeLimit({
  name,
  timeout,
}: {
  readonly name: string;
  readonly timeout: number | undefined;
}): Disposable & { readonly signal: AbortSignal } {
  const overdue = new AbortController();
  const late = (): void =>
    overdue.abort(
      new ScriptError(
        `the script ${name} took longer than ${(timeout ?? 0) / 1000} s and was killed, with every process it started`,
        { hint: 'Raise provision_timeout, or timeout of the provisioner.' },
      ),
    );
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
  return { signal: overdue.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
