import { expect, test } from '@jest/globals';
import { BoundedText } from '../../../src/runtime/console-file.js';

function written(lines: readonly string[]): string {
  let text = '';
  const bounded = new BoundedText(
    (part) => {
      text += part;
    },
    { head: 20, tail: 10 },
  );
  for (const line of lines) bounded.add(line);
  bounded.end();
  return text;
}

test('a console that fits is written as it is', () => {
  expect(written(['one', 'two'])).toBe('one\ntwo\n');
});

test('of a longer one, the beginning and the end are written', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `${index + 100}`);
  expect(written(lines)).toBe('100\n101\n102\n103\n104\n(993 lines are left out here)\n1098\n1099\n');
});
