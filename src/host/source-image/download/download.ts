import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { BuildError, describe } from '../../../common/errors.js';
import type { Sleep } from '../../../common/wait.js';
import { type Answer, get, type HttpOptions } from './http.js';

/** A download into an open file, which continues with what the file has. */
export interface Download extends HttpOptions {
  readonly url: string;
  readonly file: number;
  /** Called with the length in bytes as soon as it is known, before anything is written. */
  readonly onLength: (bytes: number) => void;
  /** Called often. @param total bytes, if the server says so */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
  /** Called before another attempt. */
  readonly onRetry: (why: string) => void;
  readonly sleep: Sleep;
}

/** Attempts one after another in which nothing arrives. */
const mostFailures = 5;

/** A failure that another attempt may not have. */
class Interrupted extends Error {}

/**
 * Downloads a file. After an interruption it continues where the file ends, if the server can do that.
 * @throws BuildError if the server refuses, a redirect is not followed, or nothing arrives in 5 attempts; the
 *   reason of the signal
 */
export async function download(task: Download): Promise<void> {
  let failures = 0;
  while (true) {
    const before = fstatSync(task.file).size;
    try {
      return await attemptOnce(task, before);
    } catch (error) {
      task.signal.throwIfAborted();
      if (error instanceof BuildError) throw error;
      failures = fstatSync(task.file).size > before ? 1 : failures + 1;
      if (failures >= mostFailures)
        throw new BuildError(`source_image: the download failed ${failures} times: ${describe(error)}`, {
          hint: 'Run the build again: it continues the download.',
        });
      task.onRetry(describe(error));
      await task.sleep(500 * 2 ** failures, task.signal);
    }
  }
}

async function attemptOnce(task: Download, have: number): Promise<void> {
  const range = have > 0 ? { range: `bytes=${have}-` } : {};
  const answer = await get(task.url, { 'accept-encoding': 'identity', ...range }, task);
  try {
    const position = startOf(answer, task.file, have);
    if (position === undefined) return;
    if (position === 0) ftruncateSync(task.file, 0);
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    const total = Number.isNaN(length) ? undefined : position + length;
    if (total !== undefined) task.onLength(total);
    let at = position;
    for await (const part of answer.body) {
      for (let done = 0; done < part.length; )
        done += writeSync(task.file, part, done, part.length - done, at + done);
      at += part.length;
      task.onProgress(at, total);
    }
    if (total !== undefined && at < total)
      throw new Interrupted(`the connection ended after ${at} of ${total} bytes`);
  } finally {
    answer.body.on('error', () => {}).destroy();
  }
}

/** Where the body of an answer begins in the file; undefined if the file is complete. */
function startOf({ status, headers }: Answer, file: number, have: number): number | undefined {
  if (status === 200) return 0;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(String(headers['content-range'] ?? ''));
  if (status === 206 && have > 0 && Number(range?.[1]) === have) return have;
  if (status === 416 && have > 0) {
    if (Number(range?.[2]) === have) return undefined;
    ftruncateSync(file, 0);
    throw new Interrupted('the file has another length than before');
  }
  if (status === 408 || status === 429 || status >= 500 || status === 206)
    throw new Interrupted(`the server answered with status ${status}`);
  throw new BuildError(`source_image: the server answered with status ${status}`, {
    hint: 'Check the address.',
  });
}
