import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { StepOptions } from './action.js';
import { type Fate, type Watched, watchPrograms } from './local-programs.js';
import type { Ran } from './process.js';
import type { Worker } from './worker.js';

/** A start of a program that fails or hangs. */
export interface WrongStart {
  readonly start: number;
  readonly fate: Fate;
  /** It is a command of the user, which may take as long as it likes. */
  readonly isOwn: boolean;
}

interface Observed {
  readonly starts: readonly string[];
  readonly hanging: readonly number[];
}

/** Watches the programs that a step starts in a worker. */
export function watched(
  worker: Worker,
  problems?: { readonly start: number; readonly fate: Fate },
): { readonly wrap: NonNullable<StepOptions['wrap']>; readonly inspect: () => Observed } {
  let watch: Watched | undefined;
  const wrap = (argv: readonly string[]) => {
    const work = mkdtempSync(join(worker.cloud.folder, 'work/'));
    watch = watchPrograms(join(worker.cloud.folder, 'programs'), work, argv, problems);
    return watch.argv;
  };
  return { wrap, inspect: () => ({ starts: watch?.starts() ?? [], hanging: watch?.hanging() ?? [] }) };
}

/** The problems of the messages that a step logged about a failed program. */
export function problemsReported(
  { code, lines }: Pick<Ran, 'code' | 'lines'>,
  { start, fate, isOwn }: WrongStart,
  { hanging, starts }: Observed,
): string[] {
  const reported = lines.filter(({ line }) => (code === 0 ? /^::(warning|notice)/ : /^::error/).test(line));
  const why =
    fate === 'fails'
      ? /broken on purpose|exited with 42/
      : isOwn
        ? /cancelled/
        : /did not (end|answer) within 2 s|took longer than 2 s/;
  return [
    ...(starts.length < start ? ['it was never started'] : []),
    ...(reported.some(({ line }) => why.test(line))
      ? []
      : [`not told of ${starts[start - 1]}: ${reported.map(({ line }) => line).join()}`]),
    ...(code !== 0 && reported.length !== 1 ? [`${reported.length} errors`] : []),
    ...hanging.map((pid) => `process ${pid} hangs still`),
  ];
}
