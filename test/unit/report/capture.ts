import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { createReport } from '../../../src/report/create-report.js';
import type { ReportOptions } from '../../../src/report/renderer-for.js';
import type { Report } from '../../../src/report/report.js';

/** A clock that stands still until it is told to go on. */
class Clock {
  now = 0;
  readonly read = (): number => this.now;
}

export interface Captured {
  readonly report: Report;
  readonly clock: Clock;
  /** The lines written since the last call. */
  readonly lines: () => string[];
}

const taker = (): { write: (text: string) => true; lines: () => string[] } => {
  let text = '';
  return {
    write(more) {
      text += more;
      return true;
    },
    lines() {
      const all = text.split('\n');
      text = '';
      return all.slice(0, -1);
    },
  };
};

/** Creates a report for a terminal without colour. */
export async function atTerminal(also: Partial<ReportOptions> = {}): Promise<Captured> {
  const [clock, { write, lines }] = [new Clock(), taker()];
  const report = await createReport({ environment: {}, write, clock: clock.read, ...also });
  return { report, clock, lines };
}

/** Files that the runner passes to a step. */
const runnerFiles = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;

export interface OnRunner extends Captured {
  readonly file: (name: (typeof runnerFiles)[number]) => string;
  readonly folder: string;
}

/**
 * Runs a function with a report in a workflow. The runner's library writes to stdout and reads the
 * environment of the process.
 */
export async function onRunner(
  work: (runner: OnRunner) => Promise<void> | void,
  also: Partial<ReportOptions> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  const before = { ...process.env };
  const [clock, { write, lines }] = [new Clock(), taker()];
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => write(String(text)));
  try {
    for (const name of runnerFiles) {
      process.env[name] = join(folder, name);
      writeFileSync(join(folder, name), '');
    }
    const environment = Object.assign(process.env, also.environment);
    const report = await createReport({ write, clock: clock.read, ...also, environment });
    await work({ report, clock, lines, folder, file: (name) => readFileSync(join(folder, name), 'utf8') });
  } finally {
    stdout.mockRestore();
    process.env = before;
    rmSync(folder, { recursive: true });
  }
}
