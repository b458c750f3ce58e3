import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { atTerminal } from './capture.js';

test('phases are headings, their lines are indented', async () => {
  const { report, clock, lines } = await atTerminal();
  await report.phase('Provision', async () => {
    report.info('one\ntwo');
    report.script('from the script');
    report.notice('skipped');
    report.warn('unseen');
    report.debug('not shown');
    clock.now += 12_340;
  });
  expect(lines()).toEqual([
    'Provision',
    '  one',
    '  two',
    '  | from the script',
    '  notice: skipped',
    '  warning: unseen',
    'Provision 12.3 s',
  ]);
});

test('a failure, with undo titles in parentheses', async () => {
  const { report, lines } = await atTerminal({ secrets: ['S3cr3t'] });
  const error = new BuildError('no S3cr3t', { hint: 'Try again.', cause: new Error('S3cr3t inside') });
  const work = report.phase('Attach', async () => {
    await report.undoing('Detach', async () => {});
    throw error;
  });
  await expect(work).rejects.toBe(error);
  report.failed(error);
  expect(lines()).toEqual([
    'Attach',
    '  (Detach)',
    'Attach failed after 0.0 s',
    '',
    'Attach:',
    '  no ***: *** inside',
    '  Try again.',
  ]);
});

test('an undo outside a failure has no parentheses, and its error is rethrown', async () => {
  const { report, lines } = await atTerminal();
  const error = new Error('busy');
  await expect(report.undoing('Detach', async () => await Promise.reject(error))).rejects.toBe(error);
  expect(lines()).toEqual(['  Detach']);
});

test('progress of a wait appears after 10 s, then about every 10 s', async () => {
  const { report, lines } = await atTerminal();
  for (const seconds of [1, 5, 9.9, 10.2, 15, 20.1, 29, 31])
    report.progress('snapshot snap-1', 'pending', Math.floor(seconds), seconds);
  report.progress('volume vol-1', 'creating', undefined, 12);
  report.progress('snapshot snap-1', 'in-queue', 0, 2);
  report.progress('snapshot snap-1', 'in-queue', 0, 11);
  expect(lines()).toEqual([
    '  snapshot snap-1: pending, 10 %, 10 s',
    '  snapshot snap-1: pending, 20 %, 20 s',
    '  snapshot snap-1: pending, 31 %, 31 s',
    '  volume vol-1: creating, 12 s',
    '  snapshot snap-1: in-queue, 0 %, 11 s',
  ]);
});

test('progress in a queue appears after 10 s, then every minute', async () => {
  const { report, lines } = await atTerminal();
  for (let seconds = 5; seconds < 190; seconds += 5)
    report.progress('snapshot snap-1', 'in-queue', undefined, seconds, true);
  report.progress('snapshot snap-1', 'pending', 1, 190, false);
  expect(lines()).toEqual([
    '  snapshot snap-1: in-queue, 10 s',
    '  snapshot snap-1: in-queue, 60 s',
    '  snapshot snap-1: in-queue, 120 s',
    '  snapshot snap-1: in-queue, 180 s',
    '  snapshot snap-1: pending, 1 %, 190 s',
  ]);
});

test('debug lines appear with RUNNER_DEBUG', async () => {
  const { report, lines } = await atTerminal({ environment: { RUNNER_DEBUG: '1' } });
  report.debug('seen');
  expect(lines()).toEqual(['  seen']);
});

test.each([
  [true, {}, '\u001b[1mMount\u001b[22m'],
  [true, { NO_COLOR: '1' }, 'Mount'],
  [false, {}, 'Mount'],
])('colour: terminal %s, environment %j', async (isTerminal, environment, heading) => {
  const { report, lines } = await atTerminal({ isTerminal, environment });
  await report.phase('Mount', async () => {});
  expect(lines()[0]).toBe(heading);
});

test('closing lines; outputs, state and masks print nothing at a terminal', async () => {
  const { report, lines } = await atTerminal();
  report.output('omi-id', 'ami-1');
  report.saveState('build-id', 'b');
  report.mask('ami-1');
  report.summary({
    buildId: 'b',
    region: 'r',
    omi: { id: 'ami-2', name: 'x' },
    snapshots: [{ id: 'snap-1' }, { id: 'snap-2' }],
    source: { id: 'ami-0' },
  });
  expect(lines()).toEqual([
    '',
    'OMI       ami-2 x',
    'Snapshot  snap-1',
    'Snapshot  snap-2',
    'Source    ami-0',
    'Region    r',
    'Build     b',
    'Total     0.0 s',
  ]);
});
