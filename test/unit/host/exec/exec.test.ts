import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { exec } from '../../../../src/host/exec/exec.js';
import { limitsIn } from '../../../../src/host/exec/time-limits.js';
import { pids } from '../../../../src/host/proc/mountinfo.js';

const variable = 'BUILD_OMI_COMMAND_LIMITS';
afterEach(() => {
  delete process.env[variable];
});

/** Processes of this machine that were started with this argument. */
const startedWith = (word: string): number[] =>
  pids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false; // It has ended meanwhile.
    }
  });

test('a command that exceeds its limit is killed with its process group, and the error names command and limit', async () => {
  process.env[variable] = 'quick=1';
  const word = `1000.${process.pid}`;
  const began = performance.now();
  const failure = exec(['sh', '-c', `trap '' TERM; sleep ${word} & sleep ${word}`]);
  await sleep(500);
  expect(startedWith(word)).toHaveLength(2);
  await expect(failure).rejects.toMatchObject({
    message: `\`sh -c 'trap '\\'''\\'' TERM; sleep ${word} & sleep ${word}'\` did not end within 1 s`,
    hint: expect.stringContaining(`${variable}=quick=`),
  });
  expect(performance.now() - began).toBeLessThan(3000);
  expect(startedWith(word)).toEqual([]);
});

test('each kind of command has its own limit', async () => {
  process.env[variable] = 'disk=1';
  await expect(exec(['sleep', '1.3'])).resolves.toMatchObject({ code: 0 });
  await expect(exec(['sleep', '1000'], { limit: 'disk' })).rejects.toThrow('did not end within 1 s');
});

test.each([
  ['', { quick: 30, disk: 1800, copy: 3600 }],
  ['quick=1', { quick: 1, disk: 1800, copy: 3600 }],
  [' disk=7200, copy=9s ', { quick: 30, disk: 7200, copy: 9 }],
])('limits from %j', (text, limits) => {
  expect(limitsIn({ [variable]: text })).toEqual(limits);
});

test.each(['quick', 'quick=', 'quick=0', 'quick=1m', 'toString=3', '30'])(
  '%s is not a valid limit',
  (text) => {
    expect(() => limitsIn({ [variable]: text })).toThrow(`${variable}: ${text} is not a valid limit`);
  },
);

test.each([
  ['mount: /m: bad option.\\n       dmesg(1) may tell more.\\n', 'mount: /m: bad option.'],
  ['first\\nsecond\\n', 'second'],
  ['  all of it\\n  indented\\n', 'indented'],
])(
  'the error for output %s has the last message in its text, and carries the whole output',
  async (text, message) => {
    await expect(exec(['sh', '-c', 'printf "$1" >&2; exit 32', 'sh', text])).rejects.toMatchObject({
      message: `\`sh -c 'printf "$1" >&2; exit 32' sh '${text}'\` exited with 32: ${message}`,
      output: text.split('\\n').slice(0, -1),
      code: 32,
    });
  },
);
