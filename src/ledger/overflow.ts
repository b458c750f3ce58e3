import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';

/*
 * Lines of a ledger whose disk takes none any more, because it is full or was remounted read-only, go to a file in /run: a
 * tmpfs of root's, which lasts until the VM is started anew. They are read after those of the ledger. Without them a
 * clean-up would not know that the products of the build are the user's by now.
 */

const pathOf = (build: string, uid: number): string => `/run/build-omi-${build}-${uid}.jsonl`;

/** Whether lines of a ledger went there: then all later ones do too, because their order counts. */
export const hasOverflow = (build: string, uid: number): boolean => existsSync(pathOf(build, uid));

/** @throws the error of the system call that failed */
export function appendOverflow(build: string, uid: number, line: string): void {
  appendFileSync(pathOf(build, uid), `${line}\n`, { mode: 0o600 });
}

/** The lines of a ledger, and those that its disk did not take. */
export function withOverflow(build: string, uid: number, text: string): string {
  if (!hasOverflow(build, uid)) return text;
  return `${text}${text.endsWith('\n') ? '' : '\n'}${readFileSync(pathOf(build, uid), 'utf8')}`;
}

/** Removes it, once the ledger is removed. */
export function removeOverflow(build: string, uid: number): void {
  rmSync(pathOf(build, uid), { force: true });
}
