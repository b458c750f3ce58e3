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
    (isMinimal ? /^Snapshot snap-\w+: .*, \d+ s$/ : /^Snapshot snap-\w+: \d+ %, \d+ s$/).test(line),
  );
  expect(progress.length).toBeGreaterThanOrEqual(2);

  const phases = main.lines.flatMap(({ line }) => /^::debug::(.*): started$/.exec(line)?.[1] ?? []);
  expect(phases).toEqual([
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
    'End namespaces',
    'Unmount',
    'Request snapshot',
    'Request detachment',
    'Snapshot',
    expect.stringMatching(/^Remove /),
    expect.stringMatching(/^Detach volume vol-/),
    'Register OMI',
    'Share and read back',
    expect.stringMatching(/^Delete volume vol-/),
  ]);
  // One line for each stage, whose times add up to the total.
  const stages = main.lines.flatMap(({ line }) => {
    const [, text = '', time = ''] = /^(?:::group::)?(\w.*) \(([\d.]+) s\)$/.exec(line) ?? [];
    return text === '' ? [] : [{ text, seconds: Number(time) }];
  });
  expect(stages.map(({ text }) => text)).toEqual([
    'Checks passed',
    expect.stringMatching(/^Volume vol-\w+.* attached as \/dev\/xvd\w+$/),
    expect.stringMatching(/^Root loop\d+p1 mounted, ext4/),
    expect.stringMatching(/^Chroot ready/),
    expect.stringMatching(/^Inventory (no|\d+) packages?$/),
    'Script run: done',
    expect.stringMatching(/^Chroot closed, \d+ MiB trimmed$/),
    expect.stringMatching(/^Snapshot snap-\w+: completed, volume detached$/),
    expect.stringMatching(/^OMI ami-\w+ .*: available$/),
    expect.stringMatching(/^Cleaned up: volume vol-\w+ deleted$/),
  ]);
  const total = Number(/^Built ami-\w+ in ([\d.]+) s$/m.exec(main.text)?.[1]);
  expect(Math.abs(stages.reduce((sum, { seconds }) => sum + seconds, 0) - total)).toBeLessThan(1);
  // Nothing that takes long is in a group, which is closed until a reader opens it.
  const isGrouped = (pattern: RegExp): boolean => {
    const at = main.lines.findIndex(({ line }) => pattern.test(line));
    const before = main.lines.slice(0, at).map(({ line }) => line);
    return before.lastIndexOf('::endgroup::') < before.findLastIndex((line) => line.startsWith('::group::'));
  };
  expect([/^tick/, /^Snapshot snap-\w+: started/, /^Snapshot snap-\w+: .*\d+ s$/].map(isGrouped)).toEqual([
    false,
    false,
    false,
  ]);
  // What a script prints cannot speak to the runner.
  const stop = main.text.indexOf('::stop-commands::');
  expect(stop).toBeGreaterThan(-1);
  expect(main.text.indexOf('::set-output')).toBeGreaterThan(stop);
  const last = main.lines
    .slice(-8)
    .map(({ line }) => line)
    .join('\n');
  expect(last).toContain(job.outputs()['omi-id']);
  expect(main.text).toContain(`Snapshot ${job.outputs()['snapshot-id']}: completed`);
}, 90_000);
