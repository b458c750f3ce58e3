import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { atTerminal } from './capture.js';

test('a stage is a line with its result and time; notices, warnings and script output are shown at once', async () => {
  const { report, clock, lines } = await atTerminal();
  report.begin('build', 'b1');
  report.fact('Source', 'ami-1 debian, 10 GiB');
  await report.phase('Create volume', async () => {
    report.info('only for the log');
    report.notice('skipped\nreally');
    clock.now += 300;
  });
  await report.phase('Attach', async () => {
    report.result('vol-1, 10 GiB, attached as /dev/xvdb');
    clock.now += 200;
  });
  await report.phase('Script run', async () => {
    report.script('from the script');
    report.warn('unseen');
    report.debug('not shown');
    clock.now += 12_340;
  });
  expect(lines()).toEqual([
    'build-omi 0.1.0   build b1',
    '',
    '  ✓ Source     ami-1 debian, 10 GiB',
    '    notice: skipped',
    '    really',
    '  ✓ Volume     vol-1, 10 GiB, attached as /dev/xvdb                        0.5 s',
    '  ▶ run',
    '    │ from the script',
    '    warning: unseen',
    '  ✓ run                                                                   12.3 s',
  ]);
});

test('a failure shows the details of the failed stage, what was cleaned up, and on stderr the reason', async () => {
  const errors: string[] = [];
  const { report, clock, lines } = await atTerminal({
    secrets: ['S3cr3t'],
    writeError: (text) => void errors.push(text),
  });
  const error = new BuildError('no S3cr3t', {
    hint: 'Try again.',
    output: ['tail'],
    cause: new Error('S3cr3t inside'),
  });
  const work = report.phase('Attach', async () => {
    report.info('asked for S3cr3t');
    await report.undoing('Detach', async () => {}, { kind: 'volume', id: 'vol-1', how: 'detached' });
    throw error;
  });
  await expect(work).rejects.toBe(error);
  await report.undoing(
    'Delete',
    async () => {
      clock.now += 100;
    },
    { kind: 'volume', id: 'vol-1', how: 'deleted' },
  );
  report.failed(error, { left: [], keptUntil: undefined, mayKeep: true });
  expect(lines()).toEqual([
    '    asked for ***',
    '  ✗ Volume     failed                                                      0.0 s',
    '  ✓ Clean up   volume vol-1 detached and deleted. Nothing is left.         0.1 s',
  ]);
  expect(errors.join('').split('\n')).toEqual([
    '',
    'Error: no ***: *** inside',
    '    tail',
    '  Try again.',
    '',
  ]);
});

test('an undo that fails throws its error', async () => {
  const { report } = await atTerminal();
  const error = new Error('busy');
  await expect(report.undoing('Detach', async () => await Promise.reject(error))).rejects.toBe(error);
});

test('progress of a wait appears after 10 s, then about every 10 s', async () => {
  const { report, lines } = await atTerminal();
  for (const seconds of [1, 5, 9.9, 10.2, 15, 20.1, 29, 31])
    report.progress('snapshot snap-1', 'pending', Math.floor(seconds), seconds);
  report.progress('volume vol-1', 'creating', undefined, 12);
  report.progress('snapshot snap-1', 'in-queue', 0, 2, true);
  report.progress('snapshot snap-1', 'in-queue', 0, 11, true);
  expect(lines()).toEqual([
    '    Snapshot snap-1: 10 %, 10 s',
    '    Snapshot snap-1: 20 %, 20 s',
    '    Snapshot snap-1: 31 %, 31 s',
    '    Volume vol-1: creating, 12 s',
    '    Snapshot snap-1: in-queue, 11 s',
  ]);
});

test('progress in a queue appears after 10 s, then every minute', async () => {
  const { report, lines } = await atTerminal();
  for (let seconds = 5; seconds < 190; seconds += 5)
    report.progress('snapshot snap-1', 'in-queue', undefined, seconds, true);
  report.progress('snapshot snap-1', 'pending', 1, 190, false);
  expect(lines()).toEqual([
    '    Snapshot snap-1: in-queue, 10 s',
    '    Snapshot snap-1: in-queue, 60 s',
    '    Snapshot snap-1: in-queue, 120 s',
    '    Snapshot snap-1: in-queue, 180 s',
    '    Snapshot snap-1: 1 %, 190 s',
  ]);
});

test('debug lines appear with RUNNER_DEBUG', async () => {
  const { report, lines } = await atTerminal({ environment: { RUNNER_DEBUG: '1' } });
  report.debug('seen');
  expect(lines()).toEqual(['    seen']);
});

test.each([
  [true, {}, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, {}, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('colour: terminal %s, environment %j', async (isTerminal, environment, isColoured) => {
  const { report, lines } = await atTerminal({ isTerminal, environment });
  await report.phase('Mount', async () => {});
  const sign = isColoured ? '\u001b[32m✓\u001b[39m' : '✓';
  expect(lines()[0]).toMatch(new RegExp(`^  ${sign.replaceAll('[', '\\[')} Root `));
});

test('closing lines; outputs, state and masks print nothing at a terminal', async () => {
  const { report, lines } = await atTerminal();
  report.output('omi-id', 'ami-1');
  report.saveState('build-id', 'b');
  report.mask('ami-1');
  report.summary(
    {
      buildId: 'b',
      region: 'r',
      omi: { id: 'ami-2', name: 'x' },
      snapshots: [{ id: 'snap-1' }, { id: 'snap-2' }],
      source: { id: 'ami-0' },
    },
    ['next step'],
  );
  expect(lines()).toEqual(['', '  ami-2  x  r   built in 0.0 s', '', '  next step']);
});
