import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../../common/errors.js';
import { abortable } from '../../common/wait.js';
import { type Command, endGroup, killOverdue, start } from './exec.js';
import { type Limit, limitOf } from './time-limits.js';

/** Time limit of an answer, and the message for a timeout. */
export interface AnswerLimit {
  /** What did not happen, without the time: `the helper did not answer`. */
  readonly late: string;
  readonly kind: Limit;
  readonly signal?: AbortSignal | undefined;
}

/** A process that answers each line of stdin with a line of stdout, and ends when its stdin closes. */
export interface Helper {
  /** The first line that was not read yet. @throws BuildError when it is late or the helper has ended */
  answer(limit: AnswerLimit): Promise<string>;
  /** Sends a line and reads the answer. @throws BuildError as `answer` does */
  ask(line: string, limit: AnswerLimit): Promise<string>;
  /** Closes the stdin of the helper and waits until it has ended. Kills it after a second. */
  end(): Promise<void>;
}

/**
 * Starts a helper. Its process group is killed when an answer is late or `signal` is aborted, because a late
 * answer would be read as the answer to the next line.
 * @param name what ended, in the error for a helper that ended early: `the mount helper`
 * @param options `descriptors`: open descriptors that the helper inherits, as 3, 4 and so on. `env`: its
 *   environment, instead of that of programs of the VM
 */
export function startHelper(
  argv: Command,
  name: string,
  {
    descriptors = [],
    env,
  }: { readonly descriptors?: readonly number[]; readonly env?: NodeJS.ProcessEnv } = {},
): Helper {
  const stdio = ['pipe', 'pipe', 'pipe', ...descriptors] as const;
  const child = start(argv, { cwd: '/', stdio: [...stdio], ...(env === undefined ? {} : { env }) });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new BuildError(`${argv[0]} was started without pipes`);
  let errorOutput = '';
  // Resolves after all output was received.
  const closed = once(child, 'close').catch((error: unknown) => {
    errorOutput += describe(error);
  });
  stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput += text;
  });
  stdin.on('error', () => {});
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();

  const answer = async ({ late, kind, signal }: AnswerLimit): Promise<string> => {
    const limit = limitOf(kind);
    const overdue = AbortSignal.timeout(limit.ms);
    const stop = signal ? AbortSignal.any([overdue, signal]) : overdue;
    const line = await abortable(answers.next(), stop).catch(async (error: unknown) => {
      if (signal?.aborted) endGroup(child);
      signal?.throwIfAborted();
      if (!overdue.aborted) throw error;
      const addition = await killOverdue(child, closed);
      throw new BuildError(`${late} ${limit.text}${addition}`, { hint: limit.hint });
    });
    if (!line.done) return line.value;
    endGroup(child);
    await closed;
    throw new BuildError(`${name} ended${errorOutput ? `: ${errorOutput.trim()}` : ''}`);
  };
  return {
    answer,
    ask: async (line, limit) => {
      stdin.write(`${line}\n`);
      return await answer(limit);
    },
    end: async () => {
      stdin.end();
      await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
      await killOverdue(child, closed);
    },
  };
}
