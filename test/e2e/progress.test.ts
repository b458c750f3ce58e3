import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { isMinimal, startCloud } from '../support/cloud.js';
import { successful } from '../support/process.js';

test('the log shows the output of a script line by line, and the progress of a long snapshot', async () => {
  await using cloud = await startCloud('--snapshot-time', '30000');
  const run =
    'for i in 1 2 3 4; do echo "tick $i at $(cat /proc/uptime)"; sleep 1; done\necho "::set-output name=x::y"\n';
  const job = step(cloud, { inputs: { 'omi-name': 'slow', run } });
  const main = successful(await job.main());

  const ticks = main.lines.filter(({ line }) => line.startsWith('tick '));
  expect(ticks).toHaveLength(4);
  // Shown within a second of being written: the gaps are those of the script, give or take one.
  const written = ticks.map(({ line }) => Number(/at (\S+)/.exec(line)?.[1]) * 1000);
  const delays = ticks.map(
    ({ at }, index) => at - (ticks[0]?.at ?? 0) - ((written[index] ?? 0) - (written[0] ?? 0)),
  );
  expect(Math.max(...delays.map(Math.abs))).toBeLessThan(1000);

  const progress = main.lines.filter(({ line }) =>
    (isMinimal ? /snapshot snap-\w+: .*\d+ s/ : /snapshot snap-\w+: .*\d+ ?%.*\d+ s/).test(line),
  );
  expect(progress.length).toBeGreaterThanOrEqual(2);

  const groups = main.lines
    .filter(({ line }) => line.startsWith('::group::'))
    .map(({ line }) => line.slice('::group::'.length));
  expect(groups).toEqual([
    'Check',
    'Create volume',
    'Attach',
    'Mount',
    'Prepare chroot',
    'Inspect source',
    'Script run',
    'Leave chroot',
    'Inspect image',
    'Trim',
    'Unmount',
    'Snapshot',
    'Register OMI',
    'Share and read back',
  ]);
  for (const title of groups) expect(main.text).toMatch(new RegExp(`^${title} \\d+(\\.\\d)? s$`, 'm'));
  // What a script prints cannot speak to the runner.
  const stop = main.text.indexOf('::stop-commands::');
  expect(stop).toBeGreaterThan(-1);
  expect(main.text.indexOf('::set-output')).toBeGreaterThan(stop);
  const last = main.lines
    .slice(-8)
    .map(({ line }) => line)
    .join('\n');
  expect(last).toContain(job.outputs()['omi-id']);
  expect(last).toContain(job.outputs()['snapshot-id']);
}, 90_000);
