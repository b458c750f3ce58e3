import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { appendOwn, readOwn } from '../ledger/own-files.js';
import { sharedFolder } from './folder.js';

/** How long the waits of earlier builds on this VM took. */
export interface WaitHistory {
  /** The shortest of the last waits of a kind, in milliseconds; undefined without one. */
  expected(kind: string): number | undefined;
  record(kind: string, ms: number): void;
}

/** The last waits of a kind that count. */
const counted = 10;

/** Characters after which the file is reduced to the lines that count. */
const large = 16_384;

/**
 * The history of the builds of a user, for an endpoint: one line a wait, `KIND MS`. A file that cannot be
 * read is an empty history, and one that cannot be written does not grow: no build fails because of it.
 */
export function waitHistory(directory: string, user: User, endpoint: string): WaitHistory {
  const path = (): string | undefined => {
    const folder = sharedFolder(directory, user, 'durations');
    return folder && join(folder, encodeURIComponent(endpoint).slice(0, 200));
  };
  const text = (): string => {
    const file = path();
    return (file && readOwn(file, user)) ?? '';
  };
  return {
    expected: (kind) => attempt(() => shortest(lastOf(linesOf(text()), kind))),
    record: (kind, ms) => {
      attempt(() => {
        const file = path();
        if (file === undefined) return;
        const before = text();
        asUser(user, () => {
          if (before.length > large) rewrite(file, linesOf(before));
          appendOwn(file, `${kind} ${Math.round(ms)}\n`);
        });
      });
    },
  };
}

interface Line {
  readonly kind: string;
  readonly ms: number;
}

const linesOf = (text: string): Line[] =>
  [...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, kind = '', ms = '']) => ({ kind, ms: Number(ms) }));

const lastOf = (lines: readonly Line[], kind: string): Line[] =>
  lines.filter((line) => line.kind === kind).slice(-counted);

const shortest = (lines: readonly Line[]): number | undefined =>
  lines.length === 0 ? undefined : Math.min(...lines.map(({ ms }) => ms));

function rewrite(file: string, lines: readonly Line[]): void {
  const kinds = [...new Set(lines.map(({ kind }) => kind))];
  const stay = kinds.flatMap((kind) => lastOf(lines, kind));
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, stay.map(({ kind, ms }) => `${kind} ${ms}\n`).join(''), { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}
