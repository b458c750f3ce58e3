import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';

/*
 * If the disk of a ledger is full or was remounted read-only, further lines are written to a file in /run, a
 * tmpfs of root that is empty after a restart of the VM. They are read after those of the ledger. Without
 * them a cleanup would not know that the products of the build are final.
 */

const pathOf = (build: string, uid: number): string => `/run/build-omi-${build}-${uid}.jsonl`;

/** Whether that file exists. Then all later lines are written to it too, because their order matters. */
export const hasOverflow = (build: string, uid: number): boolean => existsSync(pathOf(build, uid));

/** @throws the error of the system call that failed */
export function appendOverflow(build: string, uid: number, line: string): void {
  appendFileSync(pathOf(build, uid), `${line}\n`, { mode: 0o600 });
}

/** The lines of a ledger, followed by those in /run. */
export function withOverflow(build: string, uid: number, text: string): string {
  if (!hasOverflow(build, uid)) return text;
  return `${text}${text.endsWith('\n') ? '' : '\n'}${readFileSync(pathOf(build, uid), 'utf8')}`;
}

/** Removes the file in /run, after the ledger is removed. */
export function removeOverflow(build: string, uid: number): void {
  rmSync(pathOf(build, uid), { force: true });
}
