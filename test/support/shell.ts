import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { defaultAccount } from '../../src/emulator/emulator.js';
import type { Step } from './action.js';
import { dist, type TestCloud } from './cloud.js';
import { launch, type Running } from './process.js';
import { asTestUser, type TestUser } from './users.js';

/** How `shell` is started. */
export interface ShellOptions {
  readonly user?: TestUser;
  readonly flags?: readonly string[];
  readonly command?: readonly string[];
  /** Wraps the command. */
  readonly wrap?: (argv: readonly string[]) => readonly string[];
}

/** The environment of a user's shell, with the keys. */
export const shellEnvironment = (cloud: TestCloud): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: '/root',
  TERM: 'vt100',
  OSC_ACCESS_KEY: defaultAccount.accessKey,
  OSC_SECRET_KEY: defaultAccount.secretKey,
  OSC_ENDPOINT_API: cloud.endpoint,
});

/** Starts `shell` for the build of a step. */
export function openShell(
  cloud: TestCloud,
  job: Step,
  { user = 'root', flags = [], command = [], wrap = (argv) => argv }: ShellOptions = {},
): Running {
  const work = mkdtempSync(join(cloud.folder, 'shell-'));
  const argv = [
    process.execPath,
    join(dist, 'cli.js'),
    'shell',
    '--build-id',
    job.outputs()['build-id'] ?? '',
    '--state-dir',
    job.stateDir,
    ...flags,
    ...(command.length === 0 ? [] : ['--', ...command]),
  ];
  return launch(asTestUser(user, work, wrap(argv)), shellEnvironment(cloud));
}
