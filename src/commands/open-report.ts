import { secretTexts } from '../config/input/secrets-and-names.js';
import { asUser } from '../host/exec/user.js';
import { createReport } from '../report/create-report.js';
import type { Report } from '../report/report.js';
import type { Invocation } from './invocation.js';

const write = (text: string): void => void process.stdout.write(text);
const writeError = (text: string): void => void process.stderr.write(text);
/** Other streams than a terminal have no width. */
const width = (): number => process.stdout.columns ?? 80;
const clock = (): number => performance.now();

/** Opens the report of a command. Masks every secret before the first line. */
export async function openReport({
  command,
  read,
  privileged,
  environment,
  outputs,
  json = false,
  live,
}: Invocation): Promise<Report> {
  // Only what runs in the chroot writes to the stdout of `shell`.
  const isShell = command === 'shell';
  return await createReport({
    environment,
    write: isShell ? writeError : write,
    writeError,
    width,
    clock,
    json,
    live,
    secrets: secretTexts(read, environment),
    asUser: (work) => asUser(privileged.user, work),
    isTerminal: isShell ? process.stderr.isTTY : process.stdout.isTTY,
    outputs,
  });
}

/** Opens a report for an error outside of a command. */
export const openPlainReport = async (): Promise<Report> =>
  await createReport({ environment: process.env, write, writeError, clock });
