import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAccount } from '../../src/emulator/emulator.js';
import { type Step, step } from './action.js';
import { dist, type TestCloud } from './cloud.js';
import { launch, type Ran } from './process.js';
import { asTestUser, type TestUser } from './users.js';

/** Runs `sweep` from a shell. */
export const sweep = async (
  cloud: TestCloud,
  stateDir: string,
  flags: readonly string[],
  user: TestUser = 'root',
): Promise<Ran> =>
  await fromShell(cloud, [join(dist, 'cli.js'), 'sweep', '--state-dir', stateDir, ...flags], user);

/** Runs a command of node's as a user does who has the keys in the environment. */
export async function fromShell(
  cloud: TestCloud,
  argv: readonly string[],
  user: TestUser = 'root',
): Promise<Ran> {
  const work = mkdtempSync(join(cloud.folder, 'shell-'));
  const command = [process.execPath, ...argv, '--metadata-endpoint', cloud.metadata];
  const environment = {
    PATH: process.env.PATH,
    HOME: '/root',
    OSC_ACCESS_KEY: defaultAccount.accessKey,
    OSC_SECRET_KEY: defaultAccount.secretKey,
    OSC_ENDPOINT_API: cloud.endpoint,
  };
  return await launch(asTestUser(user, work, command), environment).ended;
}

/** The line of a thing in the table that `sweep` prints, by its columns. */
export const rowOf = ({ lines }: Ran, id: string): string[] =>
  lines.map(({ line }) => line.trim().split(/ {2,}/)).find((row) => row[1] === id) ?? [];

/** A build that is killed in its script; its volume is left. */
export async function killed(
  cloud: TestCloud,
  inputs: Record<string, string> = {},
  user: TestUser = 'root',
): Promise<Step> {
  const job = step(cloud, {
    user,
    inputs: { 'omi-name': 'killed', run: 'echo started\nsleep 1000\n', ...inputs },
  });
  const main = job.start();
  await main.waitForLine(/^started$/);
  main.child.kill('SIGKILL');
  await main.ended;
  return job;
}
