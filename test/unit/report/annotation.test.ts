import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { ConfigError } from '../../../src/config/kit/issues.js';
import { positionIn } from '../../../src/report/annotation.js';
import { failureText } from '../../../src/report/failure.js';
import { onRunner } from './capture.js';

/** Characters that the runner keeps of a message. */
const limit = 4096;

/** The text of an annotation as the runner decodes it. */
const decoded = (line = ''): string =>
  line
    .replace(/^::\w+.*?::/, '')
    .replaceAll('%0A', '\n')
    .replaceAll('%0D', '\r')
    .replaceAll('%25', '%');

const withUndoErrors = (cause: unknown, undoing: readonly Error[]): unknown =>
  undoing.reduce<unknown>(
    (suppressed, error) => Object.assign(new Error('two'), { name: 'SuppressedError', error, suppressed }),
    cause,
  );

const manyMistakes = new ConfigError(
  Array.from({ length: 30 }, (_, index) => ({
    option: `option_${index} (image/build.yml, line ${index + 1}, column 3)`,
    problem: `is not an option ${'x'.repeat(150)}`,
    fix: 'see the list of options',
    hint: `The options are: ${'an_option, '.repeat(60)}the_last_word`,
  })),
);
const longOutput = Array.from({ length: 40 }, (_, index) => `output ${index} ${'y'.repeat(400)}`);
const cleanUp = Array.from(
  { length: 10 },
  (_, index) => new BuildError(`clean-up ${index} ${'z'.repeat(90)}`),
);

test.each([
  ['30 mistakes', manyMistakes, 'the_last_word'],
  ['30 mistakes and ten failures of the clean-up', withUndoErrors(manyMistakes, cleanUp), 'the_last_word'],
  [
    '40 long lines of output and ten failures of the clean-up',
    withUndoErrors(
      new BuildError('the script failed', { output: longOutput, hint: 'Do this, then the_last_word' }),
      cleanUp,
    ),
    'the_last_word',
  ],
  [
    'a message of one long line',
    new BuildError('m'.repeat(9000), { hint: 'Do the_last_word' }),
    'the_last_word',
  ],
  ['a long hint', new BuildError('m', { hint: `begin ${'h'.repeat(9000)}` }), 'begin'],
])(
  '%s: one annotation within the limit shows the hint, and the log shows everything',
  async (_, error, word) => {
    await onRunner(({ report, lines }) => {
      report.failed(error);
      const all = lines();
      const annotations = all.filter((line) => line.startsWith('::error'));
      expect(annotations).toHaveLength(1);
      const text = decoded(annotations[0]);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text).toContain(word);
      const shown = [text, ...all.filter((line) => !line.startsWith('::error'))].join('\n');
      for (const line of failureText(error).split('\n')) expect(shown).toContain(line);
    });
  },
);

test('the last lines of the output come first, then failures of the clean-up, and last the hint', async () => {
  await onRunner(({ report, lines }) => {
    report.failed(withUndoErrors(new BuildError('failed', { output: longOutput, hint: 'Hint.' }), cleanUp));
    const text = decoded(lines().find((line) => line.startsWith('::error')));
    const positions = ['failed', 'output 39', '(clean-up 0', '(clean-up 9', 'Hint.'].map((one) =>
      text.indexOf(one),
    );
    expect(positions.toSorted((one, other) => one - other)).toEqual(positions);
    expect(positions[0]).toBe(0);
  });
});

test.each(['notice', 'warn'] as const)(
  'a long %s is cut by lines, and the rest is in the log',
  async (kind) => {
    await onRunner(({ report, lines }) => {
      const long = Array.from({ length: 100 }, (_, index) => `line ${index} ${'w'.repeat(100)}`);
      report[kind](long.join('\n'));
      const [annotation, ...rest] = lines();
      const text = decoded(annotation);
      expect(text.length).toBeLessThanOrEqual(limit);
      for (const line of long) expect([text, ...rest].join('\n')).toContain(line);
    });
  },
);

test('an annotation has file and line if the file is in the workspace', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'workspace-'));
  mkdirSync(join(workspace, 'image'));
  writeFileSync(join(workspace, 'image/build.yml'), '');
  await onRunner(
    ({ report, lines }) => {
      report.failed(manyMistakes);
      expect(lines()[0]).toMatch(/^::error title=build-omi,file=image\/build\.yml,line=1,col=3::/);
      report.failed(new BuildError('x', { location: { file: join(workspace, 'image/build.yml'), line: 4 } }));
      expect(lines()).toEqual(['::error title=build-omi,file=image/build.yml,line=4::x']);
    },
    { environment: { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace } },
  );
  expect(positionIn(workspace, { file: 'missing.yml' })).toBeUndefined();
  expect(positionIn(join(workspace, 'image'), { file: '../image' })).toBeUndefined();
  expect(positionIn(undefined, { file: 'image/build.yml' })).toBeUndefined();
  expect(positionIn(join(workspace, 'image'), { file: '/etc/passwd' })).toBeUndefined();
  rmSync(workspace, { recursive: true });
});
