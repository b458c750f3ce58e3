import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../common/wait.js';
import { asUser, type User } from '../host/exec/user.js';
import { lockFile, lockStates } from '../host/file-lock.js';
import { availableMemory } from '../host/memory.js';
import { inTurn } from '../ledger/build-lock.js';
import { sharedFolder } from './folder.js';

/** Memory of one boot test, in bytes. */
const memoryOfTest = 2 ** 30;

/** Milliseconds between two looks for memory. */
const period = 500;

/** Where and for whom the boot tests of a VM take turns. */
export interface TurnRequest {
  /** The state directory. */
  readonly directory: string;
  readonly user: User;
  readonly signal: AbortSignal;
  /** Called once if the test has to wait, with the number of running tests. */
  readonly onWait: (running: number) => void;
  /** Bytes of memory that are available. */
  readonly available?: () => number;
}

/** The locks of running tests: `MOST-RANDOM.lock`, where MOST is how many may run at once. */
const lockName = /^(\d+)-[0-9a-f]+\.lock$/;

/**
 * Waits until this VM has memory for one more boot test. As many run at once as had memory when the first of
 * them started, and at least one. A running test has the lock of a file, which the kernel releases when the
 * build ends.
 * @throws the reason of the signal if it is aborted
 */
export async function takeBootTurn(request: TurnRequest): Promise<Disposable> {
  const { directory, user, signal, onWait } = request;
  const folder = sharedFolder(directory, user, 'boot-tests');
  if (folder === undefined) return { [Symbol.dispose]: () => {} };
  for (let hasTold = false; ; hasTold = true) {
    signal.throwIfAborted();
    const turn = await inTurn(folder, async () => await tryTurn(folder, request));
    if (typeof turn !== 'number') return turn;
    if (!hasTold) onWait(turn);
    await sleep(period, signal);
  }
}

/** @returns the number of running tests if the memory does not suffice for one more */
async function tryTurn(
  folder: string,
  { user, available = availableMemory }: TurnRequest,
): Promise<Disposable | number> {
  const running = await runningTests(folder, user);
  const free = Math.floor(available() / memoryOfTest);
  const most = running.length === 0 ? Math.max(1, free) : Math.max(...running);
  if (running.length >= most || (running.length > 0 && free < 1)) return running.length;
  const path = join(folder, `${most}-${randomBytes(6).toString('hex')}.lock`);
  const file = asUser(user, () =>
    openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600),
  );
  const release = (): void => {
    asUser(user, () => rmSync(path, { force: true }));
    closeSync(file);
  };
  try {
    await lockFile(file, 'shared', 1000);
  } catch (error) {
    release();
    throw error;
  }
  return { [Symbol.dispose]: release };
}

/** For each running test, how many may run at once. Removes the locks of tests that were killed. */
async function runningTests(folder: string, user: User): Promise<number[]> {
  const names = readdirSync(folder).filter((name) => lockName.test(name));
  const states = await lockStates(names.map((name) => join(folder, name)));
  const ended = names.filter((_, index) => states[index] === 'free');
  asUser(user, () => {
    for (const name of ended) rmSync(join(folder, name), { force: true });
  });
  return names
    .filter((_, index) => states[index] === 'held')
    .map((name) => Number(lockName.exec(name)?.[1] ?? 1));
}
