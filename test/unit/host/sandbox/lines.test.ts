import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { lines } from '../../../../src/host/sandbox/lines.js';

/** The lines of an output that arrives in these parts. */
function linesOf(parts: readonly string[]): string[] {
  const stream = new PassThrough();
  const found: string[] = [];
  const finish = lines(stream, (line) => found.push(line));
  for (const part of parts) stream.emit('data', part);
  finish();
  return found;
}

/** All ways to receive a text in two parts, and its characters one by one. */
const divided = (text: string): string[][] => [
  ...Array.from({ length: text.length + 1 }, (_, at) => [text.slice(0, at), text.slice(at)]),
  text.split(''),
];

test.each([
  ['one\ntwo\n', ['one', 'two']],
  ['one\r\ntwo\r\n', ['one', 'two']],
  ['one\r\r\ntwo', ['one', 'two']],
  ['10 %\r20 %\r100 %\nnext', ['100 %', 'next']],
  ['10 %\r20 %\r100 %\r\nnext', ['100 %', 'next']],
  ['\rReading\r\r\rDone\n', ['Done']],
  ['unfinished 1\runfinished 2\r', ['unfinished 2']],
  ['\n\r\n\n', ['', '', '']],
])('%j is shown as %j, in whatever parts it arrives', (text, expected) => {
  for (const parts of divided(text)) expect(linesOf(parts)).toEqual(expected);
});

test('a progress bar without a line end takes no memory, and a long line is passed on in pieces', () => {
  const bar = Array.from({ length: 100_000 }, (_, index) => `${index}\r`);
  expect(linesOf(bar)).toEqual(['99999']);
  expect(linesOf(['a'.repeat(70_000), 'b\n'])).toEqual(['a'.repeat(70_000), 'b']);
});
