import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { StepOptions } from './action.js';
import type { Lane } from './lane.js';
import { type Fate, type Watched, watchPrograms } from './local-programs.js';
import type { Ran } from './process.js';

/** A start of a program that goes wrong. */
export interface WrongStart {
  readonly start: number;
  readonly fate: Fate;
  /** It is a command of the user, which may take as long as it likes. */
  readonly isOwn: boolean;
}

interface Seen {
  readonly starts: readonly string[];
  readonly hanging: readonly number[];
}

/** Watches the programs that a step starts in a lane. */
export function watched(
  lane: Lane,
  wrong?: { readonly start: number; readonly fate: Fate },
): { readonly wrap: NonNullable<StepOptions['wrap']>; readonly look: () => Seen } {
  let watch: Watched | undefined;
  const wrap = (argv: readonly string[]) => {
    const work = mkdtempSync(join(lane.cloud.folder, 'work/'));
    watch = watchPrograms(join(lane.cloud.folder, 'programs'), work, argv, wrong);
    return watch.argv;
  };
  return { wrap, look: () => ({ starts: watch?.starts() ?? [], hanging: watch?.hanging() ?? [] }) };
}

/** What is wrong with what a step told of a program that went wrong. */
export function wrongToldOf(
  { code, lines }: Pick<Ran, 'code' | 'lines'>,
  { start, fate, isOwn }: WrongStart,
  { hanging, starts }: Seen,
): string[] {
  const told = lines.filter(({ line }) => (code === 0 ? /^::(warning|notice)/ : /^::error/).test(line));
  const why =
    fate === 'fails'
      ? /broken on purpose|exited with 42/
      : isOwn
        ? /cancelled/
        : /did not (end|answer) within 1 s|took longer than 2 s/;
  return [
    ...(starts.length < start ? ['it was never started'] : []),
    ...(told.some(({ line }) => why.test(line))
      ? []
      : [`not told of ${starts[start - 1]}: ${told.map(({ line }) => line).join()}`]),
    ...(code !== 0 && told.length !== 1 ? [`${told.length} errors`] : []),
    ...hanging.map((pid) => `process ${pid} hangs still`),
  ];
}
