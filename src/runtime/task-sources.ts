import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe } from '../common/errors.js';
import { unreadText } from '../common/unread.js';
import type { Issue } from '../config/kit/issues.js';
import { readRegular } from '../host/regular-file.js';
import { scriptText } from '../host/script/text.js';

/** The scripts and files that the tasks name, with the problems of all of them. */
export class TaskSources {
  readonly issues: Issue[] = [];
  readonly warnings: string[] = [];
  /** The options whose paths depend on data sources that are not read. */
  readonly unread: string[] = [];
  /** The scripts that had Windows line ends. */
  readonly converted: string[] = [];

  /** @param mayAppear whether commands may create files later */
  constructor(
    private readonly workspace: string,
    private readonly mayAppear: boolean,
  ) {}

  /** The text of a script on the VM. @param binary whether its bytes stay as they are */
  read(option: string, path: string, binary = false): Buffer {
    if (this.#isUnread(option, path)) return Buffer.alloc(0);
    try {
      return this.#checked(option, path, readRegular(resolve(this.workspace, path)), binary);
    } catch (error) {
      this.#report(option, `${path} cannot be read (${describe(error)})`);
      return Buffer.alloc(0);
    }
  }

  /** The text of a script in the options. @param binary whether its bytes stay as they are */
  inline(option: string, text: string, binary = false): Buffer {
    return this.#checked(option, '', Buffer.from(text), binary);
  }

  /** Looks for a file or directory to copy. */
  require(option: string, path: string): void {
    if (this.#isUnread(option, path)) return;
    const problem = whyNotCopied(resolve(this.workspace, path));
    if (problem === undefined) return;
    if (this.mayAppear)
      this.warnings.push(
        `${option}: ${path} ${problem}. The build fails unless a pre- or post-mount command creates it.`,
      );
    else this.#report(option, `${path} ${problem}`);
  }

  /** Whether a path depends on a data source that is not read. A build reads them before it is needed. */
  #isUnread(option: string, path: string): boolean {
    if (path !== unreadText) return false;
    this.unread.push(option);
    return true;
  }

  #checked(option: string, path: string, bytes: Buffer, binary: boolean): Buffer {
    if (binary) return bytes;
    const read = scriptText(bytes);
    if ('problem' in read) {
      this.#report(option, `${path} ${read.problem}`.trim(), read.fix);
      return bytes;
    }
    if (read.converted) this.converted.push(path || option);
    return read.text;
  }

  #report(option: string, problem: string, fix = 'write the path of a file of this VM'): void {
    this.issues.push({ option, problem, fix });
  }
}

/** Why a path of the VM cannot be copied into the image; undefined if it can. */
function whyNotCopied(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return 'does not exist';
    return stat.isFile() || stat.isDirectory() ? undefined : 'is not a regular file or directory';
  } catch (error) {
    return `cannot be read (${describe(error)})`;
  }
}
