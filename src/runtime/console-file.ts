import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import { asUser } from '../host/exec/user.js';
import type { Tools } from './tools.js';

/** Maximum characters of the console in the file; the lines after them are replaced by the last ones. */
const headLimit = 8 * 2 ** 20;
const tailLimit = 64 * 2 ** 10;

/** A text with a maximum size: its beginning is passed on, and its end kept. */
export class BoundedText {
  #written = 0;
  #tail: string[] = [];
  #tailSize = 0;
  #omitted = 0;

  constructor(
    private readonly write: (text: string) => void,
    private readonly limits = { head: headLimit, tail: tailLimit },
  ) {}

  /** Adds a line. */
  add(line: string): void {
    const text = `${line}\n`;
    if (this.#tail.length === 0 && this.#written + text.length <= this.limits.head) {
      this.#written += text.length;
      this.write(text);
      return;
    }
    this.#tail.push(text);
    this.#tailSize += text.length;
    // Not at each line: removing the first items of a long list is slow.
    if (this.#tailSize > 2 * this.limits.tail) this.#shorten();
  }

  /** Passes on the last lines. */
  end(): void {
    this.#shorten();
    if (this.#omitted > 0) this.write(`(${this.#omitted} lines are left out here)\n`);
    for (const text of this.#tail) this.write(text);
    this.#tail = [];
  }

  #shorten(): void {
    let first = 0;
    for (; this.#tailSize > this.limits.tail; first += 1) this.#tailSize -= this.#tail[first]?.length ?? 0;
    this.#tail = this.#tail.slice(first);
    this.#omitted += first;
  }
}

/** The file of the serial console of a build. */
export interface ConsoleFile extends Disposable {
  readonly path: string;
  /** Adds a line. */
  add(line: string): void;
}

/**
 * Creates the file, as the user, and sets the output that names it. If it cannot be written, that is a
 * warning: the result of the test does not depend on it.
 */
export function openConsoleFile({ build, report }: Tools): ConsoleFile {
  const path = join(build.passthroughEnv.RUNNER_TEMP ?? tmpdir(), `build-omi-${build.id}-console.log`);
  let file: number | undefined;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      report.warn(`The console of the boot test cannot be written to ${path}: ${describe(error)}`);
      if (file !== undefined) closeSync(file);
      file = undefined;
    }
  };
  attempt(() => {
    file = asUser(build.user, () => {
      // An earlier commit of this build may have left it. Other users can predict the path: no link is
      // followed.
      rmSync(path, { force: true });
      return openSync(path, 'wx', 0o644);
    });
    report.output('console-log', path);
  });
  const text = new BoundedText((part) => {
    const opened = file;
    if (opened !== undefined) attempt(() => writeSync(opened, part));
  });
  return {
    path,
    add: (line) => text.add(line),
    [Symbol.dispose]: () => {
      text.end();
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
