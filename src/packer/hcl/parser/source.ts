import type { Position } from '../problem.js';

/** A text that is parsed. */
export interface Source {
  readonly text: string;
  /** The position of a place in it; rows and columns count from 0. */
  readonly position: (point: { readonly row: number; readonly column: number }) => Position;
}

/** A text of a file. @param linesBefore lines of the text that are not in the file */
export const sourceOf = (text: string, file: string, linesBefore = 0): Source => ({
  text,
  position: ({ row, column }) => ({ file, line: Math.max(1, row + 1 - linesBefore), column: column + 1 }),
});
