import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EarlierWait, type Expectation, expectationOf } from '../common/poll-times.js';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { appendOwn, readOwn } from '../ledger/own-files.js';
import { sharedFolder } from './folder.js';

/** How long the waits of earlier builds on this VM took. */
export interface WaitHistory {
  /** How long a wait of a kind takes, by the last ten; undefined without one. */
  expected(kind: string): Expectation | undefined;
  record(kind: string, wait: EarlierWait): void;
}

/** The last waits of a kind that count. */
const counted = 10;

/** Characters after which the file is reduced to the lines that count. */
const large = 16_384;

/**
 * The history of the builds of a user, for an endpoint: one line a wait, `KIND MS BEFORE`. A file that cannot
 * be read is an empty history, and one that cannot be written does not grow: no build fails because of it.
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
    expected: (kind) => attempt(() => expectationOf(lastOf(linesOf(text()), kind))),
    record: (kind, wait) => {
      attempt(() => {
        const file = path();
        if (file === undefined) return;
        const earlier = text();
        asUser(user, () => {
          if (earlier.length > large) rewrite(file, linesOf(earlier));
          appendOwn(file, textOf({ kind, ...wait }));
        });
      });
    },
  };
}

interface Line extends EarlierWait {
  readonly kind: string;
}

const linesOf = (text: string): Line[] =>
  [...text.matchAll(/^(\S+) (\d+) (\d+)$/gm)].map(([, kind = '', ms = '', before = '']) => ({
    kind,
    ms: Number(ms),
    before: Number(before),
  }));

const textOf = ({ kind, ms, before }: Line): string => `${kind} ${Math.round(ms)} ${Math.round(before)}\n`;

const lastOf = (lines: readonly Line[], kind: string): Line[] =>
  lines.filter((line) => line.kind === kind).slice(-counted);

function rewrite(file: string, lines: readonly Line[]): void {
  const kinds = [...new Set(lines.map(({ kind }) => kind))];
  const stay = kinds.flatMap((kind) => lastOf(lines, kind));
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, stay.map(textOf).join(''), { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}
