import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { BuildError } from '../../../src/common/errors.js';
import { version } from '../../../src/common/version.js';
import type { ManifestFacts } from '../../../src/report/manifest.js';
import { onRunner } from './capture.js';

const facts: ManifestFacts = {
  buildId: 'b1',
  region: 'eu-west-2',
  omi: { id: 'ami-1', name: 'an image' },
  snapshots: [{ id: 'snap-1', sizeGiB: 10 }],
  source: { id: 'ami-0', name: 'debian' },
  startedAt: '2026-11-25T10:00:00.000Z',
  status: 'succeeded',
};

test('secrets are masked first, and appear in no line', async () => {
  await onRunner(
    ({ report, lines }) => {
      report.info('key is S3cr3t');
      report.mask('later%');
      report.warn('later% and S3cr3t');
      report.script('echo S3cr3t');
      expect(lines()).toEqual([
        '::add-mask::S3cr3t',
        'key is ***',
        '::add-mask::later%25',
        '::warning::*** and ***',
        expect.stringMatching(/^::stop-commands::/),
        'echo ***',
      ]);
    },
    { secrets: ['S3cr3t'] },
  );
});

test('a phase is a group with a line for its duration', async () => {
  await onRunner(async ({ report, clock, lines }) => {
    await report.phase('Mount', async () => {
      report.info('inside');
      await report.phase('Look', async () => {
        clock.now += 300;
      });
      clock.now += 900;
    });
    expect(lines()).toEqual([
      '::group::Mount',
      'inside',
      'Look',
      'Look 0.3 s',
      '::endgroup::',
      'Mount 1.2 s',
    ]);
    expect(report.timings()).toEqual([
      { phase: 'Look', ms: 300 },
      { phase: 'Mount', ms: 1200 },
    ]);
  });
});

test('a failure is one annotation with step, output, hint and failed undo operations', async () => {
  await onRunner(async ({ report, clock, lines }) => {
    const output = Array.from({ length: 25 }, (_, index) => `line ${index + 1}`);
    const cause = new BuildError('the script setup.sh exited with 3', { output, hint: 'Look: 100%' });
    const error = Object.assign(new Error('two'), {
      name: 'SuppressedError',
      error: new BuildError('Detach: HTTP 500'),
      suppressed: cause,
    });
    const work = report.phase('Script setup.sh', async () => {
      clock.now += 65_000;
      throw error;
    });
    await expect(work).rejects.toBe(error);
    await report.undoing('Delete vol-1', async () => {});
    report.failed(error);
    const shown = output.slice(5).map((line) => `%0A  | ${line}`);
    expect(lines()).toEqual([
      '::group::Script setup.sh',
      '::endgroup::',
      'Script setup.sh failed after 1 min 05 s',
      '(Delete vol-1)',
      `::error title=Script setup.sh::the script setup.sh exited with 3%0ALook: 100%25%0A(Detach: HTTP 500)${shown.join('')}`,
    ]);
  });
});

test('the title of an error outside of all phases is the program name', async () => {
  await onRunner(({ report, lines }) => {
    report.failed('a, b: c');
    expect(lines()).toEqual(['::error title=build-omi::a, b: c']);
  });
});

test('a script cannot send commands to the runner, and the build can afterwards', async () => {
  await onRunner(({ report, lines }) => {
    report.script('::error::not ours');
    report.script('##[group]x\r::set-output name=omi-id::ami-evil');
    report.info('in between');
    report.notice('ours');
    const [stop, ...rest] = lines();
    const word = stop?.replace('::stop-commands::', '');
    expect(word).toMatch(/^[\w-]{36}$/);
    expect(rest).toEqual([
      '::error::not ours',
      '##[group]x',
      '::set-output name=omi-id::ami-evil',
      'in between',
      `::${word}::`,
      '::notice::ours',
    ]);
  });
});

test('each block of script output has a new stop token', async () => {
  await onRunner(({ report, lines }) => {
    report.script('one');
    report.debug('ours');
    report.script('two');
    const tokens = lines().filter((line) => line.startsWith('::stop-commands::'));
    expect(new Set(tokens).size).toBe(2);
  });
});

test.each(['::error::x', '  ::add-path::/x', 'name ##[add-path]/x', 'name\r::error::x'])(
  'a log line that contains a foreign name cannot send commands: %j',
  async (line) => {
    await onRunner(({ report, lines }) => {
      report.info(line);
      expect(lines()[0]).toMatch(/^::stop-commands::/);
    });
  },
);

test('outputs and state are written to the files of the runner with the rights of its user', async () => {
  let asked = 0;
  const asUser = <T>(write: () => T): T => {
    asked += 1;
    return write();
  };
  await onRunner(
    ({ report, file, lines }) => {
      report.output('snapshot-ids', '["snap-1"]');
      report.saveState('build-id', 'b1');
      expect(file('GITHUB_OUTPUT')).toMatch(/^snapshot-ids<<(ghadelimiter_\S+)\n\["snap-1"\]\n\1\n$/);
      expect(file('GITHUB_STATE')).toMatch(/^build-id<<(ghadelimiter_\S+)\nb1\n\1\n$/);
      expect(lines()).toEqual([]);
      expect(asked).toBe(2);
    },
    { asUser },
  );
});

test('closing lines and summary contain the results; the manifest is an output', async () => {
  await onRunner(async ({ report, clock, lines, file, folder }) => {
    await report.phase('Snapshot', async () => {
      clock.now += 61_000;
    });
    lines();
    const path = join(folder, 'manifest.json');
    report.manifest(path, facts);
    report.summary(facts);
    expect(lines()).toEqual([
      'OMI       ami-1 an image',
      'Snapshot  snap-1 (10 GiB)',
      'Source    ami-0 debian',
      'Region    eu-west-2',
      'Build     b1',
      'Total     1 min 01 s',
    ]);
    expect(file('GITHUB_STEP_SUMMARY')).toContain('| OMI | `ami-1 an image` |');
    expect(file('GITHUB_STEP_SUMMARY')).toContain('| Snapshot | 1 min 01 s |');
    expect(file('GITHUB_OUTPUT')).toContain(`\n${path}\n`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      version: 2,
      program: { name: 'build-omi', version },
      ...facts,
      timings: [{ phase: 'Snapshot', ms: 61_000 }],
      totalMs: 61_000,
    });
  });
});

test('a summary or manifest that cannot be written is a warning', async () => {
  await onRunner(({ report, lines, file, folder }) => {
    process.env.GITHUB_STEP_SUMMARY = folder;
    report.manifest(join(folder, 'not there', 'manifest.json'), facts);
    report.summary(facts);
    const warnings = lines().filter((line) => line.startsWith('::warning::'));
    expect(warnings).toEqual([
      expect.stringMatching(/^::warning::the manifest cannot be written: .*ENOENT/),
      expect.stringMatching(/^::warning::the summary cannot be written: .*EISDIR/),
    ]);
    expect(file('GITHUB_OUTPUT')).toBe('');
  });
});

test('an output that cannot be set is an error', async () => {
  await onRunner(({ report, folder }) => {
    rmSync(join(folder, 'GITHUB_OUTPUT'));
    expect(() => report.output('omi-id', 'ami-1')).toThrow('Missing file');
  });
});
