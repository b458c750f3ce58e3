import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { BuildFacts } from '../../../src/report/manifest.js';
import type { StageTiming } from '../../../src/report/phases.js';
import { failureSummary, summaryText, type Times } from '../../../src/report/summary/summary.js';

const begin = new Date('2026-11-26T01:00:00Z');
const stage = (label: string, start: number, ms: number, more: Partial<StageTiming> = {}): StageTiming => ({
  key: label,
  label,
  isLive: false,
  isScript: false,
  start,
  ms,
  failed: false,
  ...more,
});
const facts: BuildFacts = {
  buildId: 'b',
  region: 'eu-west-2',
  omi: { id: 'ami-1', name: 'web' },
  snapshots: [{ id: 'snap-1', sizeGiB: 10 }],
  source: { id: 'ami-0' },
};
const timesOf = (...stages: StageTiming[]): Times => ({
  stages,
  begin,
  total: stages.reduce((sum, { ms }) => sum + ms, 0),
});

const none = { added: [], removed: [] };
const changesOf = (...names: string[]): NonNullable<BuildFacts['changes']> => ({
  packages: {
    added: names.map((name) => ({ name, version: '1.24', architecture: 'amd64' })),
    updated: [],
    removed: [],
  },
  units: none,
  users: none,
  groups: none,
  setuid: none,
  kernels: none,
  bytes: 48 * 2 ** 20,
});
const finding = { rule: 'machine-id', file: '/etc/x', problem: 'has a|b', fix: 'Remove it' } as const;

/** Lines of a mermaid diagram. */
const tasksOf = (text: string): string[] =>
  (/```mermaid\n([\s\S]*?)```/.exec(text)?.[1] ?? '').split('\n').slice(4, -1);

test('values are escaped for Markdown and for the timeline', () => {
  const script = '<b>|x:y;z#w"\n![i](u) $a$';
  const text = summaryText(
    { ...facts, omi: { id: 'ami-1', name: '`a|b`\n**c**' }, source: { id: 'ami-0', name: '<img src=x>' } },
    timesOf(stage(`Script ${script}`, 0, 1000, { isScript: true }), stage('section one', 1000, 1)),
    '1.0.0',
  );
  expect(text).toContain('### ✅ \\`a\\|b\\` \\*\\*c\\*\\* is `ami-1`');
  expect(text).toContain('| Built from | `ami-0` &lt;img src=x\\> |');
  expect(text).toContain('| Script &lt;b\\>\\|x\\:y;z\\#w" !\\[i\\](u) \\$a\\$ | 1.0 s |');
  expect(tasksOf(text)).toEqual([
    `  Script b x y z w i (u) a 1.0 s :${begin.getTime()}, ${begin.getTime() + 1000}`,
    `  Phase section one 0.0 s :${begin.getTime() + 1000}, ${begin.getTime() + 1001}`,
  ]);
});

test('what took how long, and what changed in the image', () => {
  const text = summaryText(
    { ...facts, changes: changesOf('nginx'), lint: [{ ...finding, inSource: true }] },
    timesOf(
      stage('Check', 0, 500),
      stage('Script run', 500, 62_000, { isScript: true }),
      stage('Snapshot', 62_500, 161_000, { key: 'snapshot' }),
    ),
    '1.0.0',
  );
  expect(text).toContain('Built in **3 min 44 s**: snapshot 2 min 41 s, scripts 1 min 02 s, all else 0.5 s.');
  expect(text).toContain('**Changed in the image**: 1 package added; +48 MiB.');
  expect(text).toContain('| nginx | `added 1.24` |');
  expect(text).toContain('| machine-id | `/etc/x` has a\\|b (also in the source) | Remove it |');
  expect(text).toContain('<sub>build-omi v1.0.0 · build b</sub>');
});

const failed = {
  buildId: 'b',
  name: 'web',
  message: 'the script run exited with 100',
  hint: 'Do this.\n- or that',
  output: ['  E: Unable to locate package ngnix'],
  released: [{ kind: 'volume', id: 'vol-1', how: 'deleted' }],
  remains: { left: [], keptUntil: undefined },
  help: 'https://github.test/o/r/blob/v1/docs/guides/troubleshooting.md',
} as const;

test('a failed build: the reason, the last output, what is left and what to do', () => {
  const text = failureSummary(failed, timesOf(stage('Script run', 0, 74_000, { failed: true })), '1.0.0');
  expect(text.split('\n\n').slice(0, 5)).toEqual([
    '### ❌ web was not built',
    '**the script run exited with 100**, 1 min 14 s after the build began.',
    '    E: Unable to locate package ngnix',
    'Everything that this build created was deleted: volume `vol-1`. No OMI and no snapshot was made.',
    `Do this.\\\n\\- or that\\\n[What to do when a build fails](${failed.help})`,
  ]);
  expect(tasksOf(text)[0]).toContain(':crit, ');
  expect(failureSummary({ ...failed, name: undefined }, timesOf(), '1')).toContain(
    '### ❌ No OMI was built\n',
  );
  const kept = { left: ['volume vol-1'], keptUntil: new Date('2026-11-26T05:00:00.000Z') };
  expect(failureSummary({ ...failed, remains: kept }, timesOf(), '1')).toContain(
    '**Kept until 2026-11-26 05\\:00 UTC: volume vol-1.**',
  );
});

test('whatever the values are, a summary has less than 64 KiB and complete parts', () => {
  const text = fc
    .tuple(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(1, 30, 600))
    .map(([one, times]) => one.repeat(times));
  const stages = fc.array(
    fc.record({ label: text, ms: fc.nat(1e7) }).map(({ label, ms }) => stage(label, ms, ms)),
    { maxLength: 200 },
  );
  const complete = (summary: string): void => {
    expect(Buffer.byteLength(summary)).toBeLessThan(64 * 1024);
    expect(summary.match(/<details>/g)?.length).toBe(summary.match(/<\/details>/g)?.length);
    expect((summary.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
    expect(summary).toMatch(/^### [✅❌] /);
  };
  fc.assert(
    fc.property(text, text, text, stages, fc.array(text, { maxLength: 400 }), (a, b, c, all, output) => {
      const own = { ...facts, omi: { id: a, name: b }, source: { id: c, name: a } };
      const lint = output.map((problem) => ({ ...finding, problem, inSource: false }));
      complete(summaryText({ ...own, changes: changesOf(...output), lint }, timesOf(...all), '1'));
      complete(failureSummary({ ...failed, name: a, message: b, hint: c, output }, timesOf(...all), '1'));
    }),
    { numRuns: 30 },
  );
});
