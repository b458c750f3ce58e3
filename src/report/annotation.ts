import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { SourceLocation } from '../common/errors.js';
import type { Failure } from './failure.js';

/** Characters that the runner keeps of a message; it cuts the rest (actions/runner, `AddIssue`). */
const limit = 4096;

const note = '(More lines follow in the log.)';

/** The text of an annotation, and the lines that it lacks. */
export interface Fitted {
  readonly text: string;
  readonly rest: readonly string[];
}

/**
 * Shortens an error to an annotation: the hint always, then as many lines of the message, of the failed undo
 * operations and of the output as the limit allows. They are shown in the order of `failureText`.
 */
export function shorten({ message, hint, undoing, output }: Failure): Fitted {
  const shownHint = hint === undefined ? [] : [hint.slice(0, limit / 2)];
  let left = limit - note.length - shownHint.join('').length - 2;
  const rest: string[] = [];
  const take = (lines: readonly string[]): string[] => {
    const taken: string[] = [];
    let isFull = false;
    for (const line of lines) {
      isFull ||= line.length + 1 > left;
      if (isFull) rest.push(line);
      else {
        taken.push(line);
        left -= line.length + 1;
      }
    }
    return taken;
  };
  const [first = '', ...more] = message.split('\n');
  const start = first.slice(0, Math.max(0, left - 1));
  left -= start.length + 1;
  if (start !== first) rest.push(first);
  const lines = [start, ...take(more)];
  const undone = take(undoing.flatMap((one) => one.split('\n')));
  // The last lines of an output say most.
  const before = rest.length;
  const tail = take(output.toReversed()).toReversed();
  rest.push(...rest.splice(before).toReversed());
  lines.push(...tail, ...undone, ...shownHint);
  if (hint !== undefined && shownHint[0] !== hint) rest.push(hint);
  return { text: [...lines, ...(rest.length === 0 ? [] : [note])].join('\n'), rest };
}

/** Shortens a notice or a warning. */
export const shortenText = (message: string): Fitted => shorten({ message, undoing: [], output: [] });

/** The properties of an annotation at a file of the workspace; undefined for any other file. */
export function positionIn(
  workspace: string | undefined,
  location: SourceLocation | undefined,
): { readonly file: string; readonly startLine?: number; readonly startColumn?: number } | undefined {
  if (workspace === undefined || location === undefined) return undefined;
  const path = resolve(workspace, location.file);
  const file = relative(workspace, path);
  if (file === '' || file.startsWith('..') || isAbsolute(file) || !existsSync(path)) return undefined;
  const { line, column } = location;
  return {
    file,
    ...(line === undefined ? {} : { startLine: line }),
    ...(column === undefined ? {} : { startColumn: column }),
  };
}
