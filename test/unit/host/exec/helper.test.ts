import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { type AnswerLimit, startHelper } from '../../../../src/host/exec/helper.js';
import { attempt } from '../../../../src/host/proc/processes.js';

const variable = 'BUILD_OMI_COMMAND_LIMITS';
afterEach(() => {
  delete process.env[variable];
});

const limit: AnswerLimit = { late: 'the echo did not answer', kind: 'quick' };
const isRunning = (pid: string): boolean => attempt(() => process.kill(Number(pid), 0)) === true;
const shell = (script: string) => startHelper(['sh', '-c', `echo $$; ${script}`], 'the echo');

test('a helper answers line by line, and ends when it is no longer needed', async () => {
  const helper = shell('while read -r line; do echo "<$line>"; done');
  const pid = await helper.answer(limit);
  expect(await helper.ask('a b', limit)).toBe('<a b>');
  expect(await helper.ask('', limit)).toBe('<>');
  expect(isRunning(pid)).toBe(true);
  await helper.end();
  expect(isRunning(pid)).toBe(false);
});

test('the error for a helper that ended has its error output', async () => {
  const helper = shell('read -r line; echo "cannot $line" >&2; exit 3');
  await helper.answer(limit);
  await expect(helper.ask('go', limit)).rejects.toThrow('the echo ended: cannot go');
  await expect(helper.ask('go', limit)).rejects.toThrow('the echo ended: cannot go');
  await helper.end();
});

test('the error for a program that cannot be started names it', async () => {
  const helper = startHelper(['no-such-program'], 'the echo');
  await expect(helper.answer(limit)).rejects.toThrow('spawn no-such-program ENOENT');
  await helper.end();
});

test('a late answer kills the helper, and the error names the limit', async () => {
  process.env[variable] = 'quick=1';
  const helper = shell("trap '' TERM; sleep 1000");
  const pid = await helper.answer(limit);
  await expect(helper.ask('go', limit)).rejects.toMatchObject({
    message: 'the echo did not answer within 1 s',
    hint: expect.stringContaining(`${variable}=quick=`),
  });
  expect(isRunning(pid)).toBe(false);
});

test('an abort kills the helper, and the error is its reason', async () => {
  const helper = shell('sleep 1000');
  const pid = await helper.answer(limit);
  const abort = new AbortController();
  const asked = helper.ask('go', { ...limit, signal: abort.signal });
  await sleep(50);
  abort.abort(new Error('cancelled'));
  await expect(asked).rejects.toThrow('cancelled');
  await helper.end();
  expect(isRunning(pid)).toBe(false);
});

test('a helper that does not end by itself is killed', async () => {
  const helper = shell('sleep 1000');
  const pid = await helper.answer(limit);
  await helper.end();
  expect(isRunning(pid)).toBe(false);
});
