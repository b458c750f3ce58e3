import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { createReport } from '../../../src/report/create-report.js';
import type { LiveLine } from '../../../src/report/live-line.js';
import type { ReportOptions } from '../../../src/report/renderer-for.js';
import { scenarios } from '../../support/report-scenarios.js';

/** The output of each scenario. `npm run golden` updates it; read the difference. */
const golden = resolve(import.meta.dirname, '../../golden');
const isUpdate = process.env.UPDATE_GOLDEN === '1';

/** Escape sequences in a form that can be read. */
const readable = (text: string): string =>
  text.replaceAll('\u001b', '␛').replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'TOKEN');

/** Plays a scenario, and returns what it wrote, with stderr after a mark. */
async function play(
  name: string,
  options: Partial<ReportOptions> & { readonly isRewritten?: boolean },
): Promise<string> {
  let [now, text, errors] = [0, '', ''];
  const write = (more: string): true => {
    text += more;
    return true;
  };
  let running: ((sign: string) => string) | undefined;
  const draw = (): void => {
    if (running !== undefined) text += `~${running('⠸')}\n`;
  };
  const live: LiveLine = {
    start: (line) => {
      running = line;
    },
    stop: () => {
      running = undefined;
    },
    write,
  };
  const { isRewritten = false, ...rest } = options;
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((more) => write(String(more)));
  try {
    const report = await createReport({
      environment: {},
      write,
      writeError: (more) => {
        errors += more;
      },
      clock: () => now,
      now: () => new Date(Date.UTC(2026, 10, 26, 1) + now),
      ...(isRewritten ? { live } : {}),
      ...rest,
    });
    const pass = async (ms: number): Promise<void> => {
      now += ms;
      draw();
    };
    await scenarios[name]?.({ report, pass });
  } finally {
    stdout.mockRestore();
  }
  return readable(errors === '' ? text : `${text}--- stderr ---\n${errors}`);
}

/** Plays a scenario in a workflow, and returns log and summary. */
async function playWorkflow(name: string): Promise<{ readonly log: string; readonly summary: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'));
  const path = join(folder, 'summary.md');
  writeFileSync(path, '');
  const environment = {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: path,
    GITHUB_SERVER_URL: 'https://github.test',
    GITHUB_ACTION_REPOSITORY: 'owner/build-omi',
    GITHUB_ACTION_REF: 'v1',
  };
  const log = await play(name, { environment });
  const summary = readFileSync(path, 'utf8');
  rmSync(folder, { recursive: true });
  return { log, summary };
}

const compare = (name: string, file: string, text: string): void => {
  const path = join(golden, name, file);
  if (isUpdate) {
    mkdirSync(join(golden, name), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : 'missing').toBe(text);
};

describe.each(Object.keys(scenarios))('%s', (name) => {
  test('log and summary of a workflow', async () => {
    const { log, summary } = await playWorkflow(name);
    compare(name, 'log.txt', log);
    compare(name, 'summary.md', summary);
  });

  test.each([80, 120])('terminal of %d columns, and a file', async (columns) => {
    const width = (): number => columns;
    compare(
      name,
      `terminal-${columns}.txt`,
      await play(name, { isTerminal: true, isRewritten: true, width }),
    );
    compare(name, `file-${columns}.txt`, await play(name, { width }));
  });

  test('JSON lines', async () => {
    compare(name, 'events.jsonl', await play(name, { json: true }));
  });
});

test('lines of the tool fit into 80 columns', async () => {
  for (const name of Object.keys(scenarios)) {
    const [output = ''] = (await play(name, {})).split('--- stderr ---');
    expect(output.split('\n').filter((line) => line.length > 80 && !line.includes('notice:'))).toEqual([]);
  }
});
