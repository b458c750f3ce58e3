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

const noColour = { environment: { GITHUB_ACTIONS: 'true', NO_COLOR: '1' } };

test('a stage is a group if it has details, else a line; inner phases belong to it', async () => {
  await onRunner(async ({ report, clock, lines }) => {
    report.begin('build', 'b1');
    report.fact('Source', 'ami-1');
    await report.phase('Check', async () => {
      clock.now += 100;
    });
    await report.phase('Mount', async () => {
      report.info('inside');
      await report.phase('Look', async () => {
        clock.now += 300;
      });
      report.result('vdd1 mounted');
      clock.now += 900;
    });
    expect(lines()).toEqual([
      'build-omi v0.1.0 · build b1',
      'Source  ami-1',
      '::debug::Check: started',
      'Checks: done (0.1 s)',
      '::debug::Mount: started',
      '::debug::Look: started',
      '::group::Root vdd1 mounted (1.2 s)',
      'inside',
      '::endgroup::',
    ]);
    expect(report.timings()).toEqual([
      { phase: 'Check', ms: 100 },
      { phase: 'Look', ms: 300 },
      { phase: 'Mount', ms: 1200 },
    ]);
  }, noColour);
});

test('colours: the time is dim, a failure is red', async () => {
  await onRunner(async ({ report, lines }) => {
    await report.phase('Check', async () => {});
    await expect(
      report.phase('Snapshot', async () => await Promise.reject(new Error('x'))),
    ).rejects.toThrow();
    expect(lines().filter((line) => !line.startsWith('::debug'))).toEqual([
      'Checks: done \u001b[2m(0.0 s)\u001b[22m',
      '\u001b[31mSnapshot: failed\u001b[39m \u001b[2m(0.0 s)\u001b[22m',
    ]);
  });
});

test('waits and scripts are not in a group, and the times of all stages add up to the total', async () => {
  await onRunner(async ({ report, clock, lines, file }) => {
    const pass = async (ms: number): Promise<void> => {
      clock.now += ms;
    };
    await pass(50);
    await report.phase('Check', async () => await pass(100));
    await pass(10);
    await report.phase('Script run', async () => report.script('hello'));
    await report.phase('Trim', async () => report.info('a detail'));
    await pass(20);
    await report.phase('Request snapshot', async () => {
      await pass(40);
      report.info('Snapshot snap-1: started');
    });
    await report.phase('Request detachment', async () => await pass(60));
    await report.phase('Snapshot', async () => {
      report.progress('snapshot snap-1', 'pending', 33, 21);
      await pass(21_000);
      report.result('snap-1: completed');
    });
    await report.undoing('Detach volume vol-1', async () => await pass(500), {
      kind: 'volume',
      id: 'vol-1',
      how: 'detached',
    });
    await report.undoing('Delete volume vol-1', async () => await pass(30), {
      kind: 'volume',
      id: 'vol-1',
      how: 'deleted',
    });
    report.summary(facts);
    expect(lines().filter((line) => !/^::(debug|stop|[\w-]{36})/.test(line))).toEqual([
      'Checks: done (0.1 s)',
      'Script run',
      'hello',
      'Script run: done (0.0 s)',
      '::group::Chroot: done (0.0 s)',
      'a detail',
      '::endgroup::',
      'Snapshot snap-1: started',
      'Snapshot snap-1: 33 %, 21 s',
      'Snapshot snap-1: completed, volume detached (21.6 s)',
      'Cleaned up: volume vol-1 deleted (0.0 s)',
      'Built ami-1 in 21.8 s',
    ]);
    const times = [...file('GITHUB_STEP_SUMMARY').matchAll(/:(\d{13}), (\d{13})$/gm)];
    const sum = times.reduce((all, [, from, to]) => all + Number(to) - Number(from), 0);
    // A stage of 0 ms is drawn with 1 ms.
    expect(sum - 21_810).toBeLessThanOrEqual(times.length);
    expect(sum).toBeGreaterThanOrEqual(21_810);
  }, noColour);
});

test('a failure is one annotation with step, output, failed undo operations and hint', async () => {
  await onRunner(async ({ report, clock, lines, file }) => {
    const output = Array.from({ length: 45 }, (_, index) => `line ${index + 1}`);
    const cause = new BuildError('the script setup.sh exited with 3', {
      output,
      hint: 'Look: 100%',
      brief: 'failed with exit code 3',
    });
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
    await report.undoing('Delete vol-1', async () => {}, { kind: 'volume', id: 'vol-1', how: 'deleted' });
    report.failed(error, { left: [], keptUntil: undefined, mayKeep: true });
    const shown = output.slice(5).map((line) => `%0A  ${line}`);
    expect(lines().filter((line) => !line.startsWith('::debug'))).toEqual([
      'Script setup.sh',
      'Script setup.sh: failed with exit code 3 (1 min 05 s)',
      'Cleaned up: volume vol-1 deleted. Nothing is left. (0.0 s)',
      `::error title=Script setup.sh::the script setup.sh exited with 3${shown.join('')}%0A(Detach: HTTP 500)%0ALook: 100%25%0ATo look inside next time: on-failure: keep`,
    ]);
    expect(file('GITHUB_STEP_SUMMARY')).toContain(
      'deleted: volume `vol-1`. No OMI and no snapshot was made.',
    );
  }, noColour);
});

test.each([
  [
    {
      left: ['attached volume vol-1', 'volume vol-1'],
      keptUntil: new Date('2026-11-26T05:00:00.000Z'),
      mayKeep: false,
    },
    undefined,
  ],
  [{ left: ['volume vol-1'], keptUntil: undefined, mayKeep: false }, 'Left: volume vol-1.'],
  [{ left: [], keptUntil: undefined, mayKeep: false }, undefined],
])('what remains of a failed build is in the log: %j', async (end, line) => {
  await onRunner(({ report, lines }) => {
    report.failed(new BuildError('x'), end);
    expect(lines().slice(0, -1)).toEqual(line === undefined ? [] : [line]);
  }, noColour);
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
      'Snapshot: done \u001b[2m(1 min 01 s)\u001b[22m',
      '\u001b[32mBuilt ami-1 in 1 min 01 s\u001b[39m',
    ]);
    expect(file('GITHUB_STEP_SUMMARY')).toContain('| OMI | `ami-1` |');
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
