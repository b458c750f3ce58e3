import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { step } from '../support/action.js';
import { useCloud } from '../support/cloud.js';
import { uidOf } from '../support/users.js';

const cloud = useCloud();

const user = 'a user with sudo';

/** Files in a directory that belong to another user, except the /etc of the test. */
const foreign = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^etc(\/|$)/.test(name) && lstatSync(join(folder, name)).uid !== uidOf(user),
  );

test.each([
  ['succeeds', 'echo done\n', undefined, 0],
  ['fails', 'exit 3\n', undefined, 1],
  ['is cancelled', 'echo started\nsleep 100\n', 'SIGTERM', 143],
  ['is killed', 'echo started\nsleep 100\n', 'SIGKILL', null],
] as const)('a build through sudo that %s leaves only files of the user', async (_how, run, signal, code) => {
  const job = step(cloud, {
    user,
    inputs: { 'omi-name': `owned ${code} ${signal}`, run, files: 'mine:/root/mine' },
  });
  writeFileSync(join(job.workspace, 'mine'), 'mine\n');
  const folder = dirname(job.workspace);
  // What the runner itself made.
  const given = foreign(folder);
  expect(given).toEqual(['workspace/mine']);
  const main = job.start();
  if (signal !== undefined) {
    await main.waitForLine(/^started$/);
    main.child.kill(signal);
  }
  expect((await main.ended).code).toBe(code);
  expect(foreign(folder)).toEqual(given);
  expect((await job.post()).code).toBe(0);
  expect(foreign(folder)).toEqual(given);
  if (code === 0) expect(readdirSync(join(folder, 'temp'))).toEqual([expect.stringMatching(/\.json$/)]);
});
