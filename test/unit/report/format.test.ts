import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { failureText } from '../../../src/report/failure.js';
import { duration } from '../../../src/report/format.js';
import { inputReader, savedState } from '../../../src/report/inputs.js';
import { Redactor } from '../../../src/report/redact.js';

test.each([
  [0, '0.0 s'],
  [1234, '1.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_500, '1 h 00 min'],
  [7_320_000, '2 h 02 min'],
])('duration: %d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('every occurrence of a secret is redacted, longer secrets first, and each line of a secret', () => {
  const redactor = new Redactor();
  for (const secret of ['abc', 'abcdef', '', ' ', 'line one\nline two', 'a.c$&']) redactor.add(secret);
  expect(redactor.clean('abcdef abc xabcx')).toBe('*** *** x***x');
  expect(redactor.clean('- line two -')).toBe('- *** -');
  expect(redactor.clean('a.c$& axc')).toBe('*** axc');
  expect(redactor.clean('nothing here')).toBe('nothing here');
});

test('the encodings of a secret are redacted, alone and inside a longer text', () => {
  const secret = `a/b+c d?"e'(f)*é~>>?>ÿÿ`;
  const long = Array.from({ length: 30 }, (_, index) => `part-${index}`).join('.');
  const redactor = new Redactor();
  for (const one of [secret, long, 'tiny']) redactor.add(one);
  const alone = (text: string): string[] => {
    const plain = encodeURIComponent(text);
    const strict = plain.replaceAll(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    return [
      plain,
      strict,
      strict.replaceAll('%20', '+'),
      strict.replaceAll(/%../g, (code) => code.toLowerCase()),
      JSON.stringify(text).slice(1, -1),
      Buffer.from(text).toString('base64'),
      Buffer.from(text).toString('base64url'),
    ];
  };
  for (const text of [secret, long])
    for (const form of alone(text)) expect(redactor.clean(`<${form}>`)).toBe('<***>');
  for (const width of [64, 76]) {
    const pattern = new RegExp(`.{1,${width}}`, 'g');
    const all = Buffer.from(long).toString('base64').match(pattern) ?? [];
    // A last line of one or two bytes reveals almost nothing.
    const lines = all.filter((line) => line.length >= 6);
    expect(lines.map((line) => redactor.clean(line))).toEqual(lines.map(() => '***'));
  }
  // The remaining characters depend on the neighbouring bytes.
  for (const before of ['', 'u', 'u:', 'us:'])
    for (const after of ['', '.', '..', '...'])
      for (const form of ['base64', 'base64url'] as const) {
        const clean = redactor.clean(Buffer.from(before + secret + after).toString(form));
        expect(clean).toMatch(/^[\w+/-]{0,4}\*\*\*[\w+/=-]{0,8}$/);
      }
  expect(redactor.clean(Buffer.from('tiny').toString('base64'))).toBe('dGlueQ==');
});

test('inputs are unchanged except for line breaks at the end; empty inputs are undefined', () => {
  const read = inputReader({
    'INPUT_OMI-NAME': ' name ',
    INPUT_RUN: 'one\n\ntwo\n\n',
    INPUT_TAGS: '',
    INPUT_ENV: '\n',
  });
  expect(['omi-name', 'run', 'tags', 'env', 'files'].map(read)).toEqual([
    ' name ',
    'one\n\ntwo',
    undefined,
    undefined,
    undefined,
  ]);
});

test('state saved by the main step', () => {
  expect(savedState({ 'STATE_build-id': 'b1' }, 'build-id')).toBe('b1');
  expect(savedState({ 'STATE_build-id': '' }, 'build-id')).toBeUndefined();
});

test('an error shows the output and the hint of the outermost cause that has them', () => {
  const inner = new BuildError('inner', { output: ['one', 'two'], hint: 'Do this.' });
  const middle = new BuildError('middle', { cause: inner, hint: 'Do that.' });
  expect(failureText(new BuildError('outer', { cause: middle }))).toBe(
    'outer: middle: inner\n  one\n  two\nDo that.',
  );
});

test.each([
  ['EMFILE', 'ulimit -n 1024'],
  ['ENFILE', 'fs.file-max'],
  ['EROFS', 'findmnt'],
])('%s has a hint in every call', (code, hint) => {
  const cause = new Error(`${code}: no, open '/x'`);
  expect(failureText(new BuildError('step', { cause }))).toMatch(
    new RegExp(`^step: ${code}: no.*\n.*${hint}`),
  );
  expect(failureText(new BuildError('step', { cause, hint: 'Own.' }))).toMatch(/\nOwn\.$/);
});
