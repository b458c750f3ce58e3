import { basename, dirname } from 'node:path';
import { locationOf, type SourceFile } from './sources.js';

/**
 * Phrases that no message, comment or page uses. A space in them matches a line break with a comment marker,
 * too.
 */
const idioms = [
  '(is|are|was|were|be) told',
  '(put|puts|putting) away',
  'nobody',
  'somebody',
  '(make|makes|making|made) way',
  'is no [a-z]+',
  'for it (is|was|has)',
  'anew',
  'for ever',
];

const gap = String.raw`(?:[^\S\n]+|\s*\n\s*(?:\*|//|#)?\s*)`;
const idiom = new RegExp(String.raw`\b(?:${idioms.join('|').replaceAll(' ', gap)})\b`, 'gi');

/** The idioms in a file: `path:line: phrase`. */
export const idiomsIn = (file: SourceFile): string[] =>
  [...file.text.matchAll(idiom)].map(
    ({ index, 0: phrase }) => `${locationOf(file, index)}: ${phrase.replaceAll(/\s+(?:\*|\/\/)?\s*/g, ' ')}`,
  );

/** The lines with a comment that are wider than 110 columns: `path:line: width`. */
export const wideComments = ({ path, text }: SourceFile): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      line.length > 110 && /^\s*(\/\/|\/?\*)|\s\/\/ /.test(line)
        ? [`${path}:${index + 1}: ${line.length} columns`]
        : [],
    );

/** The folders with more files than this: `folder: number`. */
export function crowdedFolders(files: readonly SourceFile[], most: number): string[] {
  const folders = files.map(({ path }) => dirname(path));
  return [...new Set(folders)].flatMap((folder) => {
    const count = folders.filter((one) => one === folder).length;
    return count > most ? [`${folder}: ${count} files`] : [];
  });
}

/** What a file is called, without its extensions. */
export const nameOf = ({ path }: SourceFile): string => basename(path).replace(/(\.test)?\.\w+$/, '');
