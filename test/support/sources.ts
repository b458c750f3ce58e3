import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** A file of the repository. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the files that match these patterns, in alphabetical order. Paths are relative to the root of the
 * repository.
 */
export const sourceFiles = (...patterns: readonly string[]): SourceFile[] =>
  globSync([...patterns], { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** The location of an offset: `path:line`. */
export const locationOf = ({ path, text }: SourceFile, offset: number): string =>
  `${path}:${text.slice(0, offset).split('\n').length}`;
