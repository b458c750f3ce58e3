/** @once The texts of the API's answers are not what it compares. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Step, step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import type { Ran } from '../support/process.js';

const cloud = useCloud('--snapshot-time', '5000');

/** What differs between two builds in the same situation. */
const variable: readonly (readonly [RegExp, string])[] = [
  [/\u241b\[\d+m/g, ''],
  [/\b(vol|snap|ami|i)-[\da-z]+/g, '$1-ID'],
  [/(build |\/build-omi\/|build-omi-)[\da-f]{12}/g, '$1ID'],
  [/\b(vd[a-z]|loop\d+)(p?\d+)?\b/g, 'DISK'],
  [/\/dev\/xvd[a-z]+/g, '/dev/NAME'],
  [/::[\da-f-]{36}::|::TOKEN::|::stop-commands::.*/g, '::TOKEN::'],
  [/^(Source {2}\S+|Target {2}[^,]+).*/, '$1 …'],
  [/^(Changed ).*/, '$1 …'],
  [/\((\d+ min )?[\d.]+ s\)|\bin (\d+ min )?[\d.]+ s$/g, 'TIME'],
  [/ \(request ID [^)]*\)|, Refused by a rule of the fault list\./g, ''],
  [/\b(no|\d+) (packages?|MiB|GiB)/g, 'N $2'],
  [/:\d{4,5}\b/g, ''],
];

/** The lines of a log that are the same in each build: without details in groups, calls and progress. */
function shapeOf(text: string): string[] {
  let isInGroup = false;
  return text.split('\n').flatMap((written) => {
    const line = variable.reduce(
      (now, [pattern, by]) => now.replaceAll(new RegExp(pattern, 'g'), by),
      written,
    );
    const wasInGroup = isInGroup;
    if (line.startsWith('::group::')) isInGroup = true;
    if (line.startsWith('::endgroup::')) isInGroup = false;
    const isDetail = wasInGroup || line === '::endgroup::';
    const isOther = /^::debug::(?!.*: started$)|^::add-mask::|^Snapshot snap-ID: .*, \d+ s$|^$/.test(line);
    return isDetail || isOther ? [] : [line.replace('::group::', '')];
  });
}

const goldenShape = (scenario: string): string[] =>
  shapeOf(readFileSync(`test/golden/${scenario}/log.txt`, 'utf8'));

const base = { 'omi-name': 'web-17-1', lint: 'off', 'grow-root': 'false', 'omi-account-ids': '111111111111' };
const ran = "echo 'Get:1 bookworm InRelease [151 kB]'\nsleep 1\necho 'Setting up nginx (1.22.1-9) ...'\n";

const cancelled = async (job: Step): Promise<Ran> => {
  const main = job.start();
  await main.waitForLine(/^::debug::Snapshot: started$/);
  await sleep(500);
  main.child.kill('SIGTERM');
  return await main.ended;
};

test.each<[string, Readonly<Record<string, string>>, (job: Step) => Promise<Ran>]>([
  [
    'script-fails',
    { ...base, shell: 'sh -e', run: "echo 'E: Unable to locate package ngnix'\nexit 100\n" },
    async (job) => await job.main(),
  ],
  ['invalid-options', { 'omi-name': '', 'source-omi': 'ami1', run: ran }, async (job) => await job.main()],
  [
    'permission-missing',
    { ...base, run: ran },
    async (job) => {
      cloud.fail([
        { operation: 'CreateVolume', fault: 'refuse', status: 401, code: '4', type: 'AccessDenied' },
      ]);
      const end = await job.main();
      cloud.fail([]);
      return end;
    },
  ],
  ['cancelled', { ...base, run: ran }, cancelled],
  // Last: its OMI has the name.
  ['built', { ...base, run: ran }, async (job) => await job.main()],
])('the log of a real build is the golden one: %s', async (scenario, inputs, drive) => {
  const { text } = await drive(step(cloud, { inputs }));
  expect(shapeOf(text)).toEqual(goldenShape(scenario));
});
